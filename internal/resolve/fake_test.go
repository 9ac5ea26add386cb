package resolve

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"segue/internal/conf"
	"segue/internal/health"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/sched/virtual"
)

// world is a Manager without goroutines, sockets and clock.
type world struct {
	t    *testing.T
	m    *Manager
	p    *lb.Process
	gen  *lb.Generation
	now  int64
	sent []sentQuery
	log  []string
}

// sentQuery is a query on its way to a name server.
type sentQuery struct {
	ns *nameServer
	id uint16
	q  question
}

type wire struct {
	w  *world
	ns *nameServer
}

func (l wire) send(msg []byte) bool {
	var m dnsmessage.Message
	if err := m.Unpack(msg); err != nil {
		l.w.t.Fatalf("a query does not parse: %v", err)
	}
	name := strings.TrimSuffix(m.Questions[0].Name.String(), ".")
	l.w.sent = append(l.w.sent, sentQuery{l.ns, m.ID, question{name, m.Questions[0].Type}})
	return true
}

func (l wire) close() {}

// newWorld runs servers "name address words" of a backend b with section r of
// n name servers.
func newWorld(t *testing.T, n int, servers ...*conf.Server) *world {
	w := &world{t: t, now: 1e9}
	w.m = newManager()
	w.m.clock = func() int64 { return w.now }
	w.m.dial = func(ns *nameServer) transport { return wire{w, ns} }
	w.m.idle, w.m.routed = true, func() bool { return true }
	state := lb.NewState()
	th := &lb.Thread{Loop: sched.NewLoop(0, virtual.New())}
	w.p = &lb.Process{State: state, Threads: []*lb.Thread{th}}
	th.Process = w.p
	state.Object("resolve/all", func() any { return w.m })
	r := conf.NewResolvers("r")
	for i := range n {
		r.Servers = append(r.Servers, conf.NameServer{Name: fmt.Sprint("d", i+1)})
	}
	r.Hold[conf.HoldNX] = 5 * time.Second
	model := &conf.Model{Resolvers: []*conf.Resolvers{r}}
	px := &lb.Proxy{Conf: &conf.Proxy{Kind: "backend", Name: "b"}, Name: "b", Back: &lb.ProxyState{}, ByName: map[string]*lb.Server{}}
	w.gen = &lb.Generation{Conf: model, State: state, Proxies: []*lb.Proxy{px}, Backs: map[string]*lb.Proxy{"b": px}}
	px.Gen = w.gen
	for _, c := range servers {
		st, _ := state.Server("b", c.Name)
		st.Admin.Store(uint32(lb.ResolveMaint))
		st.Weight.Store(1)
		px.Servers = append(px.Servers, &lb.Server{Conf: c, Proxy: px, State: st, Name: c.Name})
	}
	h := health.Of(w.p)
	h.Hooks.Log = func(_ *lb.Proxy, _ int, msg string) { w.log = append(w.log, msg) }
	health.Start(w.gen, nil, w.p)
	Start(w.gen, w.p)
	w.turn()
	return w
}

// server is "name host" with the resolvers section r.
func server(name, host string, with ...func(*conf.ServerWords)) *conf.Server {
	c := &conf.Server{Name: name, Addr: conf.Addr{Kind: conf.AddrHost, Host: host, Port: 80}, ServerWords: new(conf.ServerWords)}
	if c.Addr.SRV() {
		c.Addr.Port = -1
	}
	c.Resolvers, c.ResolvePrefer = "r", "ipv4"
	for _, f := range with {
		f(c.ServerWords)
	}
	return c
}

func (w *world) section() *Section { return w.m.sections[0] }

// turn lets the section do what is due.
func (w *world) turn() { w.section().turn(nil) }

// pass moves the clock in steps.
func (w *world) pass(d time.Duration) {
	for end := w.now + int64(d); w.now < end; {
		w.now = min(w.now+10e6, end)
		w.turn()
	}
}

// asked empties the list of queries and tells it: "d1 a.test A".
func (w *world) asked() string {
	var list []string
	for _, q := range w.sent {
		list = append(list, q.ns.Name+" "+q.q.name+" "+strings.TrimPrefix(q.q.typ.String(), "Type"))
	}
	w.sent = nil
	return strings.Join(list, ", ")
}

// answer lets the name server of query i answer it.
func (w *world) answer(i int, r reply) {
	w.t.Helper()
	if i >= len(w.sent) {
		w.t.Fatalf("no query %d: %v", i, w.sent)
	}
	q := w.sent[i]
	r.id, r.q = q.id, q.q
	w.section().turn(&packet{q.ns, r.bytes()})
}

// all answers every query that waits from zone, "name type" to records, until
// none is left; what is not in it does not exist.
func (w *world) all(zone map[string][]string) {
	for len(w.sent) > 0 {
		q := w.sent[0]
		key := q.q.name + " " + strings.TrimPrefix(q.q.typ.String(), "Type")
		r := reply{records: zone[key]}
		if r.records == nil {
			r.rcode = dnsmessage.RCodeNameError
		}
		w.answer(0, r)
		w.sent = w.sent[1:]
	}
}

// state is "s1=10.0.0.1:80 s2=-".
func (w *world) state() string {
	var list []string
	for _, srv := range w.gen.Proxies[0].Servers {
		at := "-"
		if ap := srv.State.Addr.Load(); ap != nil {
			at = ap.String()
		}
		if maint := lb.Admin(srv.State.Admin.Load())&lb.ResolveMaint != 0; maint != (at == "-") {
			at += "!maint"
		}
		list = append(list, srv.Name+"="+at)
	}
	return strings.Join(list, " ")
}

func (w *world) want(what, state string) {
	w.t.Helper()
	if got := w.state(); got != state {
		w.t.Errorf("%s: %s, want %s", what, got, state)
	}
}

func (w *world) wantLog(lines ...string) {
	w.t.Helper()
	got := w.log
	w.log = nil
	if strings.Join(got, "\n") != strings.Join(lines, "\n") {
		w.t.Errorf("log\n %s\nwant\n %s", strings.Join(got, "\n "), strings.Join(lines, "\n "))
	}
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }
