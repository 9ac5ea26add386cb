package front

import (
	"bytes"
	"testing"

	"segue/internal/lb"
)

// Small headers are kept without a count; large ones only as long as those of a
// thread take no more than their share together.
func TestLargeHeadersAreBounded(t *testing.T) {
	th := &lb.Thread{}
	piece := bytes.Repeat([]byte{'a'}, smallHeader)
	var held []*greeting
	for th.Greetings+2*maxHeader < maxGreetings {
		g := &greeting{th: th}
		for len(g.got) <= maxHeader {
			if !g.add(piece) {
				t.Fatalf("refused at %d bytes with %d held", len(g.got), th.Greetings)
			}
		}
		if g.large != cap(g.got)-smallHeader {
			t.Fatalf("%d bytes count for a room of %d", g.large, cap(g.got))
		}
		held = append(held, g)
	}
	last := &greeting{th: th}
	for range 2*maxHeader/smallHeader + 1 {
		if !last.add(piece) {
			break
		}
	}
	if th.Greetings > maxGreetings || len(last.got) > 2*maxHeader {
		t.Errorf("%d bytes are held, %d of them by one", th.Greetings, len(last.got))
	}
	if small := (&greeting{th: th}); !small.add(piece[:100]) || !small.add(piece[:101]) || len(small.got) != 201 || small.large != 0 {
		t.Errorf("a small header is refused, or counts %d", small.large)
	}
	for _, g := range append(held, last) {
		g.release()
	}
	if th.Greetings != 0 {
		t.Errorf("%d bytes still count", th.Greetings)
	}
}
