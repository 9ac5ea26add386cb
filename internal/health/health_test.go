package health

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/sched/epoll"
)

// A bench is a process with one or more running loops, and what health said.
type bench struct {
	t     testing.TB
	p     *lb.Process
	h     *Health
	lines chan string
	kills chan string
	purge chan string
	told  chan string
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{
		t: t, p: &lb.Process{State: lb.NewState()},
		lines: make(chan string, 1000), kills: make(chan string, 100), purge: make(chan string, 100), told: make(chan string, 1000),
	}
	sys, err := epoll.New()
	if err != nil {
		t.Fatal(err)
	}
	th := &lb.Thread{Loop: sched.NewLoop(0, sys), Process: b.p, Tmp: make([]byte, 0, 4096), Rand: 1}
	th.OnPanic = func(v any, stack []byte) { t.Errorf("panic: %v\n%s", v, stack) }
	b.p.Threads = append(b.p.Threads, th)
	b.h = Of(b.p)
	b.h.Hooks = Hooks{
		Log:      func(px *lb.Proxy, level int, msg string) { b.lines <- msg },
		Changed:  func(srv *lb.Server) { put(b.told, path(srv)) },
		Shutdown: func(srv *lb.Server, up bool) { put(b.kills, path(srv)) },
		Purge:    func(srv *lb.Server) { put(b.purge, path(srv)) },
	}
	var wg sync.WaitGroup
	wg.Add(1)
	go func() { defer wg.Done(); th.Run() }()
	t.Cleanup(func() {
		Stop(b.p)
		th.Stop()
		wg.Wait()
	})
	return b
}

// put keeps a hook from ever waiting.
func put(c chan string, s string) {
	select {
	case c <- s:
	default:
	}
}

// generation links proxies as package link does.
func (b *bench) generation(pxs ...*conf.Proxy) *lb.Generation {
	g := &lb.Generation{Conf: &conf.Model{}, State: b.p.State, Num: 1, Fronts: map[string]*lb.Proxy{}, Backs: map[string]*lb.Proxy{}}
	if old := b.p.Gen.Load(); old != nil {
		g.Num = old.Num + 1
	}
	for _, c := range pxs {
		px := &lb.Proxy{Conf: c, Gen: g, Name: c.Name, Mode: c.Mode, Options: c.Options, ByName: map[string]*lb.Server{}, Back: b.p.State.Proxy("b", c.Name)}
		for i, sc := range c.Servers {
			st, existed := b.p.State.Server(c.Name, sc.Name)
			srv := &lb.Server{Conf: sc, Proxy: px, State: st, Name: sc.Name, ID: i + 1, Index: i}
			if !existed {
				st.Oper.Store(int32(lb.Running))
				st.Weight.Store(int32(sc.Weight))
				if sc.Disabled {
					st.Admin.Or(uint32(lb.ConfMaint))
				}
			}
			ap := netip.AddrPortFrom(sc.Addr.IP, uint16(max(sc.Addr.Port, 0)))
			st.Addr.Store(&ap)
			px.Servers = append(px.Servers, srv)
			px.ByName[sc.Name] = srv
		}
		g.Proxies = append(g.Proxies, px)
		g.Backs[c.Name] = px
	}
	Link(g, func(srv *lb.Server, msg string) { b.t.Errorf("%s: %s", path(srv), msg) })
	return g
}

// use publishes a generation.
func (b *bench) use(g *lb.Generation) {
	prev := b.p.Gen.Swap(g)
	Start(g, prev, b.p)
}

// line waits for the next log line.
func (b *bench) line() string {
	b.t.Helper()
	select {
	case l := <-b.lines:
		return l
	case <-time.After(10 * time.Second):
		b.t.Fatal("no log line came")
		return ""
	}
}

// expect waits for a line that is want, where "~" stands for a number.
func (b *bench) expect(want string) {
	b.t.Helper()
	if got := b.line(); digits(got) != want {
		b.t.Errorf("line = %q\nwant   %q", got, want)
	}
}

// digits replaces the number before "ms" by "~".
func digits(s string) string {
	i := strings.Index(s, "check duration: ")
	if i < 0 {
		return s
	}
	i += len("check duration: ")
	j := i
	for j < len(s) && s[j] >= '0' && s[j] <= '9' {
		j++
	}
	return s[:i] + "~" + s[j:]
}

// farm makes a backend's configuration with servers that are checked every
// 20 ms.
func farm(name string, servers ...*conf.Server) *conf.Proxy {
	px := &conf.Proxy{Name: name, Kind: "backend"}
	px.SetDefaults()
	px.Servers = servers
	return px
}

func server1(name, addr string, mods ...func(w *conf.Server)) *conf.Server {
	a, err := conf.ParseAddr(addr)
	if err != nil {
		panic(err)
	}
	s := &conf.Server{Name: name, Addr: a, ServerWords: new(conf.ServerWords)}
	s.SetDefaults()
	s.Check = true
	s.Inter = 20 * time.Millisecond
	for _, m := range mods {
		m(s)
	}
	return s
}

// serve accepts connections on a port of its own and gives each to f.
func serve(t *testing.T, f func(c net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); f(c) }()
		}
	}()
	return l.Addr().String()
}

func TestLayer4(t *testing.T) {
	b := newBench(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	g := b.generation(farm("b", server1("s", addr, func(s *conf.Server) { s.Rise, s.Fall = 2, 2 })))
	b.use(g)
	l.Close()
	b.expect(`Server b/s is DOWN, reason: Layer4 connection problem, info: "ECONNREFUSED returned by OS (Connection refused)", check duration: ~ms. 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.`)
	b.expect("backend b has no server available!")
	srv := g.Proxies[0].Servers[0]
	if srv.Up() {
		t.Error("the server is still up")
	}
	if l, err = net.Listen("tcp", addr); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	b.expect("Server b/s is UP, reason: Layer4 check passed, check duration: ~ms. 1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.")
	if !srv.Usable() {
		t.Error("the server is not usable")
	}
}
