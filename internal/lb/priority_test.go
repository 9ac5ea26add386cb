package lb

import "testing"

func TestPriorityHoldsClassAndOffset(t *testing.T) {
	for _, c := range []struct{ class, offset, wantClass, wantOffset int64 }{
		{0, 0, 0, 0},
		{5, -3, 5, -3},
		{-5, 3, -5, 3},
		{-1, -1, -1, -1},
		{9999, 999999, 2047, 524287},
		{-9999, -999999, -2047, -524287},
	} {
		var s Stream
		s.SetPriorityOffset(c.offset)
		s.SetPriorityClass(c.class)
		s.SetPriorityOffset(c.offset)
		if s.PriorityClass() != c.wantClass || s.PriorityOffset() != c.wantOffset {
			t.Errorf("class %d offset %d: got %d %d, want %d %d", c.class, c.offset, s.PriorityClass(), s.PriorityOffset(), c.wantClass, c.wantOffset)
		}
	}
}
