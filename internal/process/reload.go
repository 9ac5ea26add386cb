package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"segue/internal/process/listen"
	"segue/internal/process/mcli"
)

// linkTime bounds a worker that hangs while it links or swaps.
const linkTime = 60 * time.Second

// retireTime is how long a reload waits for the old worker's last accept.
const retireTime = 2 * time.Second

// request is one wish to reload.
type request struct {
	hard bool
	done chan mcli.Result // buffered
}

// errStopping is the answer to a reload while the service ends.
var errStopping = errors.New("the process is stopping")

// reloader serves requests one run after the other. All that arrive while a
// run is on share the next one: it reads the files after each of them was
// made, so that its outcome is an honest answer to all.
func (m *master) reloader(ctx context.Context) {
	for {
		var batch []*request
		select {
		case r := <-m.requests:
			batch = append(batch, r)
		case <-ctx.Done():
			return
		}
		for more := true; more; {
			select {
			case r := <-m.requests:
				batch = append(batch, r)
			default:
				more = false
			}
		}
		hard := false
		for _, r := range batch {
			hard = hard || r.hard
		}
		result := m.reload(ctx, hard)
		for _, r := range batch {
			r.done <- result
		}
		debug.FreeOSMemory() // nothing else happens here for hours
		if m.outdated() {
			m.upgrade(ctx)
		}
	}
}

// reload loads the configuration anew and keeps count.
func (m *master) reload(ctx context.Context, hard bool) mcli.Result {
	m.con.reset()
	m.notify.Reloading("Reloading Configuration.") //nolint:errcheck // a manager that is gone does not matter
	if hard {
		m.con.notice("Reloading HAProxy (hard-reload)")
	} else {
		m.con.notice("Reloading HAProxy")
	}
	err := m.load(ctx, hard)
	m.mu.Lock()
	m.reloads++
	m.loadFailed = err != nil
	if err != nil {
		m.failed++
	}
	m.mu.Unlock()
	if err != nil {
		m.con.alert(err.Error())
		m.con.warn("Reload failed; the previous configuration keeps serving.")
		m.tell(levelErr, "Reload failed; the previous configuration keeps serving: "+firstAlert(m.con.text()))
		m.notify.Settled("Reload failed!") //nolint:errcheck // as above
		return mcli.Result{Logs: m.con.text()}
	}
	m.con.notice("Loading success.")
	m.tell(levelNotice, "Reload done; the new configuration serves.")
	m.notify.Ready(os.Getpid(), "Ready.") //nolint:errcheck // as above
	m.limitOld()
	return mcli.Result{OK: true, Logs: m.con.text()}
}

// Severities of syslog. RFC 5424 6.2.1.
const (
	levelErr    = 3
	levelNotice = 5
)

// tell has the worker that serves log a line: in the background nobody sees what
// the master prints.
func (m *master) tell(level int, line string) {
	if c := m.worker(); c != nil {
		c.ctl.send(message{Op: opTell, Level: level, Text: line}) //nolint:errcheck // gone: nobody logs
	}
}

// maxReason bounds what a log line says of why a reload failed, in bytes.
const maxReason = 400

// firstAlert is the first alert of logs without what stands before it.
func firstAlert(logs string) string {
	for line := range strings.Lines(logs) {
		if text, ok := strings.CutPrefix(line, "[ALERT]"); ok {
			if _, after, ok := strings.Cut(text, " : "); ok {
				text = after
			}
			text = strings.TrimSpace(text)
			return text[:min(len(text), maxReason)]
		}
	}
	return "no reason given"
}

// load is the transaction that the package's documentation describes. On error
// nothing has changed.
func (m *master) load(ctx context.Context, hard bool) error {
	defer m.loadEnded()
	m.gen++
	m.self.refresh()
	plan, err := m.validate(ctx)
	if err != nil {
		return err
	}
	defer plan.file.Close()
	if name := plan.head.CutShort; name != "" && m.worker() != nil {
		return fmt.Errorf("the last line of '%s' has no line feed: the file may be cut short; end it with one and reload again", name)
	}
	if err := awake(ctx, m.worker()); err != nil {
		return err
	}
	o, warnings, err := openSockets(plan.head.Listeners, m.findSocket, m.oldPIDs())
	if err != nil {
		return err
	}
	for _, w := range warnings {
		m.con.warn(w)
	}
	old := m.worker()
	reason := m.whyNewWorker(old, &plan.head.Settings, hard)
	c := old
	if reason != "" {
		if c, err = m.startChild(); err != nil {
			o.discard()
			return err
		}
		m.con.notice(fmt.Sprintf("Initializing new worker (%d): %s", c.pid, reason))
	}
	if err := m.bring(ctx, c, old, plan, o); err != nil {
		o.discard()
		if c != old {
			m.mu.Lock()
			m.failing++
			m.mu.Unlock()
			c.signal(syscall.SIGKILL)
		} else {
			c.ctl.send(message{Op: opDiscard, Gen: m.gen}) //nolint:errcheck // gone is fine
		}
		return err
	}
	m.settle(c, plan, o)
	if old != nil && old != c {
		m.retire(ctx, old, hard)
	}
	return nil
}

// retire ends the worker that served until now. It waits until that one
// accepts no more, so that whoever asked for the reload sees only the new
// configuration after the answer.
func (m *master) retire(ctx context.Context, old *child, hard bool) {
	ctx, cancel := context.WithTimeout(ctx, retireTime)
	defer cancel()
	if hard {
		old.signal(syscall.SIGTERM)
		select {
		case <-old.exited:
		case <-ctx.Done():
		}
		return
	}
	old.leaving.Store(true)
	err := old.ctl.send(message{Op: opDrain, Gen: m.gen})
	if err == nil {
		err = old.await(ctx, m.gen, opDraining)
	}
	if err != nil {
		old.signal(syscall.SIGUSR1) // slower than expected, or gone
	}
}

// whyNewWorker says why the running worker cannot take the configuration; ""
// if it can.
func (m *master) whyNewWorker(old *child, next *Settings, hard bool) string {
	switch {
	case old == nil:
		return "start"
	case hard:
		return "hard-reload"
	case old.dev != m.self.dev || old.ino != m.self.ino:
		return "the binary changed"
	}
	return old.settings.needsNewWorker(next)
}

// bring leads c through bundle, link and activate.
func (m *master) bring(ctx context.Context, c, old *child, plan *plannedBundle, o *opened) error {
	ctx, cancel := context.WithTimeoutCause(ctx, linkTime, errors.New("it took too long"))
	defer cancel()
	ctx, rest := watch(ctx, c, old)
	defer rest()
	var state *os.File
	switch {
	case old == nil && m.taken != nil:
		var err error
		if state, m.rest, err = inherited(m.opt.Takeover); err != nil {
			m.con.warn(startWithout(err))
		}
	case c != old && old != nil:
		var err error
		if state, err = old.export(); err != nil {
			return err
		}
	}
	if state != nil {
		defer state.Close()
	}
	if err := c.offer(m.gen, plan.file, state, old == nil, o); err != nil {
		return err
	}
	if err := c.await(ctx, m.gen, opLinked); err != nil {
		return err
	}
	warnings, err := o.listen()
	if err != nil {
		return err
	}
	for _, w := range warnings {
		m.con.warn(w)
	}
	return m.activate(ctx, c)
}

// activate makes c serve. From here on nothing can be undone: c may have taken
// a request already, so that a wish to stop no longer ends the load but waits
// for it and is passed on (settle).
func (m *master) activate(ctx context.Context, c *child) error {
	m.mu.Lock()
	stopping := m.stopping
	m.activating = !stopping
	m.mu.Unlock()
	if stopping {
		return errStopping
	}
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), linkTime, errors.New("it took too long"))
	defer cancel()
	ctx, rest := watch(ctx, c)
	defer rest()
	// The worker gives up before we do: it must not serve what we call failed.
	until := monotonic() + int64(stoppedTime/2)
	if err := c.ctl.send(message{Op: opActivate, Gen: m.gen, Until: until}); err != nil {
		return err
	}
	notices, err := c.awaitText(ctx, m.gen, opActive)
	if err == nil && notices != "" {
		for line := range strings.SplitSeq(notices, "\n") {
			m.con.notice(line)
		}
	}
	return err
}

// loadEnded ends what activate began, and lets run see whether anybody is left
// and who has ended meanwhile.
func (m *master) loadEnded() {
	m.mu.Lock()
	m.activating = false
	early := m.early
	m.early = nil
	m.mu.Unlock()
	for _, c := range early {
		m.exits <- c
	}
	select {
	case m.settled <- struct{}{}:
	default: // run has not seen the last one yet
	}
}

// settle records the configuration that serves now, and closes the sockets
// that it lacks.
func (m *master) settle(c *child, plan *plannedBundle, o *opened) {
	m.mu.Lock()
	for _, s := range o.socks {
		s.Follow(m.socks[s.Spec.Identity()])
	}
	m.mu.Unlock()
	for _, w := range o.publish() {
		m.con.warn(w)
	}
	c.settings = plan.head.Settings
	now := make(map[listen.Identity]*listen.Socket, len(o.socks))
	c.has = make(map[listen.Identity]bool, len(o.socks))
	for _, s := range o.socks {
		id := s.Spec.Identity()
		now[id] = s
		c.has[id] = true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, s := range m.socks {
		if now[id] == nil {
			s.Unlink()
			s.Discard()
		}
	}
	m.socks = now
	for _, sig := range m.passed {
		c.proc.Signal(sig) //nolint:errcheck // gone: its end is on its way
	}
	m.passed = nil
	if m.current != c {
		c.born = m.reloads + 1
		m.current = c
		m.children = append([]*child{c}, m.children...)
	}
	if m.stopping { // the main loop has told the others already
		c.signal(m.stopSignal)
		for _, s := range m.socks {
			s.Discard()
		}
	}
}

// limitOld ends workers that have survived too many reloads
// (mworker-max-reloads).
func (m *master) limitOld() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current == nil || m.current.settings.MaxReloads == 0 {
		return
	}
	for _, c := range m.children {
		if c != m.current && m.reloads-c.born > m.current.settings.MaxReloads {
			c.signal(syscall.SIGTERM)
		}
	}
}
