package sched_test

import (
	"fmt"
	"testing"

	"segue/internal/sched"
)

// pumped is a task that reads c with a Pump, which takes the messages up to the
// first one that begins with "!", or panics at "?".
type pumped struct {
	w    *world
	c    *sched.Conn
	idle int64 // ns without a message until the task's deadline
}

func (p *pumped) Run(t *sched.Task) {
	begin := t.Now()
	t.Pump = p
	p.c.ArmRead(t)
	cause := t.Park(t.Now() + p.idle)
	t.Pump = nil
	p.c.Disarm()
	buf := make([]byte, 10)
	n, _ := p.c.TryRead(buf)
	p.w.say("cause %d at %d, left %q", cause, (t.Now()-begin)/ms, buf[:n])
}

func (p *pumped) Pump(c *sched.Conn, t *sched.Task) bool {
	buf := make([]byte, 1)
	switch n, _ := c.TryRead(buf); {
	case string(buf[:n]) == "!":
		return false
	case string(buf[:n]) == "?":
		panic("odd")
	}
	n, _ := c.TryRead(make([]byte, 10))
	p.w.say("%d more", n)
	t.Postpone(t.Now() + p.idle)
	return true
}

func TestPumpWorksWhileItsTaskIsParked(t *testing.T) {
	for _, c := range []struct {
		name, last, want string
		panics           int64
	}{
		{"the pump gives back", "!you", fmt.Sprintf("1 more; 1 more; cause %d at 121, left \"you\"", sched.Ready), 0},
		{"nothing comes any more", "", fmt.Sprintf("1 more; 1 more; cause %d at 131, left \"\"", sched.Timeout), 0},
		{"the pump panics", "?", fmt.Sprintf("1 more; 1 more; cause %d at 121, left \"\"", sched.Canceled), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			a, b := w.pair(100)
			p := &pumped{w: w, c: a, idle: 50 * ms}
			w.run(p.Run, func(task *sched.Task) {
				for _, text := range []string{"m1", "m2", c.last} {
					task.Sleep(40 * ms)
					b.TryWrite([]byte(text), false)
				}
			})
			w.want(t, c.want)
			if n := w.loop.Stats.Panics.Load(); n != c.panics {
				t.Errorf("%d panics, want %d", n, c.panics)
			}
		})
	}
}

// both is a task that waits to write to c and reads it with a Pump.
type both struct {
	w *world
	c *sched.Conn
}

func (b *both) Run(t *sched.Task) {
	st := sched.OK
	for st == sched.OK { // until the peer takes no more
		_, st = b.c.TryWrite(make([]byte, 8), false)
	}
	t.Pump = b
	b.c.ArmRead(t)
	b.c.ArmWrite(t)
	cause := t.Park(t.Now() + sec)
	t.Pump = nil
	b.c.Disarm()
	n, st := b.c.TryWrite([]byte("x"), false)
	b.w.say("cause %d, wrote %d %d", cause, n, st)
}

func (b *both) Pump(c *sched.Conn, t *sched.Task) bool {
	c.TryRead(make([]byte, 10))
	return true
}

// A connection that becomes readable and writable at once wakes who waits to
// write, whatever its Pump does with what came.
func TestPumpHidesNoRoomToWrite(t *testing.T) {
	w := newWorld()
	a, b := w.pair(16)
	w.run((&both{w, a}).Run, func(task *sched.Task) {
		task.Sleep(40 * ms)
		b.TryRead(make([]byte, 100))
		b.TryWrite([]byte("go"), false)
	})
	w.want(t, fmt.Sprintf("cause %d, wrote 1 %d", sched.Ready, sched.OK))
}
