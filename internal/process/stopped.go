package process

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// stoppedTime is how long a load waits for a worker that somebody has stopped
// (SIGSTOP, a debugger), and for one that does not take what it is sent.
const stoppedTime = 10 * time.Second

// stoppedTick is how often a worker is looked at meanwhile.
const stoppedTick = 100 * time.Millisecond

// awake waits until c runs, before anything of a load has been sent: one that
// is stopped would do its part whenever it goes on.
func awake(ctx context.Context, c *child) error {
	if c == nil || !stopped(c.pid) {
		return nil
	}
	return c.whileStopped(ctx)
}

// watch returns a context that ends when one of the workers has been stopped for
// too long, or by the function.
func watch(ctx context.Context, workers ...*child) (context.Context, func()) {
	ctx, giveUp := context.WithCancelCause(ctx)
	for _, c := range workers {
		go func() {
			if err := c.sleeps(ctx); err != nil {
				giveUp(err)
			}
		}()
	}
	return ctx, func() { giveUp(nil) }
}

// sleeps waits for the end of ctx, which is no error, or until c has been
// stopped for stoppedTime at a stretch.
func (c *child) sleeps(ctx context.Context) error {
	if c == nil {
		return nil
	}
	tick := time.NewTicker(stoppedTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := c.whileStopped(ctx); err != nil {
			return err
		}
	}
}

// whileStopped returns when c runs, or has ended; an error after stoppedTime or
// at the end of ctx.
func (c *child) whileStopped(ctx context.Context) error {
	tick := time.NewTicker(stoppedTick)
	defer tick.Stop()
	late := time.After(stoppedTime)
	for stopped(c.pid) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-late:
			return fmt.Errorf("worker %d is stopped (SIGSTOP); let it go on with 'kill -CONT %d' and reload again", c.pid, c.pid)
		}
	}
	return nil
}

// monotonic is the machine's clock in ns, the same for all processes.
func monotonic() int64 {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) //nolint:errcheck // cannot fail
	return ts.Nano()
}

// stopped reports whether a process is in state T or t of proc(5).
func stopped(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false // gone, or no /proc: then linkTime is the bound
	}
	_, after, ok := bytes.Cut(text[max(0, bytes.LastIndexByte(text, ')')):], []byte(") "))
	return ok && len(after) > 0 && (after[0] == 'T' || after[0] == 't')
}
