package process

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"segue/internal/command"
	"segue/internal/process/flags"
	"segue/internal/process/handover"
	"segue/internal/process/listen"
	"segue/internal/process/mcli"
	"segue/internal/process/notify"
	"segue/internal/process/privs"
)

// master owns the sockets and the workers. Loading happens on the reloader's
// goroutine, ends of processes and signals on that of run.
type master struct {
	prog    *Program
	opt     *flags.Options
	con     *console
	self    *program // that children are started from
	dev     uint64   // the binary that runs
	ino     uint64
	spawn   *spawner
	notify  *notify.Notifier
	started time.Time
	env     []string // at start, for "show env"

	signals  chan os.Signal
	clis     cliListeners
	requests chan *request
	exits    chan *child
	settled  chan struct{}  // a load has ended
	gen      uint64         // attempts to load; the reloader's
	taken    *handover.Set  // of -x, until the first load; the reloader's
	rest     *handover.Rest // of -x, from then on

	// reaping, held, lets no child be waited for, none's socket be closed and
	// nothing be read from it. Before mu.
	reaping sync.RWMutex

	mu         sync.Mutex // short; never held across a wait
	children   []*child   // all that live, the newest first
	early      []*child   // ended before it was recorded what became of their load
	failing    int        // workers whose load failed and that have not ended yet
	current    *child     // serves; nil before the first load
	socks      map[listen.Identity]*listen.Socket
	reloads    int
	failed     int
	loadFailed bool // the last load did
	stopping   bool
	activating bool           // a worker was told to serve and is not recorded yet
	stopSignal syscall.Signal // what workers are told then
	cliSocks   []*listen.Socket
	passed     []os.Signal // for the first worker
}

// runMaster is the master, from its first load to its end, or again after it
// has executed a new binary.
func runMaster(p *Program, opt *flags.Options, con *console, ready *os.File, again bool) int {
	m := &master{
		prog: p, opt: opt, con: con, started: time.Now(), env: environment(p.Version, opt), spawn: &spawner{jobs: make(chan func())},
		signals: p.Early, requests: make(chan *request, 1024), exits: make(chan *child, 64), settled: make(chan struct{}, 1), socks: map[listen.Identity]*listen.Socket{},
	}
	if opt.Systemd {
		m.notify = notify.New(os.Getenv("NOTIFY_SOCKET"))
	}
	var err error
	if m.self, err = openProgram(); err != nil {
		con.alert(err.Error())
		return 1
	}
	m.dev, m.ino = m.self.dev, m.self.ino
	// Before anything can need them; signals wait until run.
	signal.Notify(m.signals, masterSignals...)
	signal.Ignore(syscall.SIGPIPE, syscall.SIGQUIT)
	if again {
		return resumeMaster(m)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	loaded := make(chan error, 1)
	go func() {
		err := m.start(ctx)
		loaded <- err
		if err == nil {
			m.reloader(ctx)
		}
	}()
	return m.run(loaded, cancel, ready)
}

// start is the first load: other than a reload it has old processes to follow
// and a pid file to write.
func (m *master) start(ctx context.Context) error {
	clis, err := m.openCLIs()
	if err != nil {
		return err
	}
	pidFile, err := privs.OpenPidFile(m.opt.PidFile)
	if err != nil {
		return err
	}
	m.taken, err = takeOver(m.opt.Takeover)
	if handover.Nobody(err) {
		// A script that always has -x starts the first one, too. HAProxy's master
		// goes on, its single process does not.
		m.con.warn(err.Error())
		m.con.alert("Failed to get the sockets from the old process!")
		m.opt.Takeover = ""
		m.taken, err = takeOver("")
	}
	if err == nil {
		err = m.load(ctx, false)
		m.taken.Close()
		m.taken = nil
	}
	if err != nil {
		m.rest.Close()
		pidFile.Cancel()
		return err
	}
	go addRest(m.rest, m.forward, m.con)
	name := ""
	if c := m.worker(); c != nil { // it may have died at once
		m.mu.Lock()
		c.born = 0 // the start is no reload
		m.mu.Unlock()
		name = c.settings.PidFile
		if c.settings.Daemon && !m.opt.Daemon && !m.opt.Foreground && !m.opt.Systemd {
			m.con.warn("'daemon' in the global section has no effect on a master: start with -W -D to leave the foreground.")
		}
	}
	if pidFile == nil {
		if pidFile, err = privs.OpenPidFile(name); err != nil {
			return err
		}
	}
	if err := pidFile.Write(os.Getpid()); err != nil {
		return err
	}
	m.serveCLIs(clis)
	tellOld(m.opt)
	return nil
}

// run handles what happens until no worker is left.
func (m *master) run(loaded chan error, cancel context.CancelCauseFunc, ready *os.File) int {
	status := 0
	for {
		select {
		case err := <-loaded:
			loaded = nil
			if err != nil {
				m.con.alert(err.Error())
				m.killAll(syscall.SIGKILL)
				return 1
			}
			m.con.notice("Loading success.")
			m.notify.Ready(os.Getpid(), "Ready.") //nolint:errcheck // a manager that is gone does not matter
			announce(m.con, ready)
		case job := <-m.spawn.jobs:
			job()
		case <-m.settled:
			if m.alone() && loaded == nil {
				return status
			}
		case sig := <-m.signals:
			switch sig {
			case syscall.SIGUSR2, syscall.SIGHUP:
				m.ask(false)
			case syscall.SIGTTOU, syscall.SIGTTIN:
				m.pass(sig)
			case syscall.SIGUSR1:
				m.stop(syscall.SIGUSR1, cancel)
			case syscall.SIGTERM:
				m.stop(syscall.SIGTERM, cancel)
			case syscall.SIGINT:
				status = 128 + int(syscall.SIGINT)
				m.stop(syscall.SIGINT, cancel)
			}
			if m.alone() {
				return status
			}
		case c := <-m.exits:
			if end, its := m.gone(c); end {
				status = its
				cancel(errStopping)
			}
			if m.alone() {
				m.con.warn(fmt.Sprintf("All workers exited. Exiting... (%d)", status))
				return status
			}
		}
	}
}

// ask queues a reload. When the queue is full, a run that begins after now is
// waiting already.
func (m *master) ask(hard bool) *request {
	r := &request{hard: hard, done: make(chan mcli.Result, 1)}
	m.mu.Lock()
	stopping := m.stopping
	m.mu.Unlock()
	if !stopping {
		select {
		case m.requests <- r:
			return r
		default:
		}
	}
	r.done <- mcli.Result{Logs: errStopping.Error() + "\n"}
	return r
}

// stop begins the end: no more sockets, no more loads, workers told by sig.
func (m *master) stop(sig syscall.Signal, cancel context.CancelCauseFunc) {
	m.con.warn("Exiting Master process...")
	m.notify.Stopping("Stopping.") //nolint:errcheck // a manager that is gone does not matter
	m.mu.Lock()
	m.stopping, m.stopSignal = true, sig
	for id, s := range m.socks {
		s.Discard()
		delete(m.socks, id)
	}
	for _, s := range m.cliSocks {
		if s.Spec.Family == listen.Unix {
			os.Remove(s.Spec.Path) //nolint:errcheck // may be gone
		}
	}
	m.mu.Unlock()
	cancel(errStopping)
	m.killAll(sig)
}

// pass hands a signal to the worker that serves, or will: the first one may do
// so already although settle has not recorded it yet.
func (m *master) pass(sig os.Signal) {
	m.mu.Lock()
	c := m.current
	if c == nil {
		m.passed = append(m.passed, sig)
	}
	m.mu.Unlock()
	if c != nil {
		c.proc.Signal(sig) //nolint:errcheck // gone: its end is on its way
	}
}

// killAll signals all workers.
func (m *master) killAll(sig syscall.Signal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.children {
		c.signal(sig)
	}
}

// alone reports whether the master has nothing left to wait for.
func (m *master) alone() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stopping && !m.activating && len(m.children) == 0
}

// gone handles the end of a worker. When the current one dies by itself the
// service ends with its status, unless it shall be replaced. As HAProxy's, the
// master takes SIGUSR1 and SIGTERM to a worker for a wish to end, status 0.
func (m *master) gone(c *child) (end bool, status int) {
	m.mu.Lock()
	was := slices.Contains(m.children, c)
	if !was && m.activating {
		m.early = append(m.early, c)
		m.mu.Unlock()
		return false, 0
	}
	if !was {
		m.failing--
	}
	m.children = slices.DeleteFunc(m.children, func(x *child) bool { return x == c })
	current := m.current == c
	stopping := m.stopping
	if current {
		m.current = nil
	}
	m.mu.Unlock()
	text := fmt.Sprintf("worker (%d) exited with code %s", c.pid, statusText(c.status))
	switch {
	case !was:
		m.con.warn("Failed to load " + text)
	case !current:
		m.con.warn("Former " + text)
	case (stopping || c.leaving.Load()) && c.status == 0:
		m.con.warn("Current " + text)
	case stopping || c.leaving.Load():
		m.con.alert("Current " + text)
	case c.settings.NoExitOnFail:
		m.con.alert("Current " + text)
		m.ask(true)
	default:
		status = c.status
		switch status {
		case 0:
			m.con.warn("Current " + text)
		case 128 + int(syscall.SIGTERM):
			m.con.alert("Current " + text)
			status = 0
		case 128 + int(syscall.SIGINT):
			m.con.alert("Current " + text)
		default:
			m.con.alert("Current " + text)
			m.con.alert("exit-on-failure: killing every processes with SIGTERM")
		}
		m.mu.Lock()
		m.stopping, m.stopSignal = true, syscall.SIGTERM
		m.mu.Unlock()
		m.killAll(syscall.SIGTERM)
		return true, status
	}
	return false, 0
}

// passRest gives what an old worker has counted at its end to the one that
// serves. If that has been replaced meanwhile, it is part of what it will tell.
func (m *master) passRest(from *child, fd int) {
	if c := m.worker(); c != nil && c != from {
		c.ctl.send(message{Op: opAdd, fds: []int{fd}}) //nolint:errcheck // gone: its end is on its way
	}
}

// forward is passRest for what came over the socket of -x.
func (m *master) forward(text []byte) error {
	f, err := restFile(text)
	if err != nil {
		return err
	}
	defer f.Close()
	m.passRest(nil, int(f.Fd()))
	return nil
}

// worker returns the one that serves.
func (m *master) worker() *child {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.current
}

// findSocket finds sockets that exist: ours, or what -x brought.
func (m *master) findSocket(spec *listen.Spec) []int {
	m.mu.Lock()
	s := m.socks[spec.Identity()]
	m.mu.Unlock()
	if s != nil {
		return s.Descriptors()
	}
	if m.taken != nil {
		return m.taken.Take(spec)
	}
	return nil
}

// oldPIDs are the processes to ask for addresses; only at the start.
func (m *master) oldPIDs() []int {
	if m.worker() != nil {
		return nil
	}
	return m.opt.OldPIDs
}

// Reload is part of mcli.Master.
func (m *master) Reload(hard bool) mcli.Result { return <-m.ask(hard).done }

// Procs is part of mcli.Master.
func (m *master) Procs() []mcli.Proc {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []mcli.Proc{{PID: os.Getpid(), Reloads: m.reloads, Failed: m.failed, Started: m.started, Version: m.prog.Version}}
	for _, c := range m.children {
		p := mcli.Proc{PID: c.pid, Started: c.started, Version: c.versionText(), Old: c != m.current}
		if p.Old {
			p.Reloads = max(0, m.reloads-c.born)
		}
		out = append(out, p)
	}
	return out
}

// Loaded is part of mcli.Master.
func (m *master) Loaded() mcli.Result {
	m.mu.Lock()
	defer m.mu.Unlock()
	return mcli.Result{OK: !m.loadFailed, Logs: m.con.text()}
}

// StartupLogs is part of mcli.Master.
func (m *master) StartupLogs() string { return m.con.text() }

// Version is part of mcli.Master.
func (m *master) Version() string { return m.prog.Version }

// Env is part of mcli.Master.
func (m *master) Env() []string { return m.env }

// Open is part of mcli.Master: it gives the worker one end of a socket pair.
func (m *master) Open(pid int, level command.Level) (net.Conn, error) {
	m.mu.Lock()
	at := slices.IndexFunc(m.children, func(c *child) bool { return c.pid == pid })
	var c *child
	if at >= 0 {
		c = m.children[at]
	}
	m.mu.Unlock()
	if c == nil {
		return nil, fmt.Errorf("no worker %d", pid)
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot reach worker %d: %w", pid, err)
	}
	near, far := os.NewFile(uintptr(fds[0]), "cli"), os.NewFile(uintptr(fds[1]), "cli")
	defer near.Close()
	defer far.Close()
	if err := c.ctl.send(message{Op: opCLI, Text: level.String(), fds: []int{fds[1]}}); err != nil {
		return nil, err
	}
	return net.FileConn(near)
}
