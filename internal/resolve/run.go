package resolve

import (
	"fmt"
	"os"
	"runtime/debug"
	"time"
)

// granularity is how often a section looks at its timers at the most.
const granularity = 5 * time.Millisecond

// run is the section's goroutine.
func (s *Section) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(max(s.turn(nil), granularity))
		select {
		case <-s.stop:
			return
		case <-s.wake:
		case <-timer.C:
		case p := <-s.in:
			s.turn(&p)
		}
	}
}

// turn takes a message, does what is due and what follows, and returns how long
// nothing will be. A panic is told and costs one turn.
func (s *Section) turn(p *packet) (pause time.Duration) {
	defer func() {
		if v := recover(); v != nil {
			fmt.Fprintf(os.Stderr, "panic in resolvers '%s': %v\n%s", s.name, v, debug.Stack())
			pause = time.Second
		}
	}()
	jobs, pause := s.locked(p)
	if len(jobs) > 0 {
		s.onLoop(func() {
			for i := range jobs {
				s.m.apply(&jobs[i])
			}
		})
	}
	return pause
}

// onLoop runs f on a loop of the process and waits for it: what f changes, the
// balancers of the backends among it, is changed elsewhere while no loop runs.
func (s *Section) onLoop(f func()) {
	p := s.m.p.Load()
	if s.m.idle || p == nil || len(p.Threads) == 0 {
		f()
		return
	}
	done := make(chan struct{})
	p.Threads[0].Post(func() {
		defer close(done)
		f()
	})
	select {
	case <-done:
	case <-s.stop: // the section ends; so may the loops
	}
}

func (s *Section) locked(p *packet) ([]job, time.Duration) {
	m := s.m
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock()
	m.lookFamilies(now)
	if p != nil {
		s.handle(now, p.from, p.msg)
	}
	next := s.step(now)
	return s.take(), time.Duration(next - now)
}
