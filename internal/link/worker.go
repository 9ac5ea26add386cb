package link

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/command"
	"segue/internal/diag"
	"segue/internal/front"
	"segue/internal/health"
	"segue/internal/lb"
	"segue/internal/pattern"
	"segue/internal/process"
	"segue/internal/process/flags"
)

// Worker is the data plane as process control sees it: process.Engine over an
// Engine that is made when the first generation is linked.
type Worker struct {
	Index    *catalog.Index
	Features func(name string) bool
	Commands *command.Table
	Version  string // Segue's own

	mu      sync.Mutex
	engine  *Engine
	state   *lb.State
	last    *Result                // that serves
	serving atomic.Pointer[Result] // the same, for loops
	born    time.Time              // the start of the process
	done    chan struct{}
	drain   sync.Once
	heirs   heirs         // who has got the state
	files   *pattern.Refs // of the worker before, for the first generation
	came    inheritance   // the same
	counted lb.Numbers    // the same: Process.Count
	added   []added       // the same
}

var _ process.Engine = (*Worker)(nil)

// NewWorker returns a Worker without threads.
func NewWorker(ix *catalog.Index, features func(string) bool) *Worker {
	w := &Worker{Index: ix, Features: features, state: lb.NewState(), done: make(chan struct{}), born: time.Now()}
	w.Commands = commands(ix)
	return w
}

// commands gathers the commands of all features.
func commands(ix *catalog.Index) *command.Table {
	var rows [][]command.Command
	for _, f := range ix.Features() {
		rows = append(rows, f.Commands)
	}
	return command.NewTable(rows...)
}

// recorder reads files and remembers what it read, so that a file that changes
// meanwhile is the same for all lines that name it, and for the worker.
type recorder struct {
	files []process.File
	index map[string]int // of files
}

func (r *recorder) open(name string) ([]byte, error) {
	i, seen := r.index[name]
	if !seen {
		f := process.File{Name: name}
		var err error
		if f.Data, err = cfg.ReadFile(name); err != nil {
			f.Fail(err)
		}
		i, r.index[name] = len(r.files), len(r.files)
		r.files = append(r.files, f)
	}
	return r.files[i].Content()
}

// Plan implements process.Engine.
func (w *Worker) Plan(opt *flags.Options, stdin io.Reader) (*process.Bundle, *diag.List) {
	d := &diag.List{}
	rec, book := &recorder{index: map[string]int{}}, known(nil)
	srcs := cfg.ReadSources(opt.Files, stdin, nil, d)
	defer sparing()()
	t := Text{Env: Environ(opt.Files, opt.LocalPeer), Open: rec.open, Lookup: book.lookup, Features: w.Features, MaxConn: opt.ProxyMaxConn}
	m := Parse(srcs, t, w.Index, d)
	marked := marks(m)
	if m.Global.Daemon && opt.Systemd {
		d.Add(diag.Entry{Sev: diag.Warning, Msg: "'daemon' is not compatible with -Ws (master-worker mode for systemd), ignoring."})
	}
	r := Link(m, Input{State: lb.NewState(), Index: w.Index, Diag: d, Tag: opt.Program, Check: true, Open: rec.open, Lookup: book.lookup,
		Lenient: opt.IgnoreResolve, IPv4Only: opt.IPv4Only})
	if opt.Check {
		checkInherited(r.Binds, d)
		checkServersInherited(m, d)
	}
	if d.Errors() > 0 {
		d.Add(diag.Entry{Sev: diag.Alert, Msg: "Fatal errors found in configuration."})
		return nil, d
	}
	b := &process.Bundle{Files: rec.files}
	for _, s := range srcs {
		b.Sources = append(b.Sources, process.File{Name: s.Name, Data: s.Data})
		if n := len(s.Data); n > 0 && s.Data[n-1] != '\n' {
			b.CutShort = s.Name
		}
	}
	for _, bind := range r.Binds {
		b.Listeners = append(b.Listeners, Spec(bind))
	}
	b.Settings = settings(&m.Global, opt, r)
	privileged(b, r.Gen, marked)
	b.Names = book.list
	if b.Settings.Need.Auto && !opt.Check {
		d.Add(diag.Entry{Sev: diag.Notice, Bare: true, Msg: "Automatically setting global.maxconn to " + strconv.Itoa(b.Settings.Need.MaxConn) + "."})
	}
	return b, d
}

// Import implements process.Engine.
func (w *Worker) Import(r io.Reader) error { return w.importState(r) }

// Export implements process.Engine.
func (w *Worker) Export(out io.Writer) error {
	base, err := w.exportState(out)
	if err == nil {
		w.heirs.exported(&base)
	}
	return err
}

// Link implements process.Engine.
func (w *Worker) Link(b *process.Bundle, socks []process.Socket) (process.Generation, error) {
	files := map[string]*process.File{}
	for i := range b.Files {
		files[b.Files[i].Name] = &b.Files[i]
	}
	open := func(name string) ([]byte, error) {
		if f := files[name]; f != nil {
			return f.Content()
		}
		return nil, os.ErrNotExist
	}
	srcs := make([]cfg.Source, len(b.Sources))
	for i, s := range b.Sources {
		srcs[i] = cfg.Source{Name: s.Name, Data: s.Data}
	}
	if w.last == nil {
		defer unhurried(sizeOf(srcs))()
	} else {
		defer beside()()
	}
	d, book := &diag.List{}, known(b.Names)
	t := Text{Env: Environ(b.Options.Files, b.Options.LocalPeer), Open: open, Lookup: book.lookup, Features: w.Features, MaxConn: b.Options.ProxyMaxConn}
	m := Parse(srcs, t, w.Index, d)
	in := Input{State: w.state, Index: w.Index, Diag: d, Tag: b.Options.Program, Open: open,
		Lenient: b.Options.IgnoreResolve, IPv4Only: b.Options.IPv4Only}
	in.Files, in.Namespaces, in.Lookup, in.Added = w.files, b.Opened, book.lookup, w.added
	if w.last != nil {
		in.Prev, in.Files, in.Checks = w.last.Gen, w.last.Files, w.last.Checks
	}
	m.Global.MaxConn, m.Global.AutoMaxConn = b.Settings.Need.MaxConn, b.Settings.Need.Auto
	m.Global.NoSplice = m.Global.NoSplice || b.Options.NoSplice
	r := Link(m, in)
	r.need = b.Settings.Need
	if d.Errors() > 0 {
		var text strings.Builder
		d.Print(&text, diag.PrintOptions{PID: os.Getpid()})
		return nil, errors.New(strings.TrimSpace(text.String()))
	}
	if len(socks) != len(r.Binds) {
		return nil, fmt.Errorf("the configuration has %d listeners, %d sockets came", len(r.Binds), len(socks))
	}
	if w.engine == nil {
		e, err := NewEngine(m.Global.NbThread)
		if err != nil {
			return nil, fmt.Errorf("cannot start a thread: %w", err)
		}
		e.Process.State, e.Process.Version = w.state, w.Version
		e.Process.MaxMemory = limitMemory(b.Options.MaxMemory)
		e.Process.Hooks = hooks{w}
		e.Process.Recall(w.counted)
		e.came, w.came, w.counted = w.came, inheritance{}, nil
		w.engine = e
	}
	r.said = b.Said
	w.engine.Process.Warnings.Add(int64(b.Warnings))
	r.quiet = b.Options.Quiet
	w.hook(r)
	m.Forget()
	return &candidate{w: w, r: r, socks: socks}, nil
}

// hook gives the stats sockets their sessions.
func (w *Worker) hook(r *Result) {
	for _, b := range r.Binds {
		if !b.Stats {
			continue
		}
		level, _ := command.ParseLevel(b.Conf.Level)
		severity, _ := command.ParseSeverity(b.Conf.SeverityOutput)
		b.Hook = &command.Host{
			Table: w.Commands, Process: w.engine.Process, Level: level, Severity: severity,
			TimeoutNS: int64(r.Model.Global.StatsTimeout), End: front.End,
			GetSocks: w.getSocks(b), GetState: w.getState(b),
		}
	}
}

// candidate is a linked generation that waits for its turn.
type candidate struct {
	w     *Worker
	r     *Result
	socks []process.Socket
}

// Activate implements process.Generation.
func (c *candidate) Activate() {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	e := c.w.engine
	socks := make([]Socket, len(c.socks))
	for i := range socks {
		socks[i] = Socket{FD: c.socks[i].FD, Shards: c.socks[i].Shards}
	}
	if c.w.last == nil {
		e.Start()
	}
	e.Use(c.r, socks)
	for _, n := range c.r.notices {
		c.r.said += fmt.Sprintf("[NOTICE]   (%d) : %s\n", os.Getpid(), n)
	}
	c.w.added = nil
	if c.w.last == nil {
		e.Process.Booted.Store(time.Since(c.w.born).Milliseconds())
	}
	c.w.last = c.r
	c.w.heirs.exported(nil) // who got the state before has failed: we go on
	c.w.serving.Store(c.r)
}

// Notices implements process.Generation.
func (c *candidate) Notices() []string { return c.r.notices }

// Discard implements process.Generation.
func (c *candidate) Discard() {
	for _, s := range c.r.sinks.open {
		s.Close(0)
	}
}

// Announce implements process.Engine.
func (w *Worker) Announce() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.engine != nil {
		w.engine.Process.Announced.Store(true)
	}
}

// Drain implements process.Engine.
func (w *Worker) Drain() {
	w.drain.Do(func() {
		w.mu.Lock()
		e := w.engine
		w.mu.Unlock()
		if e == nil {
			close(w.done)
			return
		}
		p := e.Process
		g := &p.Gen.Load().Conf.Global
		p.Closing.From.Store(p.Threads[0].Clock())
		p.Closing.Over.Store(int64(g.CloseSpread))
		p.Closing.Never.Store(g.CloseSpreadOff)
		p.Stopping.Store(true)
		health.Rest(p)
		e.unwatchAll()
		told := e.reportOf(stopOrder(p.Gen.Load().Proxies), syslogWarning, "", stopped)
		go func() {
			select {
			case <-told:
			case <-time.After(time.Second): // nobody reads
			}
			w.waitDrained(e)
		}()
	})
}

// waitDrained closes what is idle and tells when the last connection has ended.
func (w *Worker) waitDrained(e *Engine) {
	tick := time.NewTicker(idleTick)
	defer tick.Stop()
	start := time.Now()
	for e.Process.Conns.Load() != e.Process.CLIConns.Load() {
		select {
		case <-e.Process.Left:
		case <-tick.C:
			if time.Since(start) > idleGrace {
				e.everywhere(func(th *lb.Thread) { front.CloseIdle(th, int64(idleGrace)) })
			}
		}
	}
	health.Stop(e.Process)
	e.sinks.detach(e.attached, e.Process.Threads, nil)
	close(w.done)
}

// idleTick is how often a drain looks for connections that have been idle for
// idleGrace.
const idleTick = 50 * time.Millisecond

// Done implements process.Engine.
func (w *Worker) Done() <-chan struct{} { return w.done }

// abortTell is how long the end waits for its announcement to be printed: a part
// of the 100 ms that Abort has.
const abortTell = 30 * time.Millisecond

// Abort implements process.Engine.
func (w *Worker) Abort() {
	if e := w.engine; e != nil {
		var global []lb.LogTarget
		if r := w.serving.Load(); r != nil {
			global = r.global
		}
		select {
		case <-e.hardStopped(global):
		case <-time.After(abortTell): // nobody reads
		}
		e.everywhere(func(th *lb.Thread) { front.Abort(th, nil) })
	}
}

// Pause implements process.Engine.
func (w *Worker) Pause() { w.listening(false) }

// Resume implements process.Engine.
func (w *Worker) Resume() { w.listening(true) }

func (w *Worker) listening(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := w.engine; {
	case e == nil || w.last == nil || e.Process.Stopping.Load(): // nothing to pause
	case on:
		e.resume()
	default:
		e.pause()
	}
}

// Tell implements process.Engine.
func (w *Worker) Tell(level int, line string) {
	r := w.serving.Load()
	if r == nil || len(r.global) == 0 {
		return
	}
	th := w.engine.Process.Threads[0]
	th.Post(func() {
		for _, t := range r.global {
			t.Send(th, level, nil, []byte(line))
		}
	})
}

// DumpServers implements process.Engine.
func (w *Worker) DumpServers() {
	if w.engine != nil && w.last != nil {
		w.engine.dumpServers()
	}
}

// ServeCLI implements process.Engine.
func (w *Worker) ServeCLI(conn net.Conn, level string) {
	defer conn.Close()
	w.mu.Lock()
	e, last := w.engine, w.last
	w.mu.Unlock()
	f, ok := conn.(interface{ File() (*os.File, error) })
	if e == nil || last == nil || !ok {
		return
	}
	file, err := f.File()
	if err != nil {
		return
	}
	fd, err := syscall.Dup(int(file.Fd()))
	file.Close()
	if err != nil {
		return
	}
	syscall.CloseOnExec(fd)
	syscall.SetNonblock(fd, true)
	lv, _ := command.ParseLevel(level)
	host := &command.Host{Table: w.Commands, Process: e.Process, Level: lv, TimeoutNS: int64(last.Model.Global.StatsTimeout)}
	done := make(chan struct{})
	th := e.Process.Threads[0]
	th.Post(func() { host.Serve(th, int32(fd), lv, func() { close(done) }) })
	<-done
}
