package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"segue/internal/process/listen"
)

// When the file of the binary was replaced, a reload starts its worker from the
// new one. Once that worker serves, the master executes the new binary, too: the
// same process number, the same children, the same sockets. What it knows goes
// through a memory file.

// masterFormat is the version of masterState. A binary says in its worker's
// "hello" which one it reads; to another the master does not hand over.
const masterFormat = 1

// stateEnv names the descriptor of the memory file.
const stateEnv = "SEGUE_STATE"

// quietTime is how long the hand-over waits for open sessions of the master's
// command line. Those that are open still end then.
const quietTime = 2 * time.Second

// masterState is a master between two executions.
type masterState struct {
	Format   int           `json:"format"`
	Started  time.Time     `json:"started"`
	Gen      uint64        `json:"gen"`
	Reloads  int           `json:"reloads"`
	Failed   int           `json:"failed"`
	Env      []string      `json:"env"`
	Log      string        `json:"log"`
	CLIs     []savedSocket `json:"clis"`
	Sockets  []savedSocket `json:"sockets"`
	Children []savedChild  `json:"children"`
	Signals  []int         `json:"signals"` // arrived, not yet handled
}

type savedSocket struct {
	FD     int         `json:"fd"`
	Shards []int       `json:"shards,omitempty"`
	Spec   listen.Spec `json:"spec"`
}

type savedChild struct {
	PID      int       `json:"pid"`
	Control  int       `json:"control"`
	Started  time.Time `json:"started"`
	Born     int       `json:"born"`
	Version  string    `json:"version"`
	Format   int       `json:"format"`
	Dev      uint64    `json:"dev"`
	Ino      uint64    `json:"ino"`
	Leaving  bool      `json:"leaving"`
	Current  bool      `json:"current"`
	Settings Settings  `json:"settings"`
}

// errBusy says that something has to be handled first.
var errBusy = errors.New("busy")

// outdated reports whether the worker that serves comes from a newer binary
// than the master, and that one can take the master's place.
func (m *master) outdated() bool {
	c := m.worker()
	return c != nil && (m.dev != m.self.dev || m.ino != m.self.ino) &&
		c.dev == m.self.dev && c.ino == m.self.ino && c.format.Load() == masterFormat
}

// upgrade executes the new binary. It returns when there is something else to
// do first, or when it failed; the reloader calls it.
func (m *master) upgrade(ctx context.Context) {
	m.clis.pause()
	defer m.clis.resume()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(quietTime); ; <-tick.C {
		if ctx.Err() != nil || len(m.requests) > 0 {
			return
		}
		if m.clis.open.Load() > 0 && time.Now().Before(deadline) {
			continue
		}
		var err error
		m.spawn.do(func() { err = m.execute() })
		if err == errBusy && time.Now().Before(deadline.Add(quietTime)) {
			continue
		}
		if err != nil {
			m.con.warn("The master goes on with the old binary: " + err.Error())
		}
		return
	}
}

// execute runs on the main thread: the children are that thread's.
func (m *master) execute() error {
	// A worker that ends now is left to the new master: its number and that of
	// its control socket must not be given to somebody else meanwhile. So is what
	// a worker says now: read and not heeded yet, it would be forgotten.
	if !m.reaping.TryLock() {
		return errBusy
	}
	defer m.reaping.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	// The goroutine that runs this asks for reloads, too: on a signal.
	if m.stopping || m.failing > 0 || len(m.exits) > 0 || len(m.requests) > 0 {
		return errBusy
	}
	st, keep, err := m.save()
	if err != nil {
		return err
	}
	// From here on a signal waits in the kernel until the new master is ready.
	// The runtime's thread that takes signals lets those be which nobody wants;
	// Stop returns when all that it took are in the channel.
	blockSignals(unix.SIG_BLOCK)
	signal.Ignore(syscall.SIGHUP) // see become
	signal.Stop(m.signals)
	defer blockSignals(unix.SIG_UNBLOCK)
	defer signal.Notify(m.signals, masterSignals...)
	var held []os.Signal
	for more := true; more; {
		select {
		case s := <-m.signals:
			held = append(held, s)
			st.Signals = append(st.Signals, int(s.(syscall.Signal)))
		default:
			more = false
		}
	}
	err = m.become(st, keep)
	for _, s := range held {
		m.signals <- s
	}
	return err
}

// save describes the master and lists the descriptors to keep.
func (m *master) save() (*masterState, []int, error) {
	st := &masterState{
		Format: masterFormat, Started: m.started, Gen: m.gen, Reloads: m.reloads, Failed: m.failed,
		Env: m.env, Log: m.con.text(),
	}
	var keep []int
	socket := func(s *listen.Socket) savedSocket {
		keep = append(keep, s.Descriptors()...)
		return savedSocket{FD: s.FD, Shards: s.Shards, Spec: s.Spec}
	}
	for _, s := range m.cliSocks {
		st.CLIs = append(st.CLIs, socket(s))
	}
	for _, s := range m.socks {
		st.Sockets = append(st.Sockets, socket(s))
	}
	for _, c := range m.children {
		select {
		case <-c.exited:
			return nil, nil, errBusy
		default:
		}
		fd, err := c.ctl.descriptor()
		if err != nil {
			return nil, nil, err
		}
		keep = append(keep, fd)
		st.Children = append(st.Children, savedChild{
			PID: c.pid, Control: fd, Started: c.started, Born: c.born, Version: c.versionText(), Format: int(c.format.Load()),
			Dev: c.dev, Ino: c.ino, Leaving: c.leaving.Load(), Current: c == m.current, Settings: c.settings,
		})
	}
	return st, keep, nil
}

// become executes the binary. It returns only when that is not possible, and
// then nothing has changed.
func (m *master) become(st *masterState, keep []int) error {
	text, err := json.Marshal(st)
	if err != nil {
		return err
	}
	f, err := memoryFile("master")
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(text); err != nil {
		return fmt.Errorf("cannot save the state of the master: %w", err)
	}
	keep = append(keep, int(f.Fd()))
	defer inherit(keep, unix.FD_CLOEXEC)
	inherit(keep, 0)
	env := append(plainEnv(), keepEnv("NOTIFY_SOCKET")...)
	env = append(env, roleEnv+"="+string(roleMaster), stateEnv+"="+strconv.Itoa(int(f.Fd())))
	if signalWaits() {
		return errBusy
	}
	// Go's runtime lifts the block of SIGHUP, SIGINT and SIGTERM before it can
	// handle them. That the latter two end the process is what they ask for; the
	// first must not: it is ignored, and lost should it come in this millisecond.
	err = unix.Exec("/proc/self/fd/"+strconv.Itoa(m.self.fd), os.Args, env)
	return fmt.Errorf("cannot execute the new binary: %w", err)
}

// inherit sets the descriptors' flags: 0 keeps them over an execution.
func inherit(fds []int, flags int) {
	for _, fd := range fds {
		unix.FcntlInt(uintptr(fd), unix.F_SETFD, flags) //nolint:errcheck // they are open
	}
}

// masterSignals are those that a master handles.
var masterSignals = []os.Signal{syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT,
	syscall.SIGTTOU, syscall.SIGTTIN}

// blockSignals changes the calling thread's mask, which an execution keeps.
func blockSignals(how int) {
	var set unix.Sigset_t
	for _, s := range masterSignals {
		n := uint(s.(syscall.Signal)) - 1
		set.Val[n/64] |= 1 << (n % 64)
	}
	unix.PthreadSigmask(how, &set, nil) //nolint:errcheck // cannot fail
}

// signalWaits reports whether a signal has arrived that the caller's thread blocks.
func signalWaits() bool {
	var set unix.Sigset_t
	_, _, err := unix.Syscall(unix.SYS_RT_SIGPENDING, uintptr(unsafe.Pointer(&set)), 8, 0)
	return err == 0 && set != unix.Sigset_t{}
}

// resumeMaster is the master after it has executed a new binary.
func resumeMaster(m *master) int {
	if err := m.restore(); err != nil {
		m.con.alert("cannot go on with the new binary: " + err.Error())
		return 1
	}
	blockSignals(unix.SIG_UNBLOCK)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	m.con.notice("The master goes on with the new binary.")
	go m.reloader(ctx)
	return m.run(nil, cancel, nil)
}

// restore reads what execute saved.
func (m *master) restore() error {
	fd, err := strconv.Atoi(os.Getenv(stateEnv))
	if err != nil {
		return errors.New("no state")
	}
	unix.CloseOnExec(fd)
	f := os.NewFile(uintptr(fd), "master")
	defer f.Close()
	text, err := io.ReadAll(io.NewSectionReader(f, 0, maxHead))
	if err != nil {
		return err
	}
	st := &masterState{}
	if err := json.Unmarshal(text, st); err != nil {
		return err
	}
	m.started, m.gen, m.reloads, m.failed, m.env = st.Started, st.Gen, st.Reloads, st.Failed, st.Env
	m.con.log = []byte(st.Log)
	for _, s := range st.Sockets {
		m.socks[s.Spec.Identity()] = listen.Adopt(append([]int{s.FD}, s.Shards...), s.Spec)
	}
	for _, sig := range st.Signals {
		m.signals <- syscall.Signal(sig)
	}
	for i := range st.Children {
		if err := m.adoptChild(&st.Children[i]); err != nil {
			return err
		}
	}
	return m.adoptCLIs(st.CLIs)
}

// adoptChild makes a worker of the master before ours.
func (m *master) adoptChild(s *savedChild) error {
	unix.CloseOnExec(s.Control)
	ctl, err := openControl(os.NewFile(uintptr(s.Control), "control"))
	if err != nil {
		return err
	}
	proc, err := os.FindProcess(s.PID)
	if err != nil {
		return err
	}
	c := newChild(ctl, proc)
	c.started, c.born, c.settings, c.dev, c.ino = s.Started, s.Born, s.Settings, s.Dev, s.Ino
	c.rest = m.passRest
	c.version.Store(&s.Version)
	c.format.Store(int32(s.Format))
	c.leaving.Store(s.Leaving)
	if s.Current {
		m.current = c
		for id := range m.socks {
			c.has[id] = true
		}
	}
	m.children = append(m.children, c)
	go c.listen(&m.reaping)
	go c.wait(&m.reaping, m.exits)
	return nil
}
