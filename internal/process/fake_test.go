package process

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"segue/internal/diag"
	"segue/internal/process/flags"
	"segue/internal/process/handover"
	"segue/internal/process/listen"
	"segue/internal/process/privs"
)

// TestMain lets the test binary play every role: a child of it that finds
// fakeEnv runs the program under test with the fake engine.
func TestMain(m *testing.M) {
	if os.Getenv(fakeEnv) != "" {
		os.Exit(Run(&Program{
			Early:       Begin(),
			Version:     "fake-1",
			NewEngine:   func() Engine { return &fakeEngine{done: make(chan struct{}), conns: map[net.Conn]*atomic.Bool{}} },
			VersionText: func(flags.VersionForm) string { return "fake version\n" },
			Condition:   func(expr string) (bool, error) { return expr == "1", nil },
		}, os.Args))
	}
	os.Exit(m.Run())
}

const fakeEnv = "SEGUE_FAKE"

// fakeEngine serves lines: each line that a client sends is answered with
// "PID REPLY COUNT". Its configuration has one directive per line:
//
//	tcp PORT | unix PATH    a listener
//	reply TEXT              what to answer
//	fixed TEXT              a setting that needs a new process
//	hard DURATION           hard-stop-after
//	stats PATH              a socket that answers _getsocks
//	uid N                   user to become
//	bad TEXT                an error
//	crash, hang             of the validator
//	linkfail, linkpanic, linkhang, linkstop   of the worker
//	chroot PATH             its new root
//	file PATH               goes into the bundle and becomes the reply
type fakeEngine struct {
	mu       sync.Mutex
	reply    string
	served   int // the state
	watching map[listen.Identity]net.Listener
	socks    []Socket
	conns    map[net.Conn]*atomic.Bool // value: has served
	accepts  sync.WaitGroup            // accept loops that run
	draining bool
	done     chan struct{}
}

func (e *fakeEngine) Plan(opt *flags.Options, _ io.Reader) (*Bundle, *diag.List) {
	list := &diag.List{}
	b := &Bundle{}
	for _, name := range opt.Files {
		data, err := os.ReadFile(name)
		if err != nil {
			list.Alertf(diag.Pos{}, "%v", err)
			return nil, list
		}
		b.Sources = append(b.Sources, File{Name: name, Data: data})
		for i, line := range strings.Split(string(data), "\n") {
			e.directive(b, list, diag.Pos{File: name, Line: i + 1}, line)
		}
	}
	return b, list
}

func (e *fakeEngine) directive(b *Bundle, list *diag.List, pos diag.Pos, line string) {
	word, arg, _ := strings.Cut(line, " ")
	s := &b.Settings
	switch word {
	case "tcp":
		port, _ := strconv.Atoi(arg)
		b.Listeners = append(b.Listeners, listen.Spec{Family: listen.IPv4, Addr: netip.MustParseAddr("127.0.0.1"), Port: uint16(port),
			File: pos.File, Line: pos.Line, Owner: "frontend f"})
	case "unix", "stats":
		b.Listeners = append(b.Listeners, listen.Spec{Family: listen.Unix, Path: arg, File: pos.File, Line: pos.Line, Owner: word})
	case "fixed":
		s.Fixed = map[string]string{"fixed": arg}
	case "hard":
		s.HardStopAfter, _ = time.ParseDuration(arg)
	case "uid":
		n, _ := strconv.Atoi(arg)
		s.Privs = privs.Settings{UID: n, HasUID: true}
	case "chroot":
		s.Privs.Chroot = arg
	case "daemon":
		b.Settings.Daemon = true
	case "master-worker":
		s.MasterWorker = true
	case "remark":
		list.Warnf(pos, "a remark")
	case "bad":
		list.Alertf(pos, "unknown keyword '%s'", arg)
	case "crash":
		os.Exit(77)
	case "hang":
		select {}
	case "file":
		data, _ := os.ReadFile(arg)
		b.Files = append(b.Files, File{Name: arg, Data: data})
	}
}

// word returns the argument of the last directive of that name.
func (b *Bundle) word(name string) (string, bool) {
	for _, line := range strings.Split(string(b.Sources[0].Data), "\n") {
		if rest, ok := strings.CutPrefix(line, name); ok {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}

func (e *fakeEngine) Import(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	e.served, err = strconv.Atoi(string(text))
	return err
}

func (e *fakeEngine) Export(w io.Writer) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, err := fmt.Fprint(w, e.served)
	return err
}

func (e *fakeEngine) Rest(io.Writer) (bool, error) { return false, nil }
func (e *fakeEngine) Add(io.Reader) error          { return nil }

type fakeGeneration struct {
	e     *fakeEngine
	reply string
	socks []Socket
}

func (e *fakeEngine) Link(b *Bundle, socks []Socket) (Generation, error) {
	if _, ok := b.word("linkfail"); ok {
		return nil, errors.New("link refuses")
	}
	if _, ok := b.word("linkhang"); ok {
		select {}
	}
	if _, ok := b.word("linkstop"); ok {
		unix.Kill(os.Getpid(), unix.SIGSTOP)
	}
	if _, ok := b.word("linkpanic"); ok {
		panic("link panics")
	}
	g := &fakeGeneration{e: e, socks: socks}
	g.reply, _ = b.word("reply ")
	if len(b.Files) > 0 {
		g.reply = string(b.Files[0].Data)
	}
	return g, nil
}

func (g *fakeGeneration) Discard()          {}
func (g *fakeGeneration) Notices() []string { return nil }

func (g *fakeGeneration) Activate() {
	g.e.mu.Lock()
	defer g.e.mu.Unlock()
	g.e.reply, g.e.socks = g.reply, g.socks
	now := map[listen.Identity]net.Listener{}
	for _, s := range g.socks {
		id := s.Spec.Identity()
		if now[id] = g.e.watching[id]; now[id] == nil {
			f := os.NewFile(uintptr(dupFD(s.FD)), "listener")
			ln, err := net.FileListener(f)
			f.Close()
			if err != nil {
				panic(err)
			}
			now[id] = ln
			g.e.accepts.Add(1)
			go g.e.accept(ln, s.Spec.Owner == "stats")
		}
	}
	for id, ln := range g.e.watching {
		if now[id] == nil {
			ln.Close()
		}
	}
	g.e.watching = now
}

func (e *fakeEngine) accept(ln net.Listener, stats bool) {
	defer e.accepts.Done()
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		if stats {
			go e.handOver(c.(*net.UnixConn))
			continue
		}
		has := &atomic.Bool{}
		e.mu.Lock()
		e.conns[c] = has
		e.mu.Unlock()
		go e.serve(c, has)
	}
}

func (e *fakeEngine) handOver(c *net.UnixConn) {
	defer c.Close()
	if line, _ := bufio.NewReader(io.LimitReader(c, 10)).ReadString('\n'); line != "_getsocks\n" {
		return
	}
	var items []handover.Item
	e.mu.Lock()
	for _, s := range e.socks {
		items = append(items, handover.Item{FD: s.FD})
	}
	e.mu.Unlock()
	handover.Send(c, items)
}

func (e *fakeEngine) serve(c net.Conn, has *atomic.Bool) {
	in := bufio.NewScanner(c)
	for in.Scan() {
		e.mu.Lock()
		e.served++
		text := fmt.Sprintf("%d %s %d\n", os.Getpid(), e.reply, e.served)
		e.mu.Unlock()
		has.Store(in.Text() != "hold")
		c.Write([]byte(text))
		e.mu.Lock()
		leave := e.draining && has.Load()
		e.mu.Unlock()
		if leave {
			break
		}
	}
	c.Close()
	e.mu.Lock()
	delete(e.conns, c)
	e.finish()
	e.mu.Unlock()
}

// finish closes done when nothing is left; e.mu is held.
func (e *fakeEngine) finish() {
	if e.draining && len(e.conns) == 0 {
		select {
		case <-e.done:
		default:
			close(e.done)
		}
	}
}

func (e *fakeEngine) Announce() {}

func (e *fakeEngine) Drain() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ln := range e.watching {
		ln.Close()
	}
	e.mu.Unlock()
	e.accepts.Wait() // what was accepted is in conns now
	e.mu.Lock()
	e.draining = true
	for c, has := range e.conns {
		if has.Load() {
			c.Close()
		}
	}
	e.finish()
}

func (e *fakeEngine) Done() <-chan struct{} { return e.done }
func (e *fakeEngine) Abort()                {}
func (e *fakeEngine) Pause()                {}
func (e *fakeEngine) Resume()               {}
func (e *fakeEngine) DumpServers()          { fmt.Fprintln(os.Stderr, "dump") }
func (e *fakeEngine) Tell(int, string)      {}

func (e *fakeEngine) ServeCLI(c net.Conn, level string) {
	defer c.Close()
	line, _ := bufio.NewReader(c).ReadString('\n')
	fmt.Fprintf(c, "worker %d at %s: %s\n", os.Getpid(), level, line)
}
