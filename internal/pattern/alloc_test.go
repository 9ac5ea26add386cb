//go:build !race

package pattern

import "testing"

// Not under the race detector: it makes sync.Pool, which regexp uses, forget.
func TestMatchDoesNotAllocate(t *testing.T) {
	for _, spec := range benchSpecs {
		s := benchSet(t, spec, 100)
		var texts [][]byte
		var ins []*Input
		for _, i := range []int{0, 50, 99, 500} {
			in := input(spec.Method, benchText(spec.Method, i))
			ins = append(ins, in)
			texts = append(texts, in.Bytes)
		}
		hits := 0
		allocs := testing.AllocsPerRun(100, func() {
			for i, in := range ins {
				// The caller's Input is its own: made on its stack.
				own := Input{Kind: in.Kind, Bytes: texts[i], Int: in.Int, Addr: in.Addr}
				if s.Match(&own) != nil {
					hits++
				}
			}
		})
		if allocs != 0 {
			t.Errorf("%v: %v allocations", spec.Method, allocs)
		}
		if hits == 0 || hits%3 != 0 {
			t.Errorf("%v: %d hits, want three of four each time", spec.Method, hits)
		}
	}
}
