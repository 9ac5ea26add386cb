package sched

import (
	"testing"
	"time"
)

func TestSpansBounds(t *testing.T) {
	for _, tc := range []struct {
		ns   int64
		want int
	}{{0, 0}, {1023, 0}, {1024, 1}, {2047, 1}, {2048, 2}, {-5, 0}, {1 << 62, 23}} {
		var s Spans
		s.add(tc.ns)
		if s.Count[tc.want].Load() != 1 {
			t.Errorf("%d ns is not counted in step %d", tc.ns, tc.want)
		}
		if last := tc.want == len(s.Count)-1; !last && time.Duration(tc.ns) >= s.Bound(tc.want) {
			t.Errorf("%d ns is not below %v", tc.ns, s.Bound(tc.want))
		}
	}
}
