package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"segue/internal/process/listen"
)

// child is a worker, as the master sees it. Fields without a comment are set
// before it is shared.
type child struct {
	proc    *os.Process
	pid     int
	ctl     *control
	started time.Time
	born    int           // the master's count of reloads at its start
	exited  chan struct{} // closed when the process has been waited for
	status  int           // exit status, valid after exited
	replies chan message  // everything it says about loading; closed at its end
	silent  chan struct{} // closed when all that it said was read
	// rest is called with the memory file in which it tells at its end what it
	// has counted; it is closed afterwards.
	rest    func(from *child, fd int)
	version atomic.Pointer[string]
	format  atomic.Int32 // of masterState that its binary reads; 0 = none
	dev     uint64       // its binary
	ino     uint64

	// Owned by the goroutine that loads configurations.
	has      map[listen.Identity]bool // sockets it was given and still holds
	settings Settings                 // that it runs with

	leaving atomic.Bool // was told to end, its exit is expected
}

// startChild starts a worker.
func (m *master) startChild() (*child, error) {
	ctl, far, err := newPair()
	if err != nil {
		return nil, err
	}
	defer far.Close()
	cmd := m.self.command(roleWorker, far)
	if err := m.spawn.start(cmd); err != nil {
		ctl.close()
		return nil, fmt.Errorf("cannot start a worker: %w", err)
	}
	c := newChild(ctl, cmd.Process)
	c.dev, c.ino, c.rest = m.self.dev, m.self.ino, m.passRest
	go c.listen(&m.reaping)
	go c.wait(&m.reaping, m.exits)
	return c, nil
}

func newChild(ctl *control, proc *os.Process) *child {
	return &child{
		proc: proc, pid: proc.Pid, ctl: ctl, started: time.Now(), exited: make(chan struct{}), silent: make(chan struct{}),
		replies: make(chan message, 16), has: map[listen.Identity]bool{},
	}
}

// wait tells exits when the process has ended. While the master holds reaping,
// a process that ends is not waited for and its control socket stays open.
func (c *child) wait(reaping *sync.RWMutex, exits chan<- *child) {
	awaitEnd(c.pid)
	reaping.RLock()
	c.status = 1 // should somebody else have waited for it
	if st, err := c.proc.Wait(); err == nil {
		c.status = statusOf(st)
	}
	close(c.exited)
	reaping.RUnlock()
	c.ctl.last() // somebody whom it started may hold its end
	<-c.silent
	reaping.RLock()
	c.ctl.close()
	reaping.RUnlock()
	exits <- c
}

// awaitEnd blocks until the child has ended and leaves it to be waited for.
func awaitEnd(pid int) {
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
}

// listen sorts what the worker says. While the master holds reaping, nothing is
// read: it is for the next master.
func (c *child) listen(reaping *sync.RWMutex) {
	defer close(c.silent)
	defer close(c.replies)
	for {
		m, err := c.ctl.hear(reaping.RLocker())
		if err != nil {
			return
		}
		c.heed(m)
		reaping.RUnlock()
	}
}

func (c *child) heed(m message) {
	if m.Op == opRest && len(m.fds) == 1 {
		c.rest(c, m.fds[0])
	}
	m.closeFDs() // a worker has nothing else to give us
	if m.Op == opHello {
		c.version.Store(&m.Text)
		c.format.Store(int32(m.Format))
		return
	}
	select {
	case c.replies <- m:
	default: // a worker that talks without being asked
	}
}

// signal tells the worker to end.
func (c *child) signal(sig syscall.Signal) {
	c.leaving.Store(true)
	select {
	case <-c.exited:
	default:
		c.proc.Signal(sig) //nolint:errcheck // gone is fine
	}
}

// await waits for the worker's answer to attempt gen.
func (c *child) await(ctx context.Context, gen uint64, want op) error {
	_, err := c.awaitText(ctx, gen, want)
	return err
}

// awaitText is await, and returns what comes with the answer.
func (c *child) awaitText(ctx context.Context, gen uint64, want op) (string, error) {
	for {
		select {
		case m, ok := <-c.replies:
			switch {
			case !ok:
				return "", errors.New("the worker ended")
			case m.Gen != gen:
			case m.Op == opFailed:
				return "", errors.New(m.Text)
			case m.Op == want:
				return m.Text, nil
			}
		case <-ctx.Done():
			return "", fmt.Errorf("the worker did not answer: %w", context.Cause(ctx))
		}
	}
}

// offer sends a bundle and the sockets that the worker lacks. state is a pipe
// with the old worker's state, a file with that of -x, or nil.
func (c *child) offer(gen uint64, bundle, state *os.File, spare bool, o *opened) error {
	m := message{Op: opBundle, Gen: gen, fds: []int{int(bundle.Fd())}}
	if state != nil {
		m.State, m.Spare = true, spare
		m.fds = append(m.fds, int(state.Fd()))
	}
	if err := c.ctl.send(m); err != nil {
		return err
	}
	batch := message{Op: opSockets, Gen: gen}
	seen := map[*listen.Socket]bool{}
	for i, s := range o.socks {
		if seen[s] || c.has[s.Spec.Identity()] {
			continue
		}
		seen[s] = true
		for _, fd := range s.Descriptors() {
			batch.Index = append(batch.Index, i)
			batch.fds = append(batch.fds, fd)
			if len(batch.fds) == maxPassed {
				if err := c.ctl.send(batch); err != nil {
					return err
				}
				batch.Index, batch.fds = nil, nil
			}
		}
	}
	if len(batch.fds) > 0 {
		if err := c.ctl.send(batch); err != nil {
			return err
		}
	}
	return c.ctl.send(message{Op: opLink, Gen: gen})
}

// export asks for the worker's state and returns the end of the pipe to read
// it from.
func (c *child) export() (*os.File, error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("cannot make a pipe for the state: %w", err)
	}
	r, w := os.NewFile(uintptr(p[0]), "state"), os.NewFile(uintptr(p[1]), "state")
	defer w.Close()
	if err := c.ctl.send(message{Op: opExport, fds: []int{int(w.Fd())}}); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// versionText is the version the worker told, "-" before it did.
func (c *child) versionText() string {
	if v := c.version.Load(); v != nil {
		return *v
	}
	return "-"
}
