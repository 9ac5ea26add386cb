package link

import (
	"testing"

	"segue/internal/lb"
)

// TestFadeHalvesWhatIsSpare: what a burst leaves behind goes by and by, and
// what a quiet thread needs stays.
func TestFadeHalvesWhatIsSpare(t *testing.T) {
	e, err := NewEngine(1)
	if err != nil {
		t.Fatal(err)
	}
	e.Start()
	defer e.Stop()
	th := e.Process.Threads[0]
	streams := func() (n int) {
		on(th, func() { n = len(th.FreeStreams) })
		return n
	}
	on(th, func() {
		for range 100 {
			th.FreeStreams = append(th.FreeStreams, new(lb.Stream))
		}
	})
	for i, want := range []int{50, 25, keepFree, keepFree} {
		before := streams()
		if dropped := e.fade(); streams() != want || dropped != before-want {
			t.Fatalf("fade %d: %d streams are left, %d dropped; want %d, %d", i, streams(), dropped, want, before-want)
		}
	}
}
