package link

import (
	"runtime/debug"
	"time"

	"segue/internal/front"
)

// A burst of connections leaves recycled objects behind: tasks with their stacks,
// streams, sessions. What is not needed again fades: half of it every fadeTime,
// down to keepFree of each kind and thread.
const (
	fadeTime = 10 * time.Second
	keepFree = 16
	// fadedMany is after how many objects their memory is given to the system.
	fadedMany = 1024
)

// fader lets recycled objects fade until quit.
func (e *Engine) fader(quit <-chan struct{}) {
	tick := time.NewTicker(fadeTime)
	defer tick.Stop()
	faded := 0
	for {
		select {
		case <-quit:
			return
		case <-tick.C:
		}
		n := e.fade()
		if faded += n; n == 0 && faded >= fadedMany {
			faded = 0
			debug.FreeOSMemory()
		}
	}
}

// fade halves what each thread has to spare and returns how many objects that
// were.
func (e *Engine) fade() (dropped int) {
	for _, th := range e.Process.Threads {
		var tasks int // to keep
		on(th, func() {
			tasks = max(keepFree, th.Spare()/2)
			dropped += front.Fade(th, keepFree) + max(0, th.Spare()-tasks)
		})
		for more := true; more; {
			on(th, func() { more = th.Trim(tasks) })
		}
	}
	return dropped
}
