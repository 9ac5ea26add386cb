package link

import (
	"sync"

	"segue/internal/lb"
)

// on runs f on th's loop and waits for it. It must not be called from a loop.
func on(th *lb.Thread, f func()) {
	done := make(chan struct{})
	th.Post(func() {
		defer close(done)
		f()
	})
	<-done
}

// everywhere runs f on every thread's loop and waits for all.
func (e *Engine) everywhere(f func(th *lb.Thread)) {
	var wg sync.WaitGroup
	for _, th := range e.Process.Threads {
		wg.Add(1)
		th.Post(func() {
			defer wg.Done()
			f(th)
		})
	}
	wg.Wait()
}
