package health

import (
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
)

// rules makes rule lines of text, one a line.
func rules(lines ...string) (out []conf.RuleLine) {
	for i, l := range lines {
		out = append(out, conf.RuleLine{Line: *wordsOf(l, i+1)})
	}
	return out
}

// wordsOf splits at blanks; "_" stands for a blank within a word.
func wordsOf(text string, num int) *cfg.Line {
	l := &cfg.Line{File: "t.cfg", Num: num, Raw: text}
	for _, w := range strings.Fields(text) {
		l.Words = append(l.Words, cfg.Word{Text: strings.ReplaceAll(w, "_", " "), Col: 1, Len: len(w)})
	}
	return l
}

// compileFor compiles the checks of all backends and reports errors.
func (b *bench) compile(g *lb.Generation) []string {
	d := &diag.List{}
	for _, px := range g.Proxies {
		Compile(px, nil, Lang{Diag: d})
	}
	var msgs []string
	for _, e := range d.Entries() {
		msgs = append(msgs, e.Msg)
	}
	return msgs
}

// logged makes a backend with option log-health-checks.
func logged(kind, opts string, steps []conf.RuleLine, servers ...*conf.Server) *conf.Proxy {
	px := farm("b", servers...)
	px.Options |= conf.OptLogHealthChecks
	px.CheckType = kind
	px.CheckLine = &conf.RuleLine{Line: *wordsOf("option "+kind+" "+opts, 1), From: 2}
	set := conf.TCPCheck
	if kind == "httpchk" {
		set = conf.HTTPCheck
	}
	px.Rules.Set(set, steps)
	return px
}

// replying answers every connection: it reads until it has seen until, sends
// reply and closes.
func replying(t *testing.T, until, reply string) string {
	return serve(t, func(c net.Conn) {
		var got []byte
		buf := make([]byte, 4096)
		for !strings.Contains(string(got), until) {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			got = append(got, buf[:n]...)
		}
		io.WriteString(c, reply)
	})
}

func TestChecksAgainstServers(t *testing.T) {
	const head = "\r\n\r\n"
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: one, two\r\n\r\nhello"
	for _, c := range []struct {
		name, kind, opts string
		steps            []conf.RuleLine
		until, reply     string
		want             string
	}{
		{"http 200", "httpchk", "", nil, "OPTIONS / HTTP/1.0" + head, ok, `succeeded, reason: Layer7 check passed, code: 200, check duration: ~ms, status: 3/3 UP.`},
		{"http request line", "httpchk", "GET /x HTTP/1.1 www", nil, "GET /x HTTP/1.1\r\nhost: www\r\nconnection: close" + head, ok, `succeeded, reason: Layer7 check passed, code: 200, check duration: ~ms, status: 3/3 UP.`},
		{"http 503", "httpchk", "", nil, head, "HTTP/1.0 503 Nope\r\n\r\n", `failed, reason: Layer7 wrong status, code: 503, info: "Nope", check duration: ~ms, status: 0/2 DOWN.`},
		{"http status 99", "httpchk", "", nil, head, "HTTP/1.1 99 Low\r\n\r\n", `failed, reason: Layer7 wrong status, code: 99, info: "Low", check duration: ~ms, status: 0/2 DOWN.`},
		{"http status 101", "httpchk", "", nil, head, "HTTP/1.1 101 Why\r\n\r\n", `failed, reason: Layer7 wrong status, code: 101, info: "Why", check duration: ~ms, status: 0/2 DOWN.`},
		{"http status 1000", "httpchk", "", nil, head, "HTTP/1.1 1000 High\r\n\r\n", `failed, reason: Socket error, check duration: ~ms, status: 0/2 DOWN.`},
		{"http nothing", "httpchk", "", nil, head, "", `failed, reason: Socket error, check duration: ~ms, status: 0/2 DOWN.`},
		{"http body", "httpchk", "", rules("expect string hello"), head, ok, `succeeded, reason: Layer7 check passed, code: 200, check duration: ~ms, status: 3/3 UP.`},
		{"http wrong body", "httpchk", "", rules("expect string bye"), head, ok, `failed, reason: Layer7 invalid response, info: "HTTP content check did not match", check duration: ~ms, status: 0/2 DOWN.`},
		{"http unwanted body", "httpchk", "", rules("expect ! rstring h.l"), head, ok, `failed, reason: Layer7 invalid response, info: "HTTP check matched unwanted content", check duration: ~ms, status: 0/2 DOWN.`},
		{"http header", "httpchk", "", rules("expect hdr name x-a value two"), head, ok, `succeeded, reason: Layer7 check passed, code: 200, check duration: ~ms, status: 3/3 UP.`},
		{"http no such full header", "httpchk", "", rules("expect fhdr name x-a value two"), head, ok, `failed, reason: Layer7 wrong status, code: 200, info: "OK", check duration: ~ms, status: 0/2 DOWN.`},
		{"http own request", "httpchk", "", rules("send meth POST uri /p ver HTTP/1.1 hdr Host h1 body test"), "POST /p HTTP/1.1\r\nhost: h1\r\ncontent-length: 4\r\nconnection: close\r\n\r\ntest", ok, `succeeded, reason: Layer7 check passed, code: 200, check duration: ~ms, status: 3/3 UP.`},
		{"http 404 disables", "httpchk", "", rules("disable-on-404"), head, "HTTP/1.0 404 Gone\r\n\r\n", `conditionally succeeded, reason: Layer7 check conditionally passed, code: 404, check duration: ~ms, status: 3/3 UP.`},
		{"tcp string", "tcp-check", "", rules("send ping", "expect string pong"), "ping", "xpongx", `succeeded, reason: Layer7 check passed, code: 0, info: "(tcp-check)", check duration: ~ms, status: 3/3 UP.`},
		{"tcp mismatch", "tcp-check", "", rules("send ping", "expect string pong comment c1"), "ping", "xpungx", `failed, reason: Layer7 invalid response, info: "TCPCHK did not match content 'pong' at step 2 comment: c1", check duration: ~ms, status: 0/2 DOWN.`},
		{"tcp empty", "tcp-check", "", rules("send ping", "expect string pong"), "ping", "", `failed, reason: Layer7 invalid response, info: "TCPCHK got an empty response at step 2", check duration: ~ms, status: 0/2 DOWN.`},
		{"tcp binary", "tcp-check", "", rules("send-binary 70696e67", "expect rbinary 50(4F|4E)"), "ping", "PO", `succeeded, reason: Layer7 check passed, code: 0, info: "(tcp-check)", check duration: ~ms, status: 3/3 UP.`},
		{"tcp statuses", "tcp-check", "", rules("send ping", "expect error-status L4CON string pong"), "ping", "no", `failed, reason: Layer4 connection problem, info: "TCPCHK did not match content 'pong' at step 2", check duration: ~ms, status: 0/2 DOWN.`},
		{"tcp connect alone", "tcp-check", "", rules("connect"), "never", "", `succeeded, reason: Layer4 check passed, info: "(tcp-check)", check duration: ~ms, status: 3/3 UP.`},
		{"tcp timeout", "tcp-check", "", rules("connect", "expect string pong"), "never", "", `failed, reason: Layer7 timeout, info: " at step 2 of tcp-check (expect string 'pong')", check duration: ~ms, status: 0/2 DOWN.`},
		{"redis", "redis-check", "", nil, "PING\r\n", "+PONG\r\n", `succeeded, reason: Layer7 check passed, code: 0, info: "Redis server is ok", check duration: ~ms, status: 3/3 UP.`},
		{"ssl hello", "ssl-hello-chk", "", nil, "HAPROXYSSLCHK\n", "\x16\x03\x00", `succeeded, reason: Layer6 check passed, check duration: ~ms, status: 3/3 UP.`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			g := b.generation(logged(c.kind, c.opts, c.steps, server1("s", replying(t, c.until, c.reply), func(s *conf.Server) { s.Inter = 100 * time.Millisecond })))
			if msgs := b.compile(g); msgs != nil {
				t.Fatal(msgs)
			}
			b.use(g)
			word := "Health check for server b/s "
			b.expect(word + c.want)
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, c := range []struct{ name, kind, step, want string }{
		{"unknown step", "tcp-check", "foo", "'tcp-check' only supports 'comment', 'connect', 'send', 'send-binary', 'expect', 'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'. but got 'foo'"},
		{"TLS", "tcp-check", "connect ssl", "'tcp-check connect' : 'ssl' is not supported by this version: health checks cannot use TLS yet."},
		{"status range without an end", "http-check", "expect status 200-", "'http-check expect' : invalid range of status codes '200-'."},
		{"status range with a word", "http-check", "expect status 200-abc", "'http-check expect' : invalid range of status codes '200-abc'."},
		{"port", "tcp-check", "connect port 99999", "'tcp-check connect' : expects a valid TCP port (from range 1 to 65535) or a sample expression, got 99999.."},
		{"hex", "tcp-check", "send-binary xx", "'tcp-check send-binary' : 'xx' invalid binary string (an hex digit is expected (found 'x'))."},
		{"no pattern", "tcp-check", "expect", "'tcp-check expect' : expects at least a matching pattern as arguments."},
		{"two patterns", "tcp-check", "expect string a string b", "'tcp-check expect' : only one pattern expected."},
		{"status", "http-check", "expect status 2xx", "'http-check expect' : invalid character 'x' in the list of status codes."},
		{"range", "http-check", "expect status 300-200", "'http-check expect' : invalid range of status codes '300-200'."},
		{"ok-status", "tcp-check", "expect ok-status L7TOUT string a", "'tcp-check expect' : 'ok-status' only supports 'L4OK', 'L6OK', 'L7OK' or 'L7OKC' status (got 'L7TOUT').."},
		{"header", "http-check", "send hdr a", "'http-check send' : 'hdr' expects <name> and <value> as arguments."},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			kind := strings.Replace(c.kind, "http-check", "httpchk", 1)
			msgs := b.compile(b.generation(logged(kind, "", rules(c.step), server1("s", "127.0.0.1:1"))))
			if len(msgs) == 0 || msgs[0] != c.want {
				t.Errorf("got %q\nwant %q", msgs, c.want)
			}
		})
	}
}

func TestStepsInOrder(t *testing.T) {
	const first = "first step MUST also be a 'connect', optionally preceded by a 'set-var', an 'unset-var' or a 'comment', when there is a 'connect' step in the tcp-check ruleset."
	for _, c := range []struct {
		name, kind string
		steps      []string
		want       string
	}{
		{"connect comes first", "tcp-check", []string{"send a", "connect"}, "'tcp-check connect' : " + first},
		{"also in http-check", "httpchk", []string{"expect status 200", "connect"}, "'http-check connect' : " + first},
		{"comments may precede", "httpchk", []string{"comment x", "connect"}, ""},
		{"two sends", "httpchk", []string{"send meth GET", "send meth PUT"}, "'http-check send' : unable to add http-check send rule at step 2 (missing connect rule).."},
		{"expect without send", "httpchk", []string{"connect", "expect status 200"}, "'http-check expect' : unable to add http-check expect rule at step 2 (missing send rule).."},
		{"connect after connect", "httpchk", []string{"connect", "comment x", "connect"}, "'http-check connect' : unable to add http-check connect rule at step 3 (missing expect rule).."},
		{"two expects", "httpchk", []string{"expect status 200", "expect string a"}, ""},
		{"two connects of tcp-check", "tcp-check", []string{"connect", "connect"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			msgs := b.compile(b.generation(logged(c.kind, "", rules(c.steps...), server1("s", "127.0.0.1:1"))))
			if got := strings.Join(msgs, "\n"); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestAgentRules(t *testing.T) {
	b := newBench(t)
	addr := replying(t, "pouet", "75%,maxconn:30,maint,down\n")
	_, port, _ := net.SplitHostPort(addr)
	g := b.generation(farm("b", server1("s", addr, func(s *conf.Server) {
		n, _ := atoi(port)
		s.Check, s.AgentCheck, s.AgentPort, s.AgentSend, s.AgentInter, s.Weight = false, true, n, "pouet", 20*time.Millisecond, 100
	})))
	b.use(g)
	b.expect("Server b/s is going DOWN for maintenance. 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.")
	b.expect("backend b has no server available!")
	srv := g.Proxies[0].Servers[0]
	_, agent, _ := Look(srv)
	if srv.State.Weight.Load() != 75 || srv.MaxConn.Load() != 30 || agent.Desc != "via agent : down" || agent.Status != L7Status {
		t.Errorf("weight %d, maxconn %d, agent %+v", srv.State.Weight.Load(), srv.MaxConn.Load(), agent)
	}
}

// An agent that sees its connection closed finds the result at once.
func TestResultIsKnownBeforeTheConnectionEnds(t *testing.T) {
	b := newBench(t)
	type seen struct {
		running, open, done bool
		oper                lb.Oper
	}
	var srv *lb.Server
	told, closed := make(chan seen, 1), make(chan seen, 1)
	ready := make(chan struct{})
	look := func() seen {
		_, agent, _ := Look(srv)
		return seen{running: agent.Running, done: agent.Status == L7Status, oper: lb.Oper(srv.State.Oper.Load())}
	}
	b.h.Hooks.Changed = func(*lb.Server) { // on the check's thread
		s := look()
		a := of(srv).agent
		s.open = a.run != nil && a.conn.IsOpen()
		select {
		case told <- s:
		default:
		}
	}
	addr := serve(t, func(c net.Conn) {
		<-ready
		io.WriteString(c, "down\n")
		io.Copy(io.Discard, c)
		select {
		case closed <- look():
		default:
		}
	})
	_, port, _ := net.SplitHostPort(addr)
	g := b.generation(farm("b", server1("s", addr, func(s *conf.Server) {
		n, _ := atoi(port)
		s.Check, s.AgentCheck, s.AgentPort, s.AgentInter = false, true, n, time.Hour
	})))
	srv = g.Proxies[0].Servers[0]
	b.use(g)
	close(ready)
	if got, want := <-told, (seen{open: true, done: true, oper: lb.Stopped}); got != want {
		t.Errorf("when the result is told: %+v, want %+v", got, want)
	}
	if got, want := <-closed, (seen{done: true, oper: lb.Stopped}); got != want {
		t.Errorf("when the connection is closed: %+v, want %+v", got, want)
	}
}

func TestEnvironmentOfCommands(t *testing.T) {
	b := newBench(t)
	px := farm("b", server1("s", "127.0.0.1:80"), server1("u", "unix@/tmp/s"))
	px.Mode = conf.HTTP
	g := b.generation(px)
	for i, want := range []string{
		"HAPROXY_PROXY_ADDR= HAPROXY_PROXY_PORT= HAPROXY_SERVER_ADDR=127.0.0.1 HAPROXY_SERVER_PORT=80 HAPROXY_SERVER_PROTO=h1 PATH=",
		"HAPROXY_PROXY_ADDR= HAPROXY_PROXY_PORT= HAPROXY_SERVER_ADDR=/tmp/s HAPROXY_SERVER_PORT= HAPROXY_SERVER_PROTO=h1 PATH=",
	} {
		_, env := commandLine(g.Proxies[0].Servers[i], "", 0)
		slices.Sort(env)
		for _, w := range strings.Fields(want) {
			if _, found := slices.BinarySearch(env, w); !found {
				t.Errorf("server %d: %s is not in %q", i, w, env)
			}
		}
	}
}

func TestStateThatIsSentKeepsTheWeight(t *testing.T) {
	seen := make(chan string, 100)
	addr := serve(t, func(c net.Conn) {
		buf := make([]byte, 4096)
		n, _ := c.Read(buf)
		put(seen, string(buf[:n]))
		io.WriteString(c, "HTTP/1.0 500 No\r\n\r\n")
	})
	b := newBench(t)
	g := b.generation(logged("httpchk", "", rules("send-state"), server1("s", addr, func(s *conf.Server) { s.Fall, s.Weight = 1, 30 })))
	g.Conf.Global.Node = "n"
	if msgs := b.compile(g); msgs != nil {
		t.Fatal(msgs)
	}
	b.use(g)
	up, down := <-seen, <-seen
	if !strings.Contains(up, "state: UP; address=") || !strings.Contains(up, "node=n; weight=30/30;") {
		t.Errorf("up: %q", up)
	}
	if !strings.Contains(down, "state: DOWN; address=") || !strings.Contains(down, "node=n; weight=30/0;") {
		t.Errorf("down: %q", down)
	}
}

func TestExternalCheck(t *testing.T) {
	for _, c := range []struct{ command, want string }{
		{"/bin/true", "succeeded, reason: External check passed, code: 0, check duration: ~ms, status: 3/3 UP."},
		{"/bin/false", "failed, reason: External check error, code: 1, check duration: ~ms, status: 0/2 DOWN."},
		{"/no/such/command", "failed, reason: External check error, code: 255, check duration: ~ms, status: 0/2 DOWN."},
	} {
		t.Run(c.command, func(t *testing.T) {
			b := newBench(t)
			px := logged("external-check", "", nil, server1("s", "127.0.0.1:1", func(s *conf.Server) { s.Inter = time.Second }))
			px.Extra = map[string]any{"external-check": rules("external-check command " + c.command)}
			g := b.generation(px)
			if msgs := b.compile(g); len(msgs) == 0 || msgs[0] != "Proxy 'b' : 'option external-check' unable to find required 'global.external-check'." {
				t.Errorf("without the global word: %q", msgs)
			}
			g.Conf.Global.ExternalCheck, g.Conf.Global.InsecureFork = true, true
			if msgs := b.compile(g); msgs != nil {
				t.Fatal(msgs)
			}
			b.use(g)
			b.expect("Health check for server b/s " + c.want)
		})
	}
}

func TestSocksAndProxyHeader(t *testing.T) {
	b := newBench(t)
	socks := serve(t, func(c net.Conn) {
		buf := make([]byte, 16)
		if _, err := io.ReadFull(c, buf); err != nil || string(buf[8:]) != "HAProxy\x00" || buf[0] != 4 || buf[1] != 1 {
			return
		}
		c.Write([]byte{0, 90, 0, 0, 0, 0, 0, 0})
		line := make([]byte, 200)
		n, _ := c.Read(line)
		if strings.HasPrefix(string(line[:n]), "PROXY TCP4 127.0.0.1 127.0.0.1 ") {
			io.WriteString(c, "pong")
		}
	})
	g := b.generation(logged("tcp-check", "", rules("connect default", "expect string pong"), server1("s", "127.0.0.1:9", func(s *conf.Server) {
		s.Inter, s.Socks4 = time.Second, socks
		s.CheckWords = map[string]string{"check-via-socks4": "on", "check-send-proxy": "on"}
	})))
	if msgs := b.compile(g); msgs != nil {
		t.Fatal(msgs)
	}
	b.use(g)
	b.expect(`Health check for server b/s succeeded, reason: Layer7 check passed, code: 0, info: "(tcp-check)", check duration: ~ms, status: 3/3 UP.`)
}

func TestChecksNeedPorts(t *testing.T) {
	const longer = " nor tcp_check rule 'connect' with port information"
	for _, c := range []struct{ name, kind, steps, addr, checkAddr, want string }{
		{"none", "", "", "127.0.0.1", "", ""},
		{"mapped port", "", "", "127.0.0.1:+1", "", ""},
		{"empty tcp-check", "tcp-check", "", "127.0.0.1", "", ""},
		{"httpchk", "httpchk", "", "127.0.0.1:", "", longer},
		{"redis", "redis-check", "", "127.0.0.1", "", longer},
		{"port in a step's address", "httpchk", "connect addr 127.0.0.1:80", "127.0.0.1", "", longer},
		{"second step", "tcp-check", "connect port 80;connect", "127.0.0.1", "", ", and a tcp_check rule 'connect' with no port information"},
		{"port of the step", "tcp-check", "connect port 80", "127.0.0.1", "", "ok"},
		{"port of addr", "httpchk", "", "127.0.0.1", "127.0.0.1:80", "ok"},
		{"addr without port", "", "", "127.0.0.1", "127.0.0.1", ""},
		{"server's port", "", "", "127.0.0.1:80", "", "ok"},
		{"unix socket", "", "", "/tmp/x", "", "ok"},
		{"the client's address and port", "", "", ":", "", "ok"},
		{"the client's address", "httpchk", "", "0.0.0.0", "", "ok"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			var steps []conf.RuleLine
			if c.steps != "" {
				steps = rules(strings.Split(c.steps, ";")...)
			}
			msgs := b.compile(b.generation(logged(c.kind, "", steps, server1("s", c.addr, func(s *conf.Server) { s.CheckAddr = c.checkAddr }))))
			want := "config: backend 'b': server 's' has neither service port nor check port" + c.want + "."
			switch got := strings.Join(msgs, "\n"); {
			case c.want == "ok" && got != "":
				t.Errorf("refused: %s", got)
			case c.want != "ok" && got != want:
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// A check's port of a range is free again after its run.
func TestSourceOfChecks(t *testing.T) {
	b := newBench(t)
	seen := make(chan string, 100)
	addr := serve(t, func(c net.Conn) { put(seen, c.RemoteAddr().String()); io.WriteString(c, "x") })
	g := b.generation(logged("tcp-check", "", rules("connect", "expect string x"), server1("s", addr)))
	if msgs := b.compile(g); msgs != nil {
		t.Fatal(msgs)
	}
	from, err := conf.ParseAddr("127.0.0.9:34611-34612")
	if err != nil {
		t.Fatal(err)
	}
	// There is no client: usesrc does not count for checks.
	g.Proxies[0].Servers[0].Source = &lb.Source{Conf: &conf.Source{Addr: from, UseSrc: conf.UseSrcClientIP}, Ports: lb.NewPorts(34611, 34612)}
	b.use(g)
	for i, want := range []string{"127.0.0.9:34611", "127.0.0.9:34612", "127.0.0.9:34611"} {
		select {
		case got := <-seen:
			if got != want {
				t.Errorf("check %d came from %s, want %s", i, got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("check %d did not come", i)
		}
	}
}

func TestSourceThatIsNotOurs(t *testing.T) {
	b := newBench(t)
	g := b.generation(logged("", "", nil, server1("s", "127.0.0.1:9", func(s *conf.Server) { s.Inter = time.Second })))
	from, _ := conf.ParseAddr("192.0.2.1")
	g.Proxies[0].Servers[0].Source = &lb.Source{Conf: &conf.Source{Addr: from}}
	b.use(g)
	line := b.line()
	if want := "Cannot bind to source address before connect() for backend b."; line != want {
		t.Errorf("line = %q, want %q", line, want)
	}
	if got, want := ConsoleText(g.Proxies[0], emerg, line), line+" Aborting."; got != want {
		t.Errorf("on the console %q, want %q", got, want)
	}
	b.expect(`Health check for server b/s failed, reason: Layer4 connection problem, info: "Can't bind to source address (Cannot assign requested address)", check duration: ~ms, status: 0/2 DOWN.`)
}

// As HAProxy, a listen section is called a proxy.
func TestEmptyListenIsToldAsProxy(t *testing.T) {
	px := &lb.Proxy{Name: "l", Conf: &conf.Proxy{Kind: "listen", Name: "l"}}
	var ev events
	ev.empty(px)
	if got, want := ev.list[0].prefix, "proxy l has no server available!"; got != want {
		t.Errorf("the log says %q, want %q", got, want)
	}
	if got, want := ConsoleText(px, emerg, ""), "proxy 'l' has no server available!"; got != want {
		t.Errorf("the console says %q, want %q", got, want)
	}
}
