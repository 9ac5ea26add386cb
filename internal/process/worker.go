package process

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"segue/internal/process/listen"
	"segue/internal/process/privs"
)

// worker is the process that serves, as seen from inside. Everything belongs
// to the goroutine of run.
type worker struct {
	prog   *Program
	engine Engine
	ctl    *control
	con    *console

	dropped bool                      // rights were given up
	held    map[listen.Identity][]int // descriptors of the generation that serves
	hard    time.Duration             // its hard-stop-after
	wait    time.Duration             // its grace
	next    *candidate                // between bundle and activate
	serving bool
	grace   <-chan time.Time // the drain begins; nil unless SIGUSR1 came
	drained <-chan struct{}  // closed when the last stream has ended; nil before a drain
	stop    <-chan time.Time // hard-stop-after has passed
}

// candidate is a generation on its way.
type candidate struct {
	gen    uint64
	bundle *Bundle
	state  *os.File      // to import from; nil if there is none
	spare  bool          // the state may be left behind
	fds    map[int][]int // index of the listener -> new descriptors
	ids    map[listen.Identity][]int
	linked Generation
}

// runWorker is the worker. It ends with the master.
func runWorker(p *Program, con *console) int {
	parent := os.Getenv(parentEnv)
	if !dieWithParent(parent) {
		return 1
	}
	ctl, err := openControl(os.NewFile(childFD, "control"))
	if err != nil {
		con.alert(err.Error())
		return 1
	}
	if os.Getenv(daemonEnv) != "" {
		if err := con.openNull(); err != nil {
			con.alert(err.Error())
			return 1
		}
	}
	w := &worker{prog: p, engine: p.NewEngine(), ctl: ctl, con: con, held: map[listen.Identity][]int{}}
	return w.run()
}

// run handles messages and signals until the end.
func (w *worker) run() int {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGTTOU, syscall.SIGTTIN, syscall.SIGHUP)
	go stopAtOnce()
	signal.Ignore(syscall.SIGUSR2, syscall.SIGQUIT, syscall.SIGPIPE)
	messages := make(chan message)
	go func() {
		for {
			m, err := w.ctl.receive()
			if err != nil {
				os.Exit(1) // the master is gone; nobody would restart us
			}
			messages <- m
		}
	}()
	if err := w.ctl.send(message{Op: opHello, Text: w.prog.Version, Format: masterFormat}); err != nil {
		return 1
	}
	for {
		select {
		case m := <-messages:
			w.handle(m)
		case sig := <-signals:
			switch sig {
			case syscall.SIGUSR1:
				w.announce()
			case syscall.SIGTTOU:
				w.engine.Pause()
			case syscall.SIGTTIN:
				w.engine.Resume()
			case syscall.SIGHUP:
				w.engine.DumpServers()
			}
		case <-w.grace:
			w.drain()
		case <-w.stop:
			status := abort(w.engine)
			w.tellRest()
			return status
		case <-w.drained:
			w.tellRest()
			return 0
		}
	}
}

// announce is SIGUSR1: the drain begins after "grace". A worker that another one
// has replaced is told by a message, and does not wait.
func (w *worker) announce() {
	switch {
	case w.drained != nil || w.grace != nil:
	case w.wait > 0:
		w.engine.Announce()
		w.grace = time.After(w.wait)
	default:
		w.drain()
	}
}

// drain begins the end, once.
func (w *worker) drain() {
	if w.drained != nil {
		return
	}
	w.engine.Drain()
	w.closeSockets()
	w.drained = w.engine.Done()
	if w.hard > 0 {
		w.stop = time.After(w.hard)
	}
}

// stopAtOnce ends the process on SIGTERM and SIGINT, even while a
// configuration is being linked.
func stopAtOnce() {
	now := make(chan os.Signal, 1)
	signal.Notify(now, syscall.SIGTERM, syscall.SIGINT)
	dieBy((<-now).(syscall.Signal))
}

// abort ends all streams and gives that 100 ms.
func abort(e Engine) int {
	go e.Abort()
	select {
	case <-e.Done():
	case <-time.After(100 * time.Millisecond):
	}
	return 0
}

// closeSockets closes what Drain has stopped watching. The master or the next
// process has the open file descriptions still, if they shall live on.
func (w *worker) closeSockets() {
	for id, fds := range w.held {
		closeAll(fds)
		delete(w.held, id)
	}
}

// errNoDescriptor is the answer to a message whose descriptors did not arrive.
var errNoDescriptor = errors.New("the worker has no file descriptor left for the new configuration; raise the limit ('ulimit-n', LimitNOFILE= under systemd) or reload when it has fewer connections")

// handle does what the master says. Answers go out here; an error of send
// means that the master is gone, which the receiver notices.
func (w *worker) handle(m message) {
	defer m.closeFDs()
	if m.lost {
		if m.Op == opBundle || m.Op == opSockets {
			w.drop()
			w.reply(m, errNoDescriptor)
		}
		return // who waits for the rest sees its end
	}
	switch m.Op {
	case opBundle:
		w.reply(m, w.begin(&m))
	case opSockets:
		if w.next == nil || len(m.fds) != len(m.Index) {
			return // begin has answered
		}
		for i, fd := range m.fds {
			at := m.Index[i]
			w.next.fds[at] = append(w.next.fds[at], fd)
		}
		m.fds = nil
	case opLink:
		if w.next == nil {
			return
		}
		if err := w.link(); err != nil {
			w.drop()
			w.reply(m, err)
			return
		}
		w.ctl.send(message{Op: opLinked, Gen: m.Gen}) //nolint:errcheck // see above
	case opActivate:
		if m.Until > 0 && monotonic() > m.Until {
			w.drop()
			w.reply(m, errors.New("the worker was stopped or too slow to begin"))
			return
		}
		if w.next != nil && w.next.gen == m.Gen && w.next.linked != nil {
			notices := w.activate()
			w.ctl.send(message{Op: opActive, Gen: m.Gen, Text: strings.Join(notices, "\n")}) //nolint:errcheck // see above
		}
	case opDiscard:
		w.drop()
	case opDrain:
		w.drain()
		w.ctl.send(message{Op: opDraining, Gen: m.Gen}) //nolint:errcheck // see above
	case opExport:
		w.export(&m)
	case opCLI:
		w.serveCLI(&m)
	case opTell:
		w.engine.Tell(m.Level, m.Text)
	case opAdd:
		w.add(&m)
	}
}

// reply reports a failure; success has messages of its own.
func (w *worker) reply(m message, err error) {
	if err != nil {
		w.ctl.send(message{Op: opFailed, Gen: m.Gen, Text: err.Error()}) //nolint:errcheck // see handle
	}
}

// begin reads a bundle.
func (w *worker) begin(m *message) error {
	w.drop()
	if len(m.fds) == 0 || m.State && len(m.fds) < 2 {
		return fmt.Errorf("the bundle did not arrive")
	}
	file := os.NewFile(uintptr(m.fds[0]), "bundle")
	defer file.Close()
	c := &candidate{gen: m.Gen, fds: map[int][]int{}}
	if m.State {
		c.state, c.spare = os.NewFile(uintptr(m.fds[1]), "state"), m.Spare
	}
	m.fds = nil
	st, err := file.Stat()
	if err == nil {
		c.bundle, err = readBundle(file, st.Size())
	}
	if err != nil {
		c.close()
		return err
	}
	w.next = c
	return nil
}

// close gives back what a candidate holds.
func (c *candidate) close() {
	if c.state != nil {
		c.state.Close()
	}
	for _, fds := range c.fds {
		closeAll(fds)
	}
}

func closeAll(fds []int) {
	for _, fd := range fds {
		unix.Close(fd) //nolint:errcheck // nothing is left to do
	}
}

// drop forgets the candidate.
func (w *worker) drop() {
	if w.next == nil {
		return
	}
	if w.next.linked != nil {
		w.next.linked.Discard()
	}
	w.next.close()
	w.next = nil
}

// link gives up rights, if this is the first time, and builds the generation.
// A panic of the engine is an error like any other: the old generation serves.
func (w *worker) link() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cannot link the configuration: panic: %v\n%s", r, debug.Stack())
		}
	}()
	c := w.next
	if len(c.bundle.Namespaces) > 0 && !w.dropped {
		if c.bundle.Opened, err = listen.OpenNamespaces(c.bundle.Namespaces); err != nil {
			return err
		}
		defer func() { closeAll(slices.Collect(maps.Values(c.bundle.Opened))) }()
	}
	if err := w.dropRights(&c.bundle.Settings); err != nil {
		return err
	}
	if c.state != nil {
		err := w.engine.Import(c.state)
		c.state.Close()
		c.state = nil
		if err != nil && !c.spare {
			return fmt.Errorf("cannot take over the state of the old worker: %w", err)
		}
		if err != nil {
			w.con.warn(startWithout(err))
		}
	}
	c.ids = make(map[listen.Identity][]int, len(c.bundle.Listeners))
	socks := make([]Socket, len(c.bundle.Listeners))
	for i := range socks {
		spec := &c.bundle.Listeners[i]
		id := spec.Identity()
		fds := c.fds[i]
		if fds == nil {
			if fds = c.ids[id]; fds == nil {
				fds = w.held[id]
			}
		}
		if fds == nil {
			return fmt.Errorf("the socket for %s did not arrive", spec.Address())
		}
		c.ids[id] = fds
		socks[i] = Socket{FD: fds[0], Spec: *spec, Shards: fds[1:]}
	}
	c.linked, err = w.engine.Link(c.bundle, socks)
	return err
}

// dropRights runs before anything that a client can reach.
func (w *worker) dropRights(s *Settings) error {
	if w.dropped {
		return nil
	}
	// The validator has printed the warning that comes with it.
	if _, err := privs.SetDescriptors(s.Need); err != nil {
		return err
	}
	if err := privs.Drop(&s.Privs); err != nil {
		return err
	}
	w.dropped = true
	dieWithParent("") // changing the user cleared the wish
	return nil
}

// activate swaps the candidate in and closes the sockets that it lacks. It returns
// what the engine has to say.
func (w *worker) activate() []string {
	c := w.next
	c.linked.Activate()
	for id, fds := range w.held {
		if now := c.ids[id]; now == nil || now[0] != fds[0] {
			closeAll(fds)
		}
	}
	w.held, w.hard, w.wait, w.next = c.ids, c.bundle.Settings.HardStopAfter, c.bundle.Settings.Grace, nil
	if !w.serving && os.Getenv(daemonEnv) != "" {
		w.con.detach()
	}
	w.serving = true
	return c.linked.Notices()
}

// export writes the state to the pipe in m while serving goes on. The reader
// sees an incomplete state by its own means.
func (w *worker) export(m *message) {
	if len(m.fds) == 0 {
		return
	}
	f := os.NewFile(uintptr(m.fds[0]), "state")
	m.fds = nil
	defer f.Close()
	if err := w.engine.Export(f); err != nil {
		w.con.warn("cannot hand over the state: " + err.Error())
	}
}

// tellRest hands on what was counted since the state was exported: the worker
// that serves now knows nothing of it.
func (w *worker) tellRest() {
	var text bytes.Buffer
	some, err := w.engine.Rest(&text)
	if !some || err != nil {
		return
	}
	f, err := restFile(text.Bytes())
	if err != nil {
		return
	}
	defer f.Close()
	w.ctl.send(message{Op: opRest, fds: []int{int(f.Fd())}}) //nolint:errcheck // the master is gone, so are we
}

// restFile is a memory file to read from its start.
func restFile(text []byte) (*os.File, error) {
	f, err := memoryFile("rest")
	if err != nil {
		return nil, err
	}
	_, err = f.WriteAt(text, 0)
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// add counts what another worker has counted.
func (w *worker) add(m *message) {
	if len(m.fds) == 0 {
		return
	}
	f := os.NewFile(uintptr(m.fds[0]), "rest")
	m.fds = nil
	defer f.Close()
	if err := w.engine.Add(io.NewSectionReader(f, 0, maxHead)); err != nil {
		w.con.warn(err.Error())
	}
}

// serveCLI gives the connection in m to the engine.
func (w *worker) serveCLI(m *message) {
	if len(m.fds) == 0 {
		return
	}
	f := os.NewFile(uintptr(m.fds[0]), "cli")
	m.fds = nil
	conn, err := net.FileConn(f)
	f.Close()
	if err != nil {
		return
	}
	go w.engine.ServeCLI(conn, m.Text)
}
