package balance

import (
	"fmt"
	"testing"
)

// shares counts the picks of each server of an idle farm.
func shares(t *testing.T, algo string, picks int, weights ...int) []int {
	b, got := balancer(t, backend(weights...), algo), make([]int, len(weights))
	for range picks {
		srv, _ := b.Pick(nil, nil)
		got[srv.ID-1]++
	}
	return got
}

// chiSquare is how far counts are from what the weights say.
func chiSquare(got, weights []int) (x float64) {
	n, total := 0, 0
	for i := range got {
		n += got[i]
		total += weights[i]
	}
	for i, c := range got {
		want := float64(n) * float64(weights[i]) / float64(total)
		x += (float64(c) - want) * (float64(c) - want) / want
	}
	return x
}

// One draw is left to chance: chi-square of up to 7 degrees of freedom exceeds 60
// once in 10^10 runs. HAProxy's own one draw is from nodes on a ring and is
// further from the weights (62 for weights 1, 2, 3, 4).
func TestRandomDrawsByWeight(t *testing.T) {
	for _, w := range [][]int{{1, 2, 3, 4}, {1, 10, 100}, {256, 1, 40}, {1, 1, 1, 1, 1, 1, 1, 1}} {
		t.Run(fmt.Sprint(w), func(t *testing.T) {
			got := shares(t, "random(1)", 20000, w...)
			if x := chiSquare(got, w); x > 60 {
				t.Errorf("%v: chi-square %.1f, want up to 60", got, x)
			}
		})
	}
}

// With several draws ties decide in an idle farm: HAProxy 3.4's shares of 3000
// requests were exact for weights 1, 2, 3, 4 and 5, 5, 10, 20.
func TestRandomUsesAnIdleFarmByWeight(t *testing.T) {
	for _, c := range []struct {
		algo string
		w    []int
	}{{"random", []int{1, 2, 3, 4}}, {"random(3)", []int{5, 5, 10, 20}}, {"random", []int{1, 1, 1, 1, 1, 1, 1, 1}}} {
		t.Run(fmt.Sprint(c.algo, c.w), func(t *testing.T) {
			got, total := shares(t, c.algo, 3000, c.w...), 0
			for _, w := range c.w {
				total += w
			}
			for i, n := range got {
				if want := 3000 * c.w[i] / total; n < want-12 || n > want+12 {
					t.Errorf("server %d: %d of 3000, want %d; all %v", i, n, want, got)
				}
			}
		})
	}
}
