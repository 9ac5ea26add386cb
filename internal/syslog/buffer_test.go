package syslog

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// fill puts lines into a ring, as a Writer does.
func fill(b *Buffer, lines ...string) (dropped int) {
	var buf []byte
	var ends []int
	for _, l := range lines {
		buf = append(append(buf, l...), '\n')
		ends = append(ends, len(buf))
	}
	return b.Deliver(0, buf, ends)
}

func held(b *Buffer) string {
	lines, _ := b.Since(0)
	return strings.Join(lines, " ")
}

func TestBufferKeepsTheNewest(t *testing.T) {
	b := NewBuffer("r", ringHead+minBuffer) // 82 bytes
	for i := range 100 {
		if fill(b, fmt.Sprintf("message-%02d", i)) != 0 { // 12 bytes each
			t.Fatal("dropped")
		}
	}
	if got, want := held(b), "message-94 message-95 message-96 message-97 message-98 message-99"; got != want {
		t.Errorf("held %q, want %q", got, want)
	}
	if lines, next := b.Since(98); len(lines) != 2 || next != 100 {
		t.Errorf("Since(98) = %q, %d", lines, next)
	}
	if fill(b, strings.Repeat("x", 81)) != 1 || b.Dropped() != 1 {
		t.Error("a message that no room can be made for is not counted")
	}
}

func TestBufferHoldsWhatAConnectedReaderNeeds(t *testing.T) {
	b := NewBuffer("r", ringHead+minBuffer)
	r := b.Reader()
	r.Hold(true)
	for i := range 6 {
		fill(b, fmt.Sprintf("message-%02d", i))
	}
	if fill(b, "too-late--") != 1 || b.Dropped() != 1 {
		t.Errorf("dropped %d, want 1: the reader has read nothing", b.Dropped())
	}
	var got batchOf
	r.Peek(&got, 20, appendLegacy)
	if string(got.frames) != "message-00\nmessage-01\n" {
		t.Errorf("Peek = %q", got.frames)
	}
	r.Advance(&got, 1)
	if fill(b, "just-right") != 0 {
		t.Error("there is room again")
	}
	r.Hold(false)
	fill(b, "a", "b", strings.Repeat("c", 60))
	r.Peek(&got, 1000, appendCounted)
	if got.lost == 0 || !strings.HasSuffix(string(got.frames), "1 b60 "+strings.Repeat("c", 60)) {
		t.Errorf("Peek = %q, %d lost", got.frames, got.lost)
	}
}

func TestBufferResizedKeepsReadersPlace(t *testing.T) {
	b := NewBuffer("r", 1000)
	r := b.Reader()
	for i := range 20 {
		fill(b, fmt.Sprintf("message-%02d", i))
	}
	var got batchOf
	r.Peek(&got, 1<<20, appendLegacy)
	r.Advance(&got, 18)
	for _, size := range []int{ringHead + 100, 4000} {
		b.Resize(size)
		r.Peek(&got, 1<<20, appendLegacy)
		if string(got.frames) != "message-18\nmessage-19\n" || got.lost != 0 {
			t.Errorf("size %d: Peek = %q, %d lost", size, got.frames, got.lost)
		}
	}
	if got := held(b); !strings.HasPrefix(got, "message-12 ") {
		t.Errorf("held %q", got)
	}
}

// A ring is a list whose head is cut off; a reader is a place in it.
func TestBufferIsAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := NewBuffer("r", ringHead+rapid.IntRange(90, 300).Draw(t, "size"))
		r := b.Reader()
		var all []string
		read, skipped := 0, 0
		for step := range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "put") {
				line := fmt.Sprint(step, strings.Repeat("x", rapid.IntRange(0, 70).Draw(t, "len")))
				if fill(b, line) == 0 {
					all = append(all, line)
				}
				continue
			}
			r.Hold(rapid.Bool().Draw(t, "hold"))
			var got batchOf
			r.Peek(&got, rapid.IntRange(1, 200).Draw(t, "most"), appendLegacy)
			skipped += int(got.lost)
			n := rapid.IntRange(0, len(got.ends)).Draw(t, "taken")
			from := read + skipped
			want := all[from : from+len(got.ends)]
			if text := strings.Join(want, "\n"); len(want) > 0 && string(got.frames) != text+"\n" {
				t.Fatalf("read %q, want %q", got.frames, text)
			}
			r.Advance(&got, n)
			read += n
		}
		lines, next := b.Since(0)
		if int(next) != len(all) || !slices.Equal(lines, all[len(all)-len(lines):]) {
			t.Fatalf("held %q of %q", lines, all)
		}
	})
}

func TestBufferFromManyLoops(t *testing.T) {
	b := NewBuffer("r", 1<<20)
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 500 {
				fill(b, "x")
			}
		}()
	}
	wg.Wait()
	if lines, _ := b.Since(0); len(lines) != 4000 {
		t.Errorf("%d lines, want 4000", len(lines))
	}
}
