package admin

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"segue/internal/command"
	"segue/internal/conf"
	"segue/internal/health"
	"segue/internal/lb"
	"segue/internal/pattern"
	"segue/internal/persist"
	"segue/internal/queue"
	"segue/internal/sample"
	"segue/internal/sched"
	"segue/internal/sched/epoll"
)

// owner stands for the owner of the data plane.
type owner struct {
	p     *lb.Process
	files *pattern.Refs
	fail  error

	mu     sync.Mutex
	logged []string // guarded by mu: the session's loop writes
}

func (o *owner) Files() *pattern.Refs { return o.files }
func (o *owner) Scope() *sample.Scope { return &sample.Scope{Gen: o.p.Gen.Load()} }
func (o *owner) StartupLogs() string  { return "logs\n" }

func (o *owner) Log(_ *lb.Thread, msg []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.logged = append(o.logged, string(msg))
}

// told is what was logged so far.
func (o *owner) told() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.logged)
}

func (o *owner) NewServer(px *lb.Proxy, words []string) (*lb.Server, error) {
	if len(words) < 2 {
		return nil, errors.New("'server' expects <name> and <addr>[:<port>] as arguments.")
	}
	a, err := netip.ParseAddrPort(words[1])
	if err != nil {
		return nil, err
	}
	return newServer(o.p, px, words[0], a, lb.ForcedMaint), nil
}
func (o *owner) ServerWords() []string { return []string{"check", "weight"} }
func (o *owner) NewBackend(name, defaults, mode, guid string) (*lb.Proxy, error) {
	return &lb.Proxy{Name: name, ID: 77, ByName: map[string]*lb.Server{}, Conf: &conf.Proxy{Name: name, Kind: "backend"}, Back: o.p.State.Proxy("b", name), Mode: conf.HTTP}, nil
}
func (o *owner) Rebalance(*lb.Proxy) error                { return o.fail }
func (o *owner) Accept(px *lb.Proxy, on, shut bool) error { return o.fail }

func newServer(p *lb.Process, px *lb.Proxy, name string, a netip.AddrPort, admin lb.Admin) *lb.Server {
	st, _ := p.State.Server(px.Name, name)
	st.Oper.Store(int32(lb.Running))
	st.Weight.Store(10)
	st.Admin.Store(uint32(admin))
	st.Addr.Store(&a)
	srv := &lb.Server{Name: name, Proxy: px, State: st, Conf: &conf.Server{Name: name, ServerWords: new(conf.ServerWords)}}
	srv.Conf.Weight = 10
	srv.Conf.PoolMaxConn = -1
	srv.Conf.Addr.Kind = conf.AddrIP
	return srv
}

// console is a running process of two threads with a command line.
type console struct {
	p    *lb.Process
	own  *owner
	host *command.Host
	fe   *lb.Proxy
	be   *lb.Proxy
}

func newConsole(t *testing.T) *console {
	t.Helper()
	p := &lb.Process{State: lb.NewState(), Started: time.Now().UnixNano()}
	for i := range 2 {
		sys, err := epoll.New()
		if err != nil {
			t.Fatal(err)
		}
		p.Threads = append(p.Threads, &lb.Thread{Loop: sched.NewLoop(i, sys), Index: i, Process: p})
	}
	m := &conf.Model{Defaults: []*conf.Proxy{{Name: "dd", ModeSet: true}, {Name: "modeless"}}}
	m.Global.Defaults()
	g := &lb.Generation{Conf: m, State: p.State, Fronts: map[string]*lb.Proxy{}, Backs: map[string]*lb.Proxy{}}
	fe := &lb.Proxy{Name: "fe", ID: 2, Gen: g, Mode: conf.HTTP, Conf: &conf.Proxy{Name: "fe", Kind: "frontend"}, Front: p.State.Proxy("f", "fe")}
	be := &lb.Proxy{Name: "be", ID: 3, Gen: g, Mode: conf.HTTP, Conf: &conf.Proxy{Name: "be", Kind: "backend"}, Back: p.State.Proxy("b", "be"), ByName: map[string]*lb.Server{}}
	for i, name := range []string{"s1", "s2"} {
		srv := newServer(p, be, name, netip.MustParseAddrPort("127.0.0.1:80"), 0)
		srv.ID, srv.Index = i+1, i
		be.Servers = append(be.Servers, srv)
		be.ByName[name] = srv
	}
	queue.Attach(be, p.State)
	g.Proxies = []*lb.Proxy{fe, be}
	g.Fronts["fe"], g.Backs["be"] = fe, be
	p.Gen.Store(g)
	o := &owner{p: p}
	o.files = pattern.NewRefs(func(string) ([]byte, error) { return []byte("/a A\n/b B\n"), nil }, nil)
	r, err := o.files.File("m.map", pattern.UserMap, "map at file 'x' line 1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Use(pattern.Spec{Method: pattern.Beg, Value: pattern.ValueStr}); err != nil {
		t.Fatal(err)
	}
	o.files.Number()
	p.Hooks = o
	var wg sync.WaitGroup
	for _, th := range p.Threads {
		wg.Add(1)
		go func() { defer wg.Done(); th.Run() }()
	}
	health.Start(g, nil, p)
	t.Cleanup(func() {
		health.Stop(p)
		for _, th := range p.Threads {
			th.Stop()
		}
		wg.Wait()
	})
	return &console{p, o, &command.Host{Table: command.NewTable(Feature().Commands), Process: p, Level: command.Admin}, fe, be}
}

// ask runs a line on the thread and returns the answer without its last line feed.
func (c *console) ask(t *testing.T, text string) string {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fds[1]), "client")
	conn, err := net.FileConn(f)
	f.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	c.p.Threads[0].Post(func() { c.host.Serve(c.p.Threads[0], int32(fds[0]), command.Admin, nil) })
	io.WriteString(conn, text+"\n")
	out, err := io.ReadAll(bufio.NewReader(conn))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// on runs f on the loop that answers.
func (c *console) on(f func()) {
	done := make(chan struct{})
	c.p.Threads[0].Post(func() { f(); close(done) })
	<-done
}

// Answers were compared with HAProxy 3.4.0.
func TestAnswers(t *testing.T) {
	c := newConsole(t)
	for _, x := range []struct{ in, want string }{
		{"show version", "3.4.0\n"},
		{"show backend", "# name\nbe\n"},
		{"get weight be/s1", "10 (initial 10)\n"},
		{"get weight", "Require 'backend/server'.\n"},
		{"get weight x/s1", "No such backend.\n"},
		{"get weight be/x", "No such server.\n"},
		{"set weight be/s1", "Require <weight> or <weight%>.\n"},
		{"set weight be/s1 abc", "Empty weight string empty or preceded by garbage\n"},
		{"set weight be/s1 5x", "Trailing garbage in weight string\n"},
		{"set weight be/s1 300", "Absolute weight can only be between 0 and 256 inclusive.\n"},
		{"set weight be/s1 50%", ""},
		{"get weight #3/s1", "5 (initial 10)\n"},
		{"set server be/s1 weight 20", ""},
		{"get weight be/s1", "20 (initial 10)\n"},
		{"set server", "Require 'backend/server'.\n"},
		{"set server be/s1", setServerUsage + "\n"},
		{"set server be/s1 state", "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n"},
		{"set server be/s1 health x", "'set server <srv> health' expects 'up', 'stopping', or 'down'.\n"},
		{"set server be/s1 agent up", "agent checks are not enabled on this server.\n"},
		{"set server be/s1 check-port 9", "health checks are not enabled on this server\n"},
		{"set server be/s1 addr", "set server <b>/<s> addr requires an address and optionally a port.\n"},
		{"set server be/s1 addr foo", "Invalid addr 'foo'\n"},
		{"set server be/s1 addr 127.0.0.2", "IP changed from '127.0.0.1' to '127.0.0.2' by 'stats socket command'\n"},
		{"set server be/s1 addr 127.0.0.2 port 99", "port changed from '80' to '99' by 'stats socket command'\n"},
		{"set server be/s1 addr 127.0.0.2 port 99", "nothing changed\n"},
		{"set server be/s1 addr ::1 port 80", "IP changed from '127.0.0.2' to '::1', port changed from '99' to '80' by 'stats socket command'\n"},
		{"set server be/s1 fqdn x", "set server <b>/<s> fqdn failed because no resolution is configured.\n"},
		{"set maxconn server be/s1", "Require <maxconn>.\n"},
		{"set maxconn server be/s1 x", "maxconn string empty or preceded by garbage\n"},
		{"set maxconn server be/s1 7", ""},
		{"set maxconn frontend", "A frontend name is expected.\n"},
		{"set maxconn frontend x 1", "No such frontend.\n"},
		{"set maxconn frontend fe", "Integer value expected.\n"},
		{"set maxconn frontend fe 5", ""},
		{"set maxconn global", "Expects an integer value.\n"},
		{"set maxconn global -5", "Value out of range.\n"},
		{"enable health be/s1", "Health check was not configured on this server, cannot enable.\n"},
		{"enable agent be/s1", "Agent was not configured on this server, cannot enable.\n"},
		{"disable agent be/s1", ""},
		{"enable frontend fe", "All sockets are already enabled.\n"},
		{"disable frontend fe", ""},
		{"disable frontend fe", "All sockets are already disabled.\n"},
		{"enable frontend fe", ""},
		{"shutdown frontend fe", ""},
		{"shutdown frontend fe", "Frontend was already shut down.\n"},
		{"enable frontend fe", "Frontend was previously shut down, cannot enable.\n"},
		{"shutdown session", "Session pointer expected (use 'show sess').\n"},
		{"shutdown session 0x999", "No such session (use 'show sess').\n"},
		{"shutdown sessions server be/s1", ""},
		{"show sess 0x1234", "Session not found.\n"},
		{"show sess foo", "Unsupported option 'foo', try 'help' for more info.\n"},
		{"show errors zz", "No such proxy.\n"},
		{"show startup-logs", "logs\n"},
		{"show servers state x", "Can't find backend.\n"},
		{"show peers dict x", "No such peers\n"},
		{"show pools x", "Expects either 'byname', 'bysize', 'byusage', 'match <pfx>', 'detailed', or a max number of output lines.\n"},
		{"show anon", "Anonymized mode disabled\n"},
		{"set anon on 0", anonRange + "\n"},
		{"set anon on 4294967296", anonRange + "\n"},
		{"set anon on x", anonRange + "\n"},
		{"set anon on 5;show anon;debug dev hash abc;set anon off;debug dev hash abc", "\nAnonymized mode enabled\nKey : 5\n\n255729\n\n\nabc\n"},
		{"set anon global-key 77;set anon on;user;show anon", "\n\n\nAnonymized mode enabled\n"},
		{"set anon on;show anon", "\nAnonymized mode enabled\nKey : 77\n"},
		{"show events x", "No such event sink\n"},
		{"show events stdout", "Nothing to report for this sink\n"},
		{"show events buf0 -x", "unknown option\n"},
		{"show events buf0", ""},
		{"user;show events buf0", "\nPermission denied\n"},
		{"trace 0", "All traces now stopped\n"},
		{"show trace h1", "No such trace source\n"},
		{"show ssl cert x", "'show ssl' is not built yet in this version: it has no TLS.\n"},
		{"trace h1 verbosity minimal", "No such trace source 'h1'\n"},
		{"publish backend x", "No such backend.\n"},
		{"unpublish backend be", "Backend unpublished.\n"},
		{"publish backend be", "Backend published.\n"},
		{"set rate-limit x", rateLimitHelp + "\n"},
		{"set rate-limit connections global", "Expects an integer value.\n"},
		{"set rate-limit connections global 5", ""},
		{"wait", "Expects a duration in milliseconds.\n"},
		{"wait x", "Invalid duration.\n"},
		{"wait 1", "Done.\n"},
		{"wait 1 x", waitHelp},
		{"wait 1 srv-removable", "Missing server name (<backend>/<server>).\n"},
		{"wait 1 srv-removable be/zz", "Failed. No such server.\n"},
		{"wait 1 srv-removable be/s2", "Failed. Only servers in maintenance mode can be deleted.\n"},
		{"wait 1 srv-removable be", "Require 'backend/server'.\n"},
		{"set server be/s2 addr [::3]", "IP changed from '127.0.0.1' to '::3' by 'stats socket command'\n"},
		{"set server be/s2 addr *", "IP changed from '::3' to '0.0.0.0' by 'stats socket command'\n"},
		{"set server be/s2 addr [1.2.3.4]", "IP changed from '0.0.0.0' to '1.2.3.4' by 'stats socket command'\n"},
		{"set server be/s2 addr fe80::1%lo", "Invalid addr 'fe80::1%lo'\n"},
		{"set server be/s2 addr [::1", "Invalid addr '[::1'\n"},
		{"set server be/s1 addr 127.0.0.9 port 99999999999999999999", "problem converting port '99999999999999999999' to an int\n"},
		{"set server be/s1 weight 99999999999999999999", "Absolute weight can only be between 0 and 256 inclusive.\n"},
		{"set server be/s1 weight -99999999999999999999", "Absolute weight can only be between 0 and 256 inclusive.\n"},
		{"set server be/s1 weight 99999999999999999999%", ""},
		{"set rate-limit sessions global 99999999999999999999", "Value out of range.\n"},
		{"set anon off 5", "Key can't be added while disabling anonymized mode\n"},
		{"show dev x", "This command takes no argument.\n"},
		{"set server be/s1 addr ::1 port", "problem converting port '' to an int\n"},
		{"set server be/s1 addr 127.0.0.9 port x", "problem converting port 'x' to an int\n"},
		{"set server be/s1 addr ::1 port 70000", "provided port is not valid\n"},
		{"set server be/s1 addr ::1 port -65541", "provided port is not valid\n"},
		{"set server be/s1 addr ::1 port +5", "port changed from '80' to '+5' by 'stats socket command'\n"},
		{"set server be/s1 addr ::1 port -5", "port changed from '+5' to '+65531' by 'stats socket command'\n"},
		{"set server be/s1 addr ::1 port +", "problem converting port '+' to an int\n"},
		{"set server be/s1 addr ::1 port 80x", "problem converting port '80x' to an int\n"},
		{"set server be/s1 addr ::1 port 80", "port changed from '+65531' to '80' by 'stats socket command'\n"},
		{"set server be/s1 addr ::1", "nothing changed\n"},
		{"show sess older", "Expects a minimum age (in seconds by default).\n"},
		{"show sess older x", "Invalid age.\n"},
		{"show sess server", "Missing server name (<backend>/<server>).\n"},
		{"show sess backend", "Missing backend name.\n"},
		{"show sess frontend", "Missing frontend name.\n"},
		{"experimental-mode on;set var proc.zz", "\nMissing either 'expr', 'fmt' or expression.\n"},
		{"show table", ""},
		{"show table x", "No such table\n"},
		{"clear table x key 1", "No such table\n"},
		{"set table", "Required arguments: <table> key <key> [data.<store_data_type> <value>]* or <table> ptr <ptr> [data.<store_data_type> <value>]*\n"},
		{"show peers x", "No such peers\n"},
		{"show peers", ""},
		{"show cache", ""},
		{"show tls-keys", "# id (file)\n"},
		{"disable dynamic-cookie backend", "A backend name is expected.\n"},
		{"enable dynamic-cookie backend x", "No such backend.\n"},
		{"enable dynamic-cookie backend be", ""},
		{"set dynamic-cookie-key backend be", "String value expected.\n"},
		{"set dynamic-cookie-key backend be k", ""},
		{"debug dev log x", "This command is restricted to expert mode only.\n"},
		{"get var proc.zz", "Variable not found.\n"},
		{"get var", "Missing process-wide variable identifier.\n"},
	} {
		if got := c.ask(t, x.in); got != x.want {
			t.Errorf("%s\n got %q\nwant %q", x.in, got, x.want)
		}
	}
	if n := c.be.Servers[0].MaxConn.Load(); n != 7 {
		t.Errorf("maxconn is %d", n)
	}
	if c.p.ConnRateLimit.Load() != 5 {
		t.Error("the rate limit was not set")
	}
}

func TestServerModes(t *testing.T) {
	c := newConsole(t)
	st := c.be.Servers[0].State
	for _, x := range []struct {
		in   string
		want lb.Admin
	}{
		{"disable server be/s1", lb.ForcedMaint}, {"disable server be/s1", lb.ForcedMaint}, {"enable server be/s1", 0},
		{"set server be/s1 state drain", lb.ForcedDrain}, {"set server be/s1 state maint", lb.ForcedMaint}, {"set server be/s1 state ready", 0},
	} {
		if got := c.ask(t, x.in); got != "" || lb.Admin(st.Admin.Load()) != x.want {
			t.Errorf("%s: %q, admin %b, want %b", x.in, got, st.Admin.Load(), x.want)
		}
	}
}

func TestServersComeAndGo(t *testing.T) {
	c := newConsole(t)
	for _, x := range []struct{ in, want string }{
		{"add server help", "List of keywords supported for dynamic server:\ncheck\nweight\n"},
		{"add server be", "Require 'backend/server'.\n"},
		{"add server x/n 127.0.0.1:1", "No such backend.\n"},
		{"add server be/s1 127.0.0.1:1", "Already exists a server with the same name in backend.\n"},
		{"add server be/n1", "'server' expects <name> and <addr>[:<port>] as arguments.\n"},
		{"add server be/n1 127.0.0.1:1", "New server registered.\n"},
		{"get weight be/n1", "10 (initial 10)\n"},
		{"wait 50 srv-removable be/n1", "Done.\n"},
		{"enable server be/n1", ""},
		{"del server be/n1", "Only servers in maintenance mode can be deleted.\n"},
		{"disable server be/n1;del server be/n1", "\nServer deleted.\n"},
		{"get weight be/n1", "No such server.\n"},
		{"del server be/n1", "No such server.\n"},
		{"del server", "Require 'backend/server'.\n"},
	} {
		if got := c.ask(t, x.in); got != x.want {
			t.Errorf("%s\n got %q\nwant %q", x.in, got, x.want)
		}
	}
	c.on(func() {
		if len(c.be.Servers) != 2 || len(c.be.ByName) != 2 {
			t.Errorf("%d servers are left", len(c.be.Servers))
		}
	})
}

// A server or backend that an expression names would leave it without meaning.
func TestNamedStay(t *testing.T) {
	c := newConsole(t)
	c.on(func() { c.be.Servers[1].Named, c.be.Named = true, true })
	c.ask(t, "disable server be/s2;unpublish backend be")
	if got := c.ask(t, "del server be/s2"); !strings.HasPrefix(got, "This server cannot be removed") {
		t.Errorf("a server that an expression names: %q", got)
	}
	if got := c.ask(t, "del backend be"); !strings.HasPrefix(got, "This proxy cannot be removed") {
		t.Errorf("a backend that an expression names: %q", got)
	}
}

func TestDynamicCookies(t *testing.T) {
	c := newConsole(t)
	var plan *persist.Plan
	c.on(func() {
		c.be.Conf.Cookie = &conf.Cookie{Name: "S", Dynamic: true}
		c.be.Conf.DynamicCookieKey = "a"
		plan = persist.New(c.be, nil, "")
		c.be.Persist = plan
	})
	value := func() (v string) {
		c.on(func() { v = string(plan.AppendValue(nil, c.be.Servers[0])) })
		return v
	}
	first := value()
	c.ask(t, "set dynamic-cookie-key backend be b")
	if second := value(); first == "" || second == "" || second == first {
		t.Errorf("cookies %q and %q, want two that differ", first, second)
	}
	c.ask(t, "disable dynamic-cookie backend be")
	if v := value(); v != "" {
		t.Errorf("disabled: %q", v)
	}
	c.ask(t, "enable dynamic-cookie backend be;set dynamic-cookie-key backend be a")
	if v := value(); v != first {
		t.Errorf("enabled again: %q, want %q", v, first)
	}
}

func TestDebug(t *testing.T) {
	c := newConsole(t)
	const on = "expert-mode on -;"
	if got := c.ask(t, on+"debug dev log a  b"); got != "" || !slices.Equal(c.own.told(), []string{"a b"}) {
		t.Errorf("log: %q, %q", got, c.own.told())
	}
	if got := c.ask(t, on+"debug dev write 40000"); len(got) != 40001 {
		t.Errorf("write: %d bytes", len(got))
	}
	if got := c.ask(t, on+"debug dev panic"); got != "Internal error.\n" || c.p.Threads[0].Stats.Panics.Load() != 1 {
		t.Errorf("panic: %q", got)
	}
	if got := c.ask(t, on+"debug dev delay 1;debug dev loop 1"); got != "\n" {
		t.Errorf("delay and loop: %q", got)
	}
}

// Comments come behind the last server, so that lines can be matched as a block.
func TestStateLinesFollowEachOther(t *testing.T) {
	c := newConsole(t)
	lines := strings.Split(strings.TrimSpace(c.ask(t, "show servers state")), "\n")
	if len(lines) != 6 || !strings.HasPrefix(lines[2], "3 be 1 s1 ") || !strings.HasPrefix(lines[3], "3 be 2 s2 ") || lines[5][0] != '#' {
		t.Errorf("%q", lines)
	}
}

func TestServerInUseStays(t *testing.T) {
	c := newConsole(t)
	c.ask(t, "disable server be/s2")
	st := c.be.Servers[1].State
	st.Served.Store(1)
	const busy = "Server still has connections attached to it, cannot remove it."
	if got := c.ask(t, "del server be/s2"); got != busy+"\n" {
		t.Errorf("del server: %q", got)
	}
	if got := c.ask(t, "wait 5 srv-removable be/s2"); got != "Wait delay expired. "+busy+"\n" {
		t.Errorf("wait: %q", got)
	}
	st.Served.Store(0)
	c.on(func() { c.be.Servers[0].Track = c.be.Servers[1] })
	if got := c.ask(t, "del server be/s2"); !strings.HasPrefix(got, "This server cannot be removed") {
		t.Errorf("a tracked server: %q", got)
	}
	c.on(func() { c.be.Servers[0].Track, c.own.fail = nil, errors.New("no") })
	got, left := c.ask(t, "del server be/s2"), 0
	if c.on(func() { left = len(c.be.Servers) }); got != "no\n" || left != 2 {
		t.Errorf("a failure leaves %d servers and says %q", left, got)
	}
}

func TestBackendsComeAndGo(t *testing.T) {
	c := newConsole(t)
	for _, x := range []struct{ in, want string }{
		{"add backend", "Require backend name.\n"},
		{"add backend b2", "Usage: add backend <name> from <defproxy>.\n"},
		{"add backend b'2 from dd", "Invalid character ''' in backend name.\n"},
		{"add backend b2 from zz", "Cannot find default proxy 'zz'.\n"},
		{"add backend b2 from dd mode x", "Unknown proxy mode.\n"},
		{"add backend b2 from modeless", "Mode is required as 'modeless' default proxy does not explicitly defines it.\n"},
		{"add backend b2 from dd foo", addBackendUsage + "\n"},
		{"add backend be from dd", "Error during backend creation : name is already used by other proxy 'backend be'.\n"},
		{"add backend b2 from dd", "New backend registered.\n"},
		{"show backend", "# name\nbe\nb2\n"},
		{"publish backend b2", "Backend published.\n"},
		{"del backend b2", "Backend must be unpublished prior to its deletion.\n"},
		{"unpublish backend b2", "Backend unpublished.\n"},
		{"wait 5 be-removable b2", "Done.\n"},
		{"del backend b2 junk", "Usage: del backend <name>.\n"},
		{"del backend b2", "Backend deleted.\n"},
		{"del backend b2", "No such backend.\n"},
		{"unpublish backend be;del backend be", "Backend unpublished.\n\nOnly a backend without server can be deleted.\n"},
	} {
		if got := c.ask(t, x.in); got != x.want {
			t.Errorf("%s\n got %q\nwant %q", x.in, got, x.want)
		}
	}
}

func TestMaps(t *testing.T) {
	c := newConsole(t)
	for _, x := range []struct{ in, want string }{
		{"show map zz", "Unknown map identifier. Please use #<id> or <file>.\n"},
		{"get map #0 /abc", "type=beg, case=sensitive, found=yes, idx=tree, key=\"/a\", value=\"A\", type=\"str\"\n"},
		{"get map m.map /zzz", "type=beg, case=sensitive, found=no\n"},
		{"get map m.map", "Missing map identifier and/or key.\n"},
		{"add map m.map /c C", ""},
		{"add map m.map", "'add map' expects three parameters (map identifier, key and value) or one parameter (map identifier) and a payload\n"},
		{"add map m.map <<\n/d D x\n/e\n", "Missing value for key '/e'.\n"},
		{"set map m.map /c CC", ""},
		{"set map m.map /nope x", "entry not found.\n"},
		{"set map m.map #0x999 x", "key or pattern not found.\n"},
		{"del map m.map /c", ""},
		{"del map m.map /c", "Key not found.\n"},
		{"del map m.map", "This command expects two parameters: map identifier and key.\n"},
		{"prepare map m.map", "New version created: 1\n"},
		{"add map @1 m.map /z Z", ""},
		{"add map @9 m.map /z Z", "Version number in the future, please use 'prepare map' before.\n"},
		{"commit map m.map", "Missing version number.\n"},
		{"commit map @1", "Missing map identifier.\n"},
		{"commit map @1 m.map", ""},
		{"commit map @9 m.map", "Version number out of range.\n"},
		{"get map m.map /zz", "type=beg, case=sensitive, found=yes, idx=tree, key=\"/z\", value=\"Z\", type=\"str\"\n"},
		{"get map m.map /a", "type=beg, case=sensitive, found=no\n"},
		{"clear map", "Missing map identifier.\n"},
		{"clear map m.map;show map m.map", "\n"},
	} {
		if got := strings.TrimSuffix(c.ask(t, x.in), "\n"); got != strings.TrimSuffix(x.want, "\n") {
			t.Errorf("%s\n got %q\nwant %q", x.in, got, x.want)
		}
	}
}

func TestServersState(t *testing.T) {
	c := newConsole(t)
	c.ask(t, "disable server be/s2")
	got := c.ask(t, "show servers state be")
	var rows []string
	for _, row := range strings.Split(strings.TrimPrefix(got, stateHeader), "\n") {
		if !strings.HasPrefix(row, "#") {
			rows = append(rows, row)
		}
	}
	if len(rows) < 2 || !strings.HasPrefix(rows[0], "3 be 1 s1 127.0.0.1 2 0 10 10 ") || !strings.HasPrefix(rows[1], "3 be 2 s2 127.0.0.1 0 1 10 10 ") {
		t.Fatalf("got %q", got)
	}
	names := strings.Fields(strings.TrimPrefix(strings.Split(stateHeader, "\n")[1], "# "))
	if n := len(strings.Fields(rows[0])); n != len(names) {
		t.Errorf("%d fields, want %d", n, len(names))
	}
	if got := c.ask(t, "show servers conn be"); !strings.Contains(got, "be/s1 3/1 127.0.0.1 80 - 0 0 0 0 0 0 0 0 -1 0 0 0\n") {
		t.Errorf("show servers conn: %q", got)
	}
}

func TestErrorsDump(t *testing.T) {
	c := newConsole(t)
	c.fe.LastError.Store(&lb.Capture1{When: time.Now().UnixNano(), Proxy: "fe", Pos: 28, Src: "127.0.0.1:5", Num: 4,
		Bytes: []byte("GET / HTTP/1.1\r\nFoo bar: \x01x\r\nLong" + strings.Repeat("long", 30) + ": x\r\n\r\n")})
	got := c.ask(t, "show errors")
	for _, want := range []string{
		" : 5\n \n[", "] frontend fe (#2): invalid request\n  backend <NONE> (#-1), server <NONE> (#-1), event #4, src 127.0.0.1:5\n",
		"error at position 28\n", "\n  00000  GET / HTTP/1.1\\r\\n\n  00016  Foo bar: \\x01x\\r\\n\n  00029  Longlong", "\n  00099+ nglong",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if got := c.ask(t, "show errors fe response"); strings.Contains(got, "frontend fe") {
		t.Errorf("response errors list a request: %s", got)
	}
}

func TestDumpCoversEveryByte(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(appendDump(nil, all))), "\n") {
		if len(strings.TrimSpace(line)) > 7+dumpWidth {
			t.Errorf("line too long: %q", line)
		}
	}
}

func TestTableIsDocumented(t *testing.T) {
	last := ""
	for _, r := range Feature().Commands {
		if r.Text == "" || r.Run == nil || r.Section == "" || r.Name <= last {
			t.Errorf("row %q", r.Name)
		}
		last = r.Name
	}
}

func TestWithoutAnOwner(t *testing.T) {
	c := newConsole(t)
	c.on(func() { c.p.Hooks = nil })
	for _, in := range []string{"show map", "add server be/x 127.0.0.1:1", "disable frontend fe"} {
		if got := c.ask(t, in); got != "This command is not available in this process.\n" {
			t.Errorf("%s: %q", in, got)
		}
	}
}
