package front_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/features"
	"segue/internal/front"
	"segue/internal/keyword"
	"segue/internal/lb"
	"segue/internal/link"
	"segue/internal/rule"
	"segue/internal/sched"
	"segue/internal/sched/virtual"
)

const sec = int64(1e9)

// world is one thread in a virtual system that serves a configuration.
type world struct {
	t     *testing.T
	sys   *virtual.System
	th    *lb.Thread
	proc  *lb.Process
	lns   []*front.Listener
	begin int64
}

// panicking is a feature of the test's: an action that panics.
func panicking() *catalog.Feature {
	doc := keyword.Doc{Name: "test-panic", Section: "4.4", Text: "Panics."}
	parse := func(*rule.Parser) lb.Action { return panics{} }
	return &catalog.Feature{Name: "panicking", Actions: []rule.Action{{Doc: doc, Sets: rule.In(conf.HTTPReq, conf.TCPReqSess), Parse: parse}}}
}

type panics struct{}

func (panics) Exec(*lb.Stream) lb.Verdict { panic("boom") }

// parse links text, whose listeners have no sockets yet.
func parse(t *testing.T, text string, state *lb.State) *link.Result {
	t.Helper()
	ix := catalog.New(append(features.All(), panicking())...)
	d := &diag.List{}
	m := link.Parse([]cfg.Source{{Name: "test.cfg", Data: []byte(text)}}, link.Text{Features: func(string) bool { return true }}, ix, d)
	r := link.Link(m, link.Input{State: state, Index: ix, Diag: d, Tag: "segue"})
	if d.Errors() > 0 {
		var out strings.Builder
		d.Print(&out, diag.PrintOptions{})
		t.Fatal(out.String())
	}
	return r
}

const head = "global\n nbthread 1\ndefaults\n mode http\n timeout client 30s\n timeout http-request 3s\n timeout http-keep-alive 7s\n"

// newWorld serves text, whose binds become listeners in order.
func newWorld(t *testing.T, text string) *world {
	t.Helper()
	w := &world{t: t, sys: virtual.New()}
	w.proc = &lb.Process{State: lb.NewState()}
	w.proc.MaxConn.Store(1000)
	w.th = &lb.Thread{Loop: sched.NewLoop(0, w.sys), Process: w.proc}
	w.proc.Threads = []*lb.Thread{w.th}
	w.proc.Room = func() {
		for _, ln := range w.lns {
			ln.Look()
		}
	}
	for _, b := range parse(t, head+text, w.proc.State).Binds {
		ln := &front.Listener{Process: w.proc}
		ln.FD, ln.Acceptor, ln.MaxAccept = w.sys.Listen(), ln, 8
		ln.Use(b)
		w.lns = append(w.lns, ln)
	}
	w.begin = w.th.Now()
	return w
}

// client is the far end of a connection, and what it saw.
type client struct {
	w    *world
	conn sched.Conn
	got  strings.Builder
	end  int64 // when the proxy ended the connection, ms after the world's begin; -1 not yet
}

// step is something that a client sends at a time; an empty text ends its side.
type step struct {
	at   int64 // ms
	text string
}

// dial connects to the i-th listener, plays the steps and notes what comes.
func (w *world) dial(i int, steps ...step) *client {
	c := &client{w: w, end: -1}
	w.th.Attach(&c.conn, w.sys.Dial(w.lns[i].FD, 64<<10), false)
	w.th.Start(task(func(t *sched.Task) {
		buf := make([]byte, 4096)
		for {
			n, st := c.conn.Read(t, buf, 0)
			if st != sched.OK {
				c.end = (t.Now() - w.begin) / 1e6
				return
			}
			c.got.Write(buf[:n])
		}
	}))
	w.th.Start(task(func(t *sched.Task) {
		for _, s := range steps {
			t.Sleep(w.begin + s.at*1e6 - t.Now())
			if s.text == "" {
				c.conn.Shutdown()
			} else {
				c.conn.Write(t, []byte(s.text), 0)
			}
		}
	}))
	return c
}

type task func(t *sched.Task)

func (f task) Run(t *sched.Task) { f(t) }

// run plays what plan sets up until nothing will ever happen again.
func (w *world) run(plan func()) {
	w.th.Post(func() {
		for _, ln := range w.lns {
			w.th.Watch(&ln.Listener)
		}
		plan()
	})
	done := make(chan struct{})
	go func() { // the loop leaves its thread locked
		defer close(done)
		w.sys.Run(w.th.Loop)
	}()
	<-done
}

var lines = regexp.MustCompile(`HTTP/1\.[01] (\d+)`)

// statuses are those that the client was answered with.
func (c *client) statuses() string {
	var list []string
	for _, m := range lines.FindAllStringSubmatch(c.got.String(), -1) {
		list = append(list, m[1])
	}
	return strings.Join(list, " ")
}

// left checks that the world holds no connection any more.
func (w *world) left() {
	w.t.Helper()
	if n := w.th.Sessions; n != 0 {
		w.t.Errorf("sessions left: %d, want 0", n)
	}
	if n := w.proc.Conns.Load(); n != 0 {
		w.t.Errorf("connections counted: %d, want 0", n)
	}
	if n := w.lns[0].Bind().Proxy.Front.Cur.Load(); n != 0 {
		w.t.Errorf("connections of the frontend: %d, want 0", n)
	}
}

const (
	hello = "frontend f\n bind :1\n http-request return status 200 content-type text/plain string hi\n"
	get   = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
)

func TestTimeoutsOfRequests(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []step
		want  string
		end   int64 // ms
	}{
		{"a silent client", nil, "408", 3000},
		{"a slow one is timed from its first byte", []step{{1000, "GET / HT"}, {2000, "TP/1.1\r\nHo"}, {3500, "st: a\r\n"}}, "408", 4000},
		{"one that leaves", []step{{500, ""}}, "400", 500},
		{"one that leaves in the middle", []step{{500, "GET /"}, {600, ""}}, "400", 600},
		{"keep-alive ends in silence", []step{{100, get}}, "200", 7100},
		{"each request starts the wait anew", []step{{100, get}, {6000, get}, {12000, get}}, "200 200 200", 19000},
		{"a slow second request", []step{{100, get}, {5000, "GET / HTTP/1.1\r\n"}}, "200 408", 8000},
		{"pipelined", []step{{100, get + get + get}}, "200 200 200", 7100},
		{"in pieces", []step{{100, get[:9]}, {200, get[9:20]}, {300, get[20:] + get[:3]}, {400, get[3:]}}, "200 200", 7400},
		{"close asked for", []step{{100, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"}}, "200", 100},
		{"1.0", []step{{100, "GET / HTTP/1.0\r\n\r\n"}}, "200", 100},
		{"no HTTP", []step{{100, "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n"}}, "400", 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, hello)
			var cl *client
			w.run(func() { cl = w.dial(0, c.steps...) })
			if got := cl.statuses(); got != c.want {
				t.Errorf("answered %q, want %q", got, c.want)
			}
			if cl.end < c.end || cl.end > c.end+5 {
				t.Errorf("ended after %d ms, want %d", cl.end, c.end)
			}
			w.left()
		})
	}
}

// An idle connection holds its descriptor and no task, whatever their number.
// A client whose message comes in pieces may hold the next one back until the last
// is acknowledged: it is, at once. What comes whole is acknowledged by its answer.
func TestPiecesAreAcknowledged(t *testing.T) {
	const post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"
	for _, c := range []struct {
		name  string
		steps []step
		acks  int
	}{
		{"whole requests", []step{{0, get}, {10, get + get}, {20, post + "1234"}}, 0},
		{"a head in two pieces", []step{{0, "GET / HTTP/1.1\r\n"}, {10, "Host: a\r\n\r\n"}}, 1},
		{"a body behind its head", []step{{0, post}, {10, "1234"}}, 1},
		{"and again", []step{{0, post}, {10, "1234"}, {20, post}, {30, "1234"}}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, hello)
			w.run(func() { w.dial(0, append(c.steps, step{50, ""})...) })
			if w.sys.Acks != c.acks {
				t.Errorf("%d acknowledged, want %d", w.sys.Acks, c.acks)
			}
		})
	}
}

func TestThousandIdleConnections(t *testing.T) {
	w := newWorld(t, hello)
	var all []*client
	w.run(func() {
		for range 1000 {
			all = append(all, w.dial(0, step{100, get}))
		}
		w.th.Start(task(func(t *sched.Task) {
			t.Sleep(2 * sec)
			if n := len(w.th.FreeStreams); n == 0 || n > 64 {
				w.t.Errorf("streams that were made: %d, want a few for 1000 connections", n)
			}
		}))
	})
	for _, c := range all {
		if got := c.statuses(); got != "200" {
			t.Fatalf("answered %q, want 200", got)
		}
	}
	w.left()
}

func TestProxyHeaderComesFirst(t *testing.T) {
	const text = "frontend f\n bind :1 accept-proxy\n http-request return status 200 content-type text/plain lf-string \"%[src]:%[src_port] \"\n"
	const v1 = "PROXY TCP4 192.0.2.9 198.51.100.1 1234 80\r\n"
	for _, c := range []struct {
		name, want string
		end        int64
		steps      []step
	}{
		{"with the request", "192.0.2.9:1234 ", 7010, []step{{10, v1 + get}}},
		{"in pieces", "192.0.2.9:1234 ", 7020, []step{{10, v1[:7]}, {15, v1[7:30]}, {20, v1[30:] + get}}},
		{"none", "", 10, []step{{10, get}}},
		{"an address that is none", "", 10, []step{{10, "PROXY TCP4 256.2.3.4 198.51.100.1 1234 80\r\n" + get}}},
		{"silence", "", 30_000, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, text)
			var cl *client
			w.run(func() { cl = w.dial(0, c.steps...) })
			_, body, _ := strings.Cut(cl.got.String(), "\r\n\r\n")
			if body != c.want || cl.end < c.end || cl.end > c.end+5 {
				t.Errorf("got %q, ended after %d ms; want %q after %d ms", body, cl.end, c.want, c.end)
			}
			w.left()
		})
	}
}

// A full frontend leaves connections in the kernel's queue and takes them as
// others end.
func TestMaxconnHoldsConnectionsBack(t *testing.T) {
	w := newWorld(t, strings.Replace(hello, "bind", "maxconn 2\n bind", 1))
	closing := strings.Replace(get, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1)
	var all []*client
	w.run(func() {
		for i := range 6 {
			all = append(all, w.dial(0, step{int64(i+1) * 100, closing}))
		}
	})
	for i, c := range all {
		if c.statuses() != "200" || c.end < int64(i+1)*100 {
			t.Errorf("client %d: answered %q, ended after %d ms", i, c.statuses(), c.end)
		}
	}
	if n := w.lns[0].Bind().Proxy.Front.CurMax.Load(); n != 2 {
		t.Errorf("most connections at a time: %d, want 2", n)
	}
	w.left()
}

// A panic ends the connection that it happened on and nothing else, and is
// counted.
func TestPanicEndsItsConnectionOnly(t *testing.T) {
	for _, set := range []string{"http-request test-panic if { path /bad }", "tcp-request session test-panic if { src_port 1 }"} {
		w := newWorld(t, "frontend f\n bind :1\n "+set+"\n http-request return status 200\n")
		bad := strings.Replace(get, "/", "/bad", 1)
		var good, broken *client
		w.run(func() {
			good = w.dial(0, step{100, get}, step{300, get})
			broken = w.dial(0, step{200, bad})
		})
		if good.statuses() != "200 200" {
			t.Errorf("%s: the other client was answered %q, want 200 200", set, good.statuses())
		}
		if strings.HasPrefix(set, "http") {
			if got := fmt.Sprint(broken.statuses(), broken.end/10, w.th.Stats.Panics.Load()); got != "20 1" {
				t.Errorf("%s: answer, end/10 ms and panics are %q, want none, 20 and 1", set, got)
			}
		}
		w.left()
	}
}

// Connections that are to end do so after their answer; those that wait for a
// request are closed, those that are about to send one are answered first.
func TestLeavingListenerClosesIdleConnections(t *testing.T) {
	w := newWorld(t, hello)
	var idle, busy *client
	w.run(func() {
		idle = w.dial(0, step{100, get})
		busy = w.dial(0, step{100, get}, step{1100, get[:10]}, step{1900, get[10:]})
		w.th.Start(task(func(t *sched.Task) {
			t.Sleep(sec)
			w.th.Unwatch(&w.lns[0].Listener)
			w.lns[0].TakeRest(w.th)
			t.Sleep(sec / 2)
			front.CloseIdle(w.th, sec)
		}))
	})
	if idle.statuses() != "200" || idle.end/10 != 150 {
		t.Errorf("the idle client: %q, ended after %d ms; want 200, 1500 ms", idle.statuses(), idle.end)
	}
	if got := busy.got.String(); busy.statuses() != "200 200" || busy.end/10 != 190 || !strings.Contains(got, "Connection: close") {
		t.Errorf("the busy client: ended after %d ms with %q; want two answers, the last with Connection: close, 1900 ms", busy.end, got)
	}
	w.left()
}

// An idle connection goes on under the generation that its listener serves now.
func TestIdleConnectionMovesToTheNewGeneration(t *testing.T) {
	const text = "frontend f\n bind :1\n http-request return status 200 content-type text/plain string "
	w := newWorld(t, text+"old\n")
	old := w.lns[0].Bind()
	next := parse(t, head+text+"new\n", w.proc.State)
	var c *client
	w.run(func() {
		c = w.dial(0, step{100, get}, step{3000, get})
		w.th.Start(task(func(t *sched.Task) {
			t.Sleep(sec)
			w.lns[0].Use(next.Binds[0])
			front.Adopt(w.th)
			if tunnels, streams, idle := front.Holders(w.th, old.Proxy.Gen); tunnels+streams+idle != 0 {
				w.t.Errorf("the old generation is held by %d tunnels, %d streams, %d connections; want none", tunnels, streams, idle)
			}
		}))
	})
	bodies := regexp.MustCompile(`\r\n\r\n(old|new)`).FindAllStringSubmatch(c.got.String(), -1)
	if len(bodies) != 2 || bodies[0][1] != "old" || bodies[1][1] != "new" {
		t.Errorf("got %q, want one answer of each generation", c.got.String())
	}
	w.left()
}

// TestConnectionOutlivesItsLargeAnswer: what the client sends while the answer is
// on its way must not become a reset that destroys it (RFC 9112 9.6).
func TestConnectionOutlivesItsLargeAnswer(t *testing.T) {
	const last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	large := strings.Repeat("a", 20_000)
	for _, c := range []struct {
		name, body, option string
		steps              []step
		want               int // sessions 150 ms after the answer
	}{
		{"small", "hi", "", []step{{10, last}}, 0},
		{"large", large, "", []step{{10, last}}, 1},
		{"large, and the client ends", large, "", []step{{10, last}, {100, ""}}, 0},
		{"large, with nolinger", large, " option nolinger\n", []step{{10, last}}, 0},
		{"small, within the request's body", "hi", "", []step{{10, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 9\r\n\r\n"}}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "frontend f\n bind :1\n"+c.option+" http-request return status 200 content-type text/plain string "+c.body+"\n")
			var cl *client
			got := -1
			w.run(func() {
				cl = w.dial(0, c.steps...)
				w.th.Start(task(func(t *sched.Task) {
					t.Sleep(160e6)
					got = int(w.th.Sessions)
				}))
			})
			if got != c.want || !strings.HasSuffix(cl.got.String(), c.body) || cl.end > 20 {
				t.Errorf("%d sessions, %d bytes, ended after %d ms; want %d sessions, %d bytes at once", got, cl.got.Len(), cl.end, c.want, len(c.body))
			}
			w.left()
		})
	}
}
