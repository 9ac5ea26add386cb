package stream

import (
	"bytes"
	"testing"
)

// TestKeep covers what a receiver leaves over, several times in a row: a rest
// may be longer than the one before it, which was written meanwhile.
func TestKeep(t *testing.T) {
	scratch := bytes.Repeat([]byte("0123456789"), 100)
	cases := []struct {
		name  string
		rests []int // lengths behind each other, < 0 = the end of what is kept
	}{
		{"once", []int{10}},
		{"shrinks in place", []int{100, -60, -5}},
		{"longer than before", []int{10, 500}},
		{"shorter than before", []int{500, 10}},
		{"in place, then longer", []int{100, -5, 700}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			f := flow{size: maxRead}
			for _, n := range tc.rests {
				rest := scratch[:max(n, 0)]
				if n < 0 {
					rest = f.out[len(f.out)+n:]
				}
				want := string(rest)
				f.keep(rest)
				if string(f.out) != want {
					t.Fatalf("after a rest of %d: %d bytes kept", n, len(f.out))
				}
				if &f.out[0] == &scratch[0] {
					t.Fatal("the rest still lies in the scratch")
				}
			}
		})
	}
}
