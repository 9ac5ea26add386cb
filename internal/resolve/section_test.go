package resolve

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"segue/internal/conf"
	"segue/internal/lb"
)

var nx = reply{rcode: dnsmessage.RCodeNameError}

func found(ips ...string) (r reply) {
	for _, ip := range ips {
		r.records = append(r.records, "a.test A "+ip)
	}
	return r
}

func TestServerGetsItsAddress(t *testing.T) {
	w := newWorld(t, 1, server("s1", "a.test"))
	w.want("before", "s1=-")
	if got := w.sent[0]; got.q.name != "a.test" || len(w.sent) != 1 {
		t.Fatalf("asked %v", w.sent)
	}
	w.answer(0, found("10.0.0.1"))
	w.want("answered", "s1=10.0.0.1:80")
	w.wantLog("b/s1: IP changed from '(none)' to '10.0.0.1' by 'r/d1'.", "Server b/s1 ('a.test') is UP/READY (resolves again).",
		"Server b/s1 administratively READY thanks to valid DNS answer.")
	w.asked()
	w.pass(900 * time.Millisecond)
	if got := w.asked(); got != "" {
		t.Errorf("asked %q before timeout resolve", got)
	}
	w.pass(200 * time.Millisecond)
	if len(w.sent) != 1 {
		t.Fatalf("asked %q after timeout resolve, want one query", w.asked())
	}
	w.answer(0, found("10.0.0.2", "10.0.0.1"))
	w.want("an address that is still there stays", "s1=10.0.0.1:80")
	w.wantLog()
}

func TestAllNameServersAreAskedAndTheFirstValidAnswerCounts(t *testing.T) {
	w := newWorld(t, 2, server("s1", "a.test"))
	w.answer(0, nx)
	w.want("one error decides nothing", "s1=-")
	w.answer(1, found("10.0.0.1"))
	w.want("the second is valid", "s1=10.0.0.1:80")
	w.answer(0, found("10.0.0.9"))
	w.want("a late one is ignored", "s1=10.0.0.1:80")
	list, _ := w.m.Stats("r")
	if c := list[0].Count; c[Sent] != 1 || c[NXs] != 1 || c[Outdated] != 1 || c[Valids] != 0 {
		t.Errorf("d1 counted %v", c)
	}
	if c := list[1].Count; c[Valids] != 1 || c[Updates] != 0 && c[Updates] != 1 {
		t.Errorf("d2 counted %v", c)
	}
}

func TestErrorsFallBackOnTheOtherTypeAndAreRetried(t *testing.T) {
	w := newWorld(t, 1, server("s1", "a.test"))
	var log []string
	for range 400 {
		for len(w.sent) > 0 {
			log = append(log, w.sent[0].q.typ.String())
			w.answer(0, nx)
			w.sent = w.sent[1:]
		}
		w.pass(10 * time.Millisecond)
	}
	// Three attempts of both types a second apart, then another second.
	if got := strings.ReplaceAll(strings.Join(log, " "), "Type", ""); got != "A AAAA A AAAA A AAAA A AAAA" {
		t.Errorf("asked %s within 4 s", got)
	}
}

// A name server that answers one type with rubbish may know the other.
func TestRubbishFallsBackOnTheOtherType(t *testing.T) {
	w := newWorld(t, 1, server("s1", "a.test"))
	q := w.sent[0]
	msg := wireAnswer(q.q, 1, 0, wireRecord("\xc0\x0c", typeA, "12345", -1))
	msg[0], msg[1] = byte(q.id>>8), byte(q.id)
	w.section().turn(&packet{q.ns, msg})
	w.pass(1010 * time.Millisecond)
	if got := w.asked(); got != "d1 a.test A, d1 a.test AAAA" {
		t.Errorf("asked %s", got)
	}
	if c := q.ns.count; c[Invalids] != 1 || c[Valids] != 0 {
		t.Errorf("counted %v", c)
	}
	w.want("nothing believed", "s1=-")
}

func TestTimeoutsAreRetriedWithTheSameType(t *testing.T) {
	w := newWorld(t, 1, server("s1", "a.test"))
	w.pass(2500 * time.Millisecond)
	if got := w.asked(); got != "d1 a.test A, d1 a.test A, d1 a.test A" {
		t.Errorf("asked %s", got)
	}
	list, _ := w.m.Stats("r")
	if n := list[0].Count[Timeouts]; n != 2 {
		t.Errorf("%d timeouts, want 2", n)
	}
}

// A name server that takes longer than "timeout retry" is understood, too; what
// answers a query that has ended is not.
func TestLateAnswersToARepeatedQueryCount(t *testing.T) {
	w := newWorld(t, 1, server("s1", "a.test"))
	first := w.sent[0]
	w.pass(1500 * time.Millisecond)
	if len(w.sent) != 2 || w.sent[1].id != first.id {
		t.Fatalf("asked %v, want the same query twice", w.sent)
	}
	w.answer(0, found("10.0.0.1"))
	w.want("late", "s1=10.0.0.1:80")
	w.answer(1, found("10.0.0.2"))
	w.want("again", "s1=10.0.0.1:80")
	if c := first.ns.count; c[Valids] != 1 || c[Outdated] != 1 || c[Timeouts] != 1 {
		t.Errorf("counted %v", c)
	}
	w.sent = nil
	w.pass(time.Second)
	if w.sent[0].id == first.id {
		t.Errorf("the next query has the id %d again", first.id)
	}
}

func TestTooLargeAnswersAreIgnored(t *testing.T) {
	w := newWorld(t, 1, server("s1", "a.test"))
	big := found("10.0.0.9")
	big.id, big.q = w.sent[0].id, w.sent[0].q
	w.section().turn(&packet{w.sent[0].ns, append(big.bytes(), make([]byte, 600)...)})
	w.answer(0, found("10.0.0.1"))
	w.want("the one that fits counts", "s1=10.0.0.1:80")
	if c := w.sent[0].ns.count; c[TooBigs] != 1 || c[Valids] != 1 {
		t.Errorf("counted %v", c)
	}
}

func TestEveryBackendGetsAllRecordsOfALabel(t *testing.T) {
	w := newWorld(t, 1, server("s1", "_h._tcp.t"), server("s2", "_h._tcp.t"))
	st, _ := w.p.State.Server("c", "s1")
	st.Admin.Store(uint32(lb.ResolveMaint))
	c := &lb.Proxy{Conf: &conf.Proxy{Kind: "backend", Name: "c"}, Name: "c", Back: &lb.ProxyState{}, ByName: map[string]*lb.Server{}, Gen: w.gen}
	c.Servers = []*lb.Server{{Conf: server("s1", "_h._tcp.t"), Proxy: c, State: st, Name: "s1"}}
	w.gen.Proxies = append(w.gen.Proxies, c)
	Start(w.gen, w.p)
	w.turn()
	w.all(map[string][]string{"_h._tcp.t SRV": {"_h._tcp.t SRV 1 8001 n1.t", "_h._tcp.t SRV 1 8002 n2.t", "+n1.t A 10.0.0.1", "+n2.t A 10.0.0.2"}})
	w.want("the first backend", "s1=10.0.0.1:8001 s2=10.0.0.2:8002")
	if ap := st.Addr.Load(); ap == nil || ap.String() != "10.0.0.1:8001" {
		t.Errorf("the second backend's server is at %v", ap)
	}
}

func TestSRVErrorsLeaveOthersAlone(t *testing.T) {
	w := newWorld(t, 1, server("s1", "_h._tcp.t"), server("s2", "_h._tcp.t"))
	w.all(map[string][]string{"_h._tcp.t SRV": {"_h._tcp.t SRV 1 8001 n1.t", "+n1.t A 10.0.0.1"}})
	w.log = nil
	for range 120 {
		w.pass(100 * time.Millisecond)
		w.all(nil)
	}
	w.want("no such label", "s1=- s2=-")
	if len(w.log) == 0 || !strings.HasPrefix(w.log[0], "Server b/s1 is going DOWN for maintenance (entry removed from SRV record).") {
		t.Errorf("log %q", w.log)
	}
	if st := w.gen.Proxies[0].Servers[1].State; lb.Admin(st.Admin.Load())&lb.FQDNChanged != 0 {
		t.Error("a server that never had a name counts as renamed")
	}
}

func TestSRVWeightsAreScaled(t *testing.T) {
	for srv, want := range map[uint16]int32{0: 0, 1: 1, 100: 1, 256: 1, 257: 2, 300: 2, 32768: 128, 65535: 256} {
		w := newWorld(t, 1, server("s1", "_h._tcp.t"))
		w.all(map[string][]string{"_h._tcp.t SRV": {fmt.Sprint("_h._tcp.t SRV ", srv, " 8001 n1.t"), "+n1.t A 10.0.0.1"}})
		if got := w.gen.Proxies[0].Servers[0].State.Weight.Load(); got != want {
			t.Errorf("SRV weight %d: the server's is %d, want %d", srv, got, want)
		}
	}
}

func TestForgedAnswersChangeNothing(t *testing.T) {
	w := newWorld(t, 2, server("s1", "a.test"))
	q := w.sent[0]
	other := w.sent[1].ns
	forge := func(ns *nameServer, r reply) { w.section().turn(&packet{ns, r.bytes()}) }
	forge(q.ns, reply{id: q.id + 1, q: q.q, records: []string{"a.test A 10.6.6.6"}})
	forge(q.ns, reply{id: q.id, q: question{"b.test", typeA}, records: []string{"a.test A 10.6.6.6"}})
	forge(q.ns, reply{id: q.id, q: q.q, request: true, records: []string{"a.test A 10.6.6.6"}})
	w.section().turn(&packet{q.ns, []byte{1, 2, 3}})
	w.section().turn(&packet{q.ns, make([]byte, 600)})
	w.want("forged", "s1=-")
	w.answer(0, found("10.0.0.1"))
	w.want("the true one still counts", "s1=10.0.0.1:80")
	if c := q.ns.count; c[Outdated] != 1 || c[Invalids] != 3 || c[TooBigs] != 1 || c[Valids] != 1 {
		t.Errorf("counted %v", c)
	}
	_ = other
}

func TestHoldOutweighsErrors(t *testing.T) {
	w := newWorld(t, 1, server("s1", "a.test"))
	w.answer(0, found("10.0.0.1"))
	w.sent, w.log = nil, nil
	for range 45 {
		w.pass(100 * time.Millisecond)
		w.all(nil)
	}
	w.want("within hold nx", "s1=10.0.0.1:80")
	for range 60 {
		w.pass(100 * time.Millisecond)
		w.all(nil)
	}
	w.want("after it", "s1=-")
	if len(w.log) != 2 || !strings.HasPrefix(w.log[0], "Server b/s1 is going DOWN for maintenance (DNS NX status).") {
		t.Errorf("log %q", w.log)
	}
	w.log = nil
	w.pass(2 * time.Second)
	w.all(map[string][]string{"a.test A": {"a.test A 10.0.0.2"}})
	w.want("it resolves again", "s1=10.0.0.2:80")
}

func TestServersOfOneNameShareItsAddresses(t *testing.T) {
	dup := func(s *conf.ServerWords) { s.ResolveDup = true }
	for _, c := range []struct {
		name    string
		servers []*conf.Server
		ips     []string
		want    string
	}{
		{"one each, none for the last", []*conf.Server{server("s1", "a.test"), server("s2", "a.test"), server("s3", "a.test")}, []string{"10.0.0.1", "10.0.0.2"}, "s1=10.0.0.1:80 s2=10.0.0.2:80 s3=-"},
		{"allow-dup-ip", []*conf.Server{server("s1", "a.test", dup), server("s2", "a.test", dup)}, []string{"10.0.0.1"}, "s1=10.0.0.1:80 s2=10.0.0.1:80"},
		{"allow-dup-ip with enough", []*conf.Server{server("s1", "a.test", dup), server("s2", "a.test", dup)}, []string{"10.0.0.1", "10.0.0.2"}, "s1=10.0.0.1:80 s2=10.0.0.2:80"},
		{"resolve-net", []*conf.Server{server("s1", "a.test", func(s *conf.ServerWords) {
			p, _ := addr("10.2.0.0").Prefix(16)
			s.ResolveNets = append(s.ResolveNets, p)
		})}, []string{"10.1.0.1", "10.2.0.1"}, "s1=10.2.0.1:80"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 1, c.servers...)
			if len(w.sent) != 1 {
				t.Fatalf("asked %s, want one query for all", w.asked())
			}
			w.answer(0, found(c.ips...))
			w.want("answered", c.want)
		})
	}
}

func TestSRVRecordsNameServers(t *testing.T) {
	keep := func(s *conf.ServerWords) { s.ResolveKeepWeight = true }
	w := newWorld(t, 1, server("s1", "_h._tcp.t"), server("s2", "_h._tcp.t"), server("s3", "_h._tcp.t", keep))
	zone := map[string][]string{
		"_h._tcp.t SRV": {"_h._tcp.t SRV 300 8001 n1.t", "_h._tcp.t SRV 65535 8002 n2.t"},
		"n1.t A":        {"n1.t A 10.0.0.1"}, "n2.t A": {"n2.t A 10.0.0.2"},
	}
	step := func() { w.pass(50 * time.Millisecond); w.all(zone); w.pass(50 * time.Millisecond); w.all(zone) }
	w.all(zone)
	step()
	w.want("records", "s1=10.0.0.1:8001 s2=10.0.0.2:8002 s3=-")
	servers := w.gen.Proxies[0].Servers
	if a, b := servers[0].State.Weight.Load(), servers[1].State.Weight.Load(); a != 2 || b != 256 {
		t.Errorf("weights %d and %d, want 2 and 256", a, b)
	}
	zone["_h._tcp.t SRV"] = []string{"_h._tcp.t SRV 1 8002 n2.t", "_h._tcp.t SRV 9999 8003 n3.t", "+n3.t A 10.0.0.3"}
	w.log = nil
	w.pass(time.Second)
	w.all(zone)
	w.want("one gone, one new with its address", "s1=- s2=10.0.0.2:8002 s3=10.0.0.3:8003")
	if got := servers[2].State.Weight.Load(); got != 1 {
		t.Errorf("ignore-weight: %d, want 1", got)
	}
	if len(w.log) == 0 || !strings.HasPrefix(w.log[0], "Server b/s1 is going DOWN for maintenance (entry removed from SRV record).") {
		t.Errorf("log %q", w.log)
	}
}

func TestReloadAsksNothingAndMovesNobody(t *testing.T) {
	w := newWorld(t, 1, server("s1", "a.test"))
	w.answer(0, found("10.0.0.1"))
	w.sent, w.log = nil, nil
	w.pass(300 * time.Millisecond)
	Start(w.gen, w.p)
	w.turn()
	w.pass(300 * time.Millisecond)
	if got := w.asked(); got != "" {
		t.Errorf("a reload asked %s", got)
	}
	w.want("after the reload", "s1=10.0.0.1:80")
	w.wantLog()
}

func TestAnswersTravelToANewProcess(t *testing.T) {
	w := newWorld(t, 1, server("s1", "a.test"))
	w.answer(0, found("10.0.0.1"))
	w.pass(300 * time.Millisecond)
	data := w.m.Export()
	next := newWorld(t, 1)
	next.m.Import(data)
	c := server("s1", "a.test")
	st, _ := w.p.State.Server("b", "s1")
	next.gen.Proxies[0].Servers = append(next.gen.Proxies[0].Servers, &lb.Server{Conf: c, Proxy: next.gen.Proxies[0], State: st, Name: "s1"})
	Start(next.gen, next.p)
	next.pass(500 * time.Millisecond)
	if got := next.asked(); got != "" {
		t.Errorf("the new process asked %s at once", got)
	}
	next.pass(400 * time.Millisecond)
	if got := next.asked(); got != "d1 a.test A" {
		t.Errorf("the new process asked %q when it was due", got)
	}
}

func TestRenameAsksAtOnce(t *testing.T) {
	w := newWorld(t, 1, server("s1", "a.test"))
	w.answer(0, found("10.0.0.1"))
	w.sent, w.log = nil, nil
	srv := w.gen.Proxies[0].Servers[0]
	if !w.m.Rename(srv, "B.test") {
		t.Fatal("the server follows no name")
	}
	w.turn()
	if got := w.asked(); got != "d1 b.test A" {
		t.Errorf("asked %q", got)
	}
	if srv.Hostname() != "B.test" {
		t.Errorf("host name %q", srv.Hostname())
	}
}

// Every request with do-resolve asks for the Manager while sections apply
// answers; under -race, the two may not meet.
func TestManagerIsFoundWhileAnswersApply(t *testing.T) {
	w := newWorld(t, 1, server("s1", "a.test"))
	var stop atomic.Bool
	var asking sync.WaitGroup
	for range 2 {
		asking.Go(func() {
			for !stop.Load() {
				if Of(w.p) != w.m {
					t.Error("another Manager")
					return
				}
			}
		})
	}
	for i := range 200 {
		ip := fmt.Sprint("10.0.0.", i%2+1)
		w.all(map[string][]string{"a.test A": {"a.test A " + ip}})
		w.pass(time.Second)
	}
	stop.Store(true)
	asking.Wait()
	if len(w.log) < 100 {
		t.Errorf("the address changed %d times", len(w.log))
	}
}
