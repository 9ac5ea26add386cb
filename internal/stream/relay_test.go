package stream

import (
	"testing"

	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/sched/virtual"
)

// TestResetThatPumpHasSeenIsNoEnd: a second read of a connection that was reset
// finds its end, which the other side must not be told.
func TestResetThatPumpHasSeenIsNoEnd(t *testing.T) {
	for _, c := range []struct {
		name     string
		src, dst bool
		want     bool // the destination sees an end
	}{
		{"an end", false, false, true},
		{"a reset source", true, false, false},
		{"a reset destination", false, true, false},
	} {
		sys := virtual.New()
		th := &lb.Thread{Loop: sched.NewLoop(0, sys)}
		var src, dst, far sched.Conn
		from, near := sys.Pair(1 << 10)
		to, other := sys.Pair(1 << 10)
		th.Attach(&src, near, true)
		th.Attach(&dst, to, true)
		th.Attach(&far, other, true)
		sys.Close(from)
		f := flow{s: &lb.Stream{Thread: th}, src: &src, dst: &dst, coding: plain, up: true, srcFailed: c.src, dstFailed: c.dst}
		done := f.relayStep(true)
		_, st := far.TryRead(make([]byte, 10))
		if done != c.want || (st == sched.EOF) != c.want {
			t.Errorf("%s: relayStep = %v, the other side reads %v; want an end: %v", c.name, done, st, c.want)
		}
	}
}
