package l4fetch_test

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/feature/convert"
	"segue/internal/feature/l4fetch"
	"segue/internal/lb"
	"segue/internal/sample"
	"segue/internal/sched"
)

var words = catalog.New(convert.Feature(), l4fetch.Feature())

// backend has an active server with room, one in maintenance and a backup.
func backend() *lb.Proxy {
	px := &lb.Proxy{Name: "b", ID: 3, Back: new(lb.ProxyState), ByName: map[string]*lb.Server{}}
	px.Timeouts = lb.Timeouts{Server: 30e9, Tunnel: 3600e9}
	px.Back.Cur.Store(7)
	px.Queued.Store(2)
	for i, name := range []string{"s1", "s2", "s3"} {
		c := &conf.Server{Name: name, ServerWords: new(conf.ServerWords)}
		c.Weight, c.WeightSet, c.Backup, c.MaxQueue = 10*(i+1), true, i == 2, 5
		srv := &lb.Server{Name: name, ID: i + 1, Proxy: px, Conf: c, State: new(lb.ServerState)}
		srv.State.Oper.Store(int32(lb.Running))
		srv.State.Weight.Store(int32(c.Weight))
		srv.MaxConn.Store(100)
		px.Servers = append(px.Servers, srv)
		px.ByName[name] = srv
	}
	px.Servers[0].State.Served.Store(40)
	px.Servers[0].State.Waiting.Store(1)
	px.Servers[1].State.Admin.Store(uint32(lb.ForcedMaint))
	return px
}

func stream() (*lb.Stream, *sample.Scope) {
	f := &lb.Proxy{Name: "f", ID: 2, Front: new(lb.ProxyState)}
	f.Timeouts.Client = 5e9
	f.Front.Cur.Store(4)
	b := backend()
	f.DefaultBackend = b
	g := &lb.Generation{Conf: new(conf.Model), Fronts: map[string]*lb.Proxy{"f": f}, Backs: map[string]*lb.Proxy{"b": b}}
	g.Conf.Global.Tune.BufSize = 16384
	s := &lb.Stream{
		Thread: &lb.Thread{Loop: new(sched.Loop), Index: 1, Process: &lb.Process{PID: 42}},
		Gen:    g, Front: f, Back: b, Server: b.Servers[0], Final: true, Retries: 2, ID: 1<<32 + 9,
		Bind:  &lb.Bind{Name: "sock", ID: 6, State: new(lb.BindState)},
		Start: 10e6, Idle: 4e6, HeadDone: 15e6, Queued: 18e6, Connected: 20e6, ResHeadDone: 50e6, End: 70e6,
		RuleFile: "x.cfg", RuleLine: 12, Term: [4]byte{'s', 'H', '-', '-'}, StartWall: 1700000000e9,
	}
	s.Timeouts.Server = 9e9
	s.Session = &lb.Session{Requests: 1, Flags: lb.DstSet | lb.RcvdProxy, AcceptWall: 1600000000123e6,
		Peer: netip.MustParseAddrPort("10.9.0.1:999"), Src: netip.MustParseAddrPort("10.0.0.1:1234"), Dst: netip.MustParseAddrPort("[2001:db8::1]:443"),
		TLVs: []byte{2, 0, 3, 'a', '.', 'b', 5, 0, 2, 'i', 'd', 0xe0, 0, 1, 'x'}}
	return s, &sample.Scope{Words: words, Gen: g, Proxy: b}
}

func eval(t *testing.T, s *lb.Stream, sc *sample.Scope, text string) (string, bool) {
	t.Helper()
	e, n, err := sample.Parse(text, sc)
	if err != nil || n != len(text) {
		t.Fatalf("Parse(%s) = %d, %v, want %d, nil", text, n, err, len(text))
	}
	b, ok := e.EvalString(s, nil)
	return string(b), ok
}

func TestFetches(t *testing.T) {
	cases := []struct{ text, want string }{
		{"src", "10.0.0.1"}, {"src_port", "1234"}, {"dst", "2001:db8::1"}, {"dst_port", "443"}, {"fc_src", "10.9.0.1"}, {"fc_src_port", "999"},
		{"str(127.0.0.1)", "127.0.0.1"}, {"fc_rcvd_proxy", "1"}, {"fc_pp_authority", "a.b"}, {"fc_pp_unique_id", "id"},
		{"fc_pp_tlv(0xe0)", "x"}, {"fc_pp_tlv(AUTHORITY)", "a.b"}, {"fc_pp_tlv(NETNS)", ""},
		{"fe_name", "f"}, {"fe_id", "2"}, {"fe_conn(f)", "4"}, {"fe_defbe", "b"}, {"fe_client_timeout", "5000"},
		{"be_name", "b"}, {"be_id", "3"}, {"be_conn", "7"}, {"be_server_timeout", "30000"}, {"cur_server_timeout", "9000"}, {"be_tunnel_timeout", "3600000"},
		{"nbsrv(b)", "1"}, {"nbsrv", "1"}, {"str(b),nbsrv", "1"}, {"queue(b)", "3"}, {"avg_queue(b)", "3"}, {"be_conn_free(b)", "60"}, {"connslots(b)", "169"},
		{"srv_name", "s1"}, {"srv_id", "1"}, {"srv_conn(b/s1)", "40"}, {"srv_conn(s1)", "40"}, {"srv_conn_free(s1)", "60"}, {"srv_queue(s1)", "1"},
		{"srv_is_up(s1)", "1"}, {"srv_is_up(s2)", "0"}, {"str(b/s2),srv_is_up", "0"}, {"srv_weight(s1)", "10"}, {"srv_weight(s2)", "0"}, {"srv_uweight(s2)", "20"}, {"srv_iweight(s3)", "30"},
		{"so_name", "sock"}, {"so_id", "6"}, {"dst_conn", "0"}, {"str(f),fe_exists", "1"}, {"str(x),fe_exists", "0"},
		{"txn.conn_retries", "2"}, {"txn.id32", "9"}, {"txn.sess_term_state", "sH"}, {"last_rule_file", "x.cfg"}, {"last_rule_line", "12"},
		{"req.timer.idle", "6"}, {"req.timer.hdr", "5"}, {"req.timer.tq", "11"}, {"req.timer.queue", "3"}, {"bc.timer.connect", "2"},
		{"res.timer.hdr", "30"}, {"res.timer.data", "20"}, {"txn.timer.total", "60"}, {"txn.timer.user", "60"}, {"fc.timer.total", "66"},
		{"accept_date(ms)", "1600000000123"}, {"request_date", "1700000000"}, {"pid", "42"}, {"thread", "1"}, {"stopping", "0"},
		{"bool(TRUE)", "1"}, {"int(-5)", "-5"}, {"ipv6(::1)", "::1"}, {"meth(PUT)", "PUT"}, {"rand(1)", "0"}, {"wait_end", "1"},
	}
	s, sc := stream()
	for _, c := range cases {
		if got, _ := eval(t, s, sc, c.text); got != c.want {
			t.Errorf("%s = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestWithoutABackendTheFrontendIsNamed(t *testing.T) {
	s, sc := stream()
	s.Back = nil
	for text, want := range map[string]string{"be_name": s.Front.Name, "be_id": strconv.Itoa(int(s.Front.ID))} {
		if got, _ := eval(t, s, sc, text); got != want {
			t.Errorf("%s = %q, want %q", text, got, want)
		}
	}
}

func TestBackupsCountWhenNoOtherServerIsLeft(t *testing.T) {
	s, sc := stream()
	s.Back.Servers[0].State.Admin.Store(uint32(lb.ForcedDrain))
	if got, _ := eval(t, s, sc, "nbsrv"); got != "1" {
		t.Errorf("nbsrv with a backup left = %s, want 1", got)
	}
	s.Back.Servers[2].State.Oper.Store(int32(lb.Stopped))
	if got, _ := eval(t, s, sc, "nbsrv"); got != "0" {
		t.Errorf("nbsrv with nothing left = %s, want 0", got)
	}
	if got, _ := eval(t, s, sc, "avg_queue(b)"); got != "6" {
		t.Errorf("avg_queue with nothing left = %s, want 6", got)
	}
}

func TestPayloads(t *testing.T) {
	s, sc := stream()
	s.Flags |= lb.IsTCP
	s.Input = []byte("\x00\x03abcdef")
	cases := []struct {
		text, want string
		missing    bool // when more may come
	}{
		{"req.len", "8", false},
		{"req.payload(2,3)", "abc", false},
		{"req.payload(2,0)", "abcdef", false},
		{"req.payload(2,7)", "", true},
		{"req.payload_lv(0,2)", "abc", false},
		{"req.payload_lv(0,2,+1)", "bcd", false},
		{"req.payload_lv(0,2,5)", "def", false},
		{"req.payload(16380,9)", "", false},
	}
	for _, c := range cases {
		s.Final = false
		if got, _ := eval(t, s, sc, c.text); got != c.want || s.Missing != c.missing {
			t.Errorf("%s = %q, missing %v, want %q, %v", c.text, got, s.Missing, c.want, c.missing)
		}
	}
}

func TestUUIDs(t *testing.T) {
	s, sc := stream()
	for text, want := range map[string]string{
		"uuid":    `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
		"uuid(7)": `^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
	} {
		a, _ := eval(t, s, sc, text)
		b, _ := eval(t, s, sc, text)
		if a == b || !regexp.MustCompile(want).MatchString(a) {
			t.Errorf("%s = %s then %s, want two of the form %s", text, a, b, want)
		}
	}
}

// unique is a unique-id-format that counts its uses.
type unique struct{ n int }

func (u *unique) AppendTo(dst []byte, _ *lb.Stream) []byte {
	u.n++
	return append(dst, "id-1"...)
}

// A format may name the identifier that it makes: it is empty there.
func TestUniqueIDInItsOwnFormat(t *testing.T) {
	s := &lb.Stream{Front: &lb.Proxy{UniqueID: nested{}}}
	if got := string(s.UniqueID()); got != "A-B" {
		t.Errorf("identifier %q, want A-B", got)
	}
}

type nested struct{}

func (nested) AppendTo(dst []byte, s *lb.Stream) []byte {
	dst = append(append(dst, "A-"...), s.UniqueID()...)
	return append(dst, 'B')
}

func TestUniqueIDIsMadeOnce(t *testing.T) {
	s, sc := stream()
	if _, ok := eval(t, s, sc, "unique-id"); ok {
		t.Error("unique-id has a value without unique-id-format")
	}
	u := new(unique)
	s.Front.UniqueID = u
	eval(t, s, sc, "unique-id")
	if got, _ := eval(t, s, sc, "unique-id"); got != "id-1" || u.n != 1 {
		t.Errorf("unique-id = %q after %d formats, want id-1 after 1", got, u.n)
	}
}

func TestNothingIsReadFromAStreamThatHasNothing(t *testing.T) {
	s := &lb.Stream{Thread: &lb.Thread{Loop: new(sched.Loop)}}
	_, sc := stream()
	for _, f := range l4fetch.Feature().Fetches {
		if len(f.Args) > 0 && !f.Args[0].Optional || f.Name == "acl" {
			continue
		}
		var v sample.Value
		e, _, err := sample.Parse(f.Name, sc)
		if err != nil {
			t.Errorf("Parse(%s) = %v", f.Name, err)
			continue
		}
		if e.Eval(s, &v) && v.Type == sample.Any {
			t.Errorf("%s has a value without a type", f.Name)
		}
	}
}

func TestBadArgumentsAreRefused(t *testing.T) {
	_, sc := stream()
	for text, want := range map[string]string{
		"bin(012)":                "an even number of hex digit is expected",
		"bin(0g)":                 "an hex digit is expected (found 'g')",
		"bool(maybe)":             "Expects 'true', 'false', '0' or '1'",
		"uuid(5)":                 "Unsupported UUID version",
		"date(0,h)":               "expects",
		"fc_pp_tlv(x)":            "unknown TLV type",
		"req.payload_lv(0,0)":     "payload length must be > 0",
		"req.payload_lv(0,1,-9)":  "payload offset2 too negative",
		"ipv4(::1)":               "failed to parse '::1' as type 'IPv4 address'",
		"srv_conn(b/none)":        "unable to find server 'none' in proxy 'b'",
		"acl(x)":                  "'acl' may only be used in a proxy",
		"rand(x)":                 "failed to parse 'x' as type 'integer'",
		"fe_conn(none)":           "unable to find frontend 'none'",
		"req.payload_lv(0,1,abc)": "payload offset2 is not a number",
	} {
		if _, _, err := sample.Parse(text, sc); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%s) = %v, want %q", text, err, want)
		}
	}
}

func TestUsualFetchesDoNotAllocate(t *testing.T) {
	s, sc := stream()
	dst := make([]byte, 0, 256)
	for _, text := range []string{"src", "dst_port", "fe_name", "be_name", "nbsrv(b)", "be_conn_free(b)", "uuid", "rand", "txn.timer.total", "date"} {
		e, _, err := sample.Parse(text, sc)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() { dst, _ = e.EvalString(s, dst[:0]) }); n != 0 {
			t.Errorf("%s allocates %v times, want 0", text, n)
		}
	}
}
