package stats

import (
	"slices"
	"testing"

	"segue/internal/command"
)

func TestStatsFilePreloadsCounters(t *testing.T) {
	g := newCall(t, command.User).Process.Gen.Load()
	fe, be := g.Fronts["fe"], g.Backs["be"]
	fe.Conf.GUID, be.Conf.GUID, be.Servers[0].Conf.GUID = "f", "b", "s"
	be.Back.Retries.Store(9)
	var said []string
	Load(g, []byte("#fe guid,stot,unknown,hrsp_4xx,bin\n\n// a comment\nf,5,6,7,8,\nf,x,\ns,1\nnobody,3,\n#inval guid,stot,\nf,99,\n"+
		"#be guid,rate,stot,wretr,\nb,1,2,\ns,4,3,-3,\n#be\ns,77\n#be guid,\n"), func(s string) { said = append(said, s) })
	for _, c := range []struct {
		name      string
		got, want int64
	}{
		{"the number of a column", fe.Front.CumSess.Load(), 5},
		{"a class of responses", fe.Front.Responses[4].Load(), 7},
		{"bytes", fe.Front.BytesIn.Load(), 8},
		{"a backend", be.Back.CumSess.Load(), 2},
		{"what the line has no number for stays", be.Back.Retries.Load(), 9},
		{"a server", be.Servers[0].State.CumSess.Load(), 3},
		{"a negative number is none", be.Servers[0].State.Retries.Load(), 0},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.name, c.got, c.want)
		}
	}
	want := []string{"Ignored stats-file line 6 in", "Ignored stats-file header line '13' in", "Ignored stats-file header line '15' in"}
	if !slices.Equal(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}
	Load(g, []byte("#fe guid,stot,\nf,50,\n"), func(string) {})
	if n := fe.Front.CumSess.Load(); n != 5 {
		t.Errorf("what has counted already is set to %d", n)
	}
	said = nil
	Load(g, []byte("garbage\n#fe guid,stot,\n"), func(s string) { said = append(said, s) })
	if len(said) != 1 || said[0] != "Invalid stats-file format in" {
		t.Errorf("of garbage is said %q", said)
	}
}

func FuzzStatsFile(f *testing.F) {
	f.Add("#fe guid,stot,hrsp_other,\nf,1,2,\n#be guid,lbtot,\nf,9\n")
	f.Add("#fe guid\n,,,\n#\n# ")
	g := newCall(f, command.User).Process.Gen.Load()
	fe := g.Fronts["fe"]
	fe.Conf.GUID = "f"
	f.Fuzz(func(t *testing.T, text string) {
		clearState(&fe.Front.Counters, true)
		Load(g, []byte(text), func(string) {})
		for i := range fe.Front.Responses {
			if fe.Front.Responses[i].Load() < 0 {
				t.Error("a counter is negative")
			}
		}
	})
}
