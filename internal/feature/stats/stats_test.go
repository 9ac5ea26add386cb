package stats

import (
	"encoding/json"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"segue/internal/command"
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/sched/epoll"
)

// farmConf is a frontend, a backend of three servers and a TCP proxy.
func newCall(t testing.TB, level command.Level) *command.Call {
	t.Helper()
	sys, err := epoll.New()
	if err != nil {
		t.Fatal(err)
	}
	p := &lb.Process{State: lb.NewState(), Started: time.Now().UnixNano(), PID: 42}
	th := &lb.Thread{Loop: sched.NewLoop(0, sys), Process: p}
	p.Threads = []*lb.Thread{th}
	m := &conf.Model{}
	m.Global.Defaults()
	g := &lb.Generation{Conf: m, State: p.State, Fronts: map[string]*lb.Proxy{}, Backs: map[string]*lb.Proxy{}}
	add := func(name string, id int, mode conf.Mode, caps conf.Caps) *lb.Proxy {
		px := &lb.Proxy{Name: name, ID: id, Mode: mode, Gen: g, ByName: map[string]*lb.Server{},
			Conf: &conf.Proxy{Name: name, Mode: mode, Caps: caps}}
		if caps&conf.FrontCap != 0 {
			px.Front = p.State.Proxy("f", name)
			g.Fronts[name] = px
		}
		if caps&conf.BackCap != 0 {
			px.Back = p.State.Proxy("b", name)
			g.Backs[name] = px
		}
		g.Proxies = append(g.Proxies, px)
		return px
	}
	fe := add("fe", 2, conf.HTTP, conf.FrontCap)
	fe.MaxConn, fe.Options = 100, conf.OptSocketStats
	fe.Conf.Binds = []*conf.Bind{{Name: "l1", Addr: conf.Addr{Kind: conf.AddrIP, IP: netip.MustParseAddr("127.0.0.1"), Port: 80}}}
	be := add("be", 4, conf.HTTP, conf.BackCap)
	be.Conf.Balance.Algo = "roundrobin"
	be.Conf.Cookie = &conf.Cookie{Name: "SRV"}
	for i, name := range []string{"s1", "s2", "s3"} {
		st, _ := p.State.Server("be", name)
		st.Oper.Store(int32(lb.Running))
		st.Weight.Store(int32(10 * (i + 1)))
		a := netip.MustParseAddrPort("127.0.0.1:8080")
		st.Addr.Store(&a)
		srv := &lb.Server{Name: name, ID: i + 1, Proxy: be, State: st, Conf: &conf.Server{Name: name, ServerWords: new(conf.ServerWords)}}
		srv.Conf.PoolMaxConn = -1
		be.Servers = append(be.Servers, srv)
		be.ByName[name] = srv
	}
	be.Servers[0].Conf.Cookie = "c1"
	be.Servers[1].State.Admin.Store(uint32(lb.ConfMaint))
	be.Servers[2].Conf.Backup = true
	add("tcp", 5, conf.TCP, conf.ListenCap)
	p.Gen.Store(g)
	return &command.Call{Thread: th, Process: p, Level: level, Session: &command.Session{Level: level}, Flush: func(*command.Call) bool { return true }}
}

// run runs a command and returns its answer.
func run(c *command.Call, text string) string {
	table := command.NewTable(commands())
	c.Args, c.Out = strings.Fields(text), nil
	table.Find(c.Args).Run(c)
	return string(c.Out)
}

func reference(t *testing.T, name string) []string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(strings.ReplaceAll(string(b), " ", "_"))
}

func TestColumnsAreTheReference(t *testing.T) {
	header, _, _ := strings.Cut(run(newCall(t, command.Admin), "show stat"), "\n")
	want := "# " + strings.Join(reference(t, "stat-fields.txt"), ",") + ","
	if header != want {
		t.Errorf("header:\n%s\nwant:\n%s", header, want)
	}
}

func TestFactsAreTheReference(t *testing.T) {
	c := newCall(t, command.Admin)
	c.Process.Gen.Load().Conf.Global.Desc = "x"
	var got []string
	for _, l := range strings.Split(strings.TrimSpace(run(c, "show info")), "\n") {
		name, _, _ := strings.Cut(l, ":")
		if name != "description" {
			got = append(got, strings.ReplaceAll(name, " ", "_"))
		}
	}
	want := reference(t, "info-fields.txt")
	if len(got) < len(want) {
		t.Fatalf("got %d fields, want %d", len(got), len(want))
	}
	for _, own := range got[len(want):] { // ours come last
		if !strings.HasPrefix(own, "Segue-") {
			t.Errorf("%s is not in the reference", own)
		}
	}
	got = got[:len(want)]
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// lines maps "proxy,object" to the line's fields by column.
func lines(t *testing.T, csv string) map[string]map[string]string {
	t.Helper()
	rows := strings.Split(strings.TrimSpace(csv), "\n")
	names := strings.Split(strings.TrimPrefix(rows[0], "# "), ",")
	out := map[string]map[string]string{}
	for _, r := range rows[1:] {
		f := strings.Split(r, ",")
		if len(f) != len(names) {
			t.Fatalf("%d fields in %q, want %d", len(f), r, len(names))
		}
		m := map[string]string{}
		for i := range f {
			m[names[i]] = f[i]
		}
		out[f[0]+","+f[1]] = m
	}
	return out
}

func TestValuesByKind(t *testing.T) {
	c := newCall(t, command.Admin)
	g := c.Process.Gen.Load()
	g.Backs["be"].Servers[0].State.HTTPReq.Store(7)
	g.Backs["be"].Servers[0].State.Responses[4].Store(3)
	g.Fronts["fe"].Front.Cur.Store(5)
	got := lines(t, run(c, "show stat"))
	for _, x := range []struct{ line, column, want string }{
		{"fe,FRONTEND", "scur", "5"}, {"fe,FRONTEND", "slim", "100"}, {"fe,FRONTEND", "status", "OPEN"}, {"fe,FRONTEND", "type", "0"},
		{"fe,FRONTEND", "qcur", ""}, {"fe,FRONTEND", "addr", ""}, {"fe,FRONTEND", "hrsp_2xx", "0"}, {"fe,FRONTEND", "-", "-"},
		{"fe,l1", "addr", "127.0.0.1:80"}, {"fe,l1", "proto", "tcpv4"}, {"fe,l1", "type", "3"}, {"fe,l1", "rate", ""}, {"fe,l1", "slim", "0"},
		{"be,s1", "weight", "10"}, {"be,s1", "act", "1"}, {"be,s1", "bck", "0"}, {"be,s1", "cookie", "c1"}, {"be,s1", "req_tot", "7"},
		{"be,s1", "hrsp_4xx", "3"}, {"be,s1", "status", "no check"}, {"be,s1", "slim", ""}, {"be,s1", "lastsess", "-1"},
		{"be,s1", "check_status", ""}, {"be,s1", "downtime", ""}, {"be,s1", "type", "2"}, {"be,s1", "sid", "1"}, {"be,s1", "iid", "4"},
		{"be,s2", "status", "MAINT"}, {"be,s3", "bck", "1"},
		{"be,BACKEND", "status", "UP"}, {"be,BACKEND", "weight", "10"}, {"be,BACKEND", "act", "1"}, {"be,BACKEND", "bck", "1"},
		{"be,BACKEND", "algo", "roundrobin"}, {"be,BACKEND", "cookie", "SRV"}, {"be,BACKEND", "downtime", "0"}, {"be,BACKEND", "type", "1"},
		{"tcp,FRONTEND", "hrsp_2xx", ""}, {"tcp,FRONTEND", "intercepted", ""}, {"tcp,FRONTEND", "mode", "tcp"},
		{"tcp,BACKEND", "status", "UP"}, {"tcp,BACKEND", "downtime", ""}, {"tcp,BACKEND", "algo", "unknown"}, {"tcp,BACKEND", "req_tot", ""},
	} {
		if v, ok := got[x.line][x.column]; !ok || v != x.want {
			t.Errorf("%s %s is %q, want %q", x.line, x.column, v, x.want)
		}
	}
}

func TestLegendsNeedALevel(t *testing.T) {
	got := lines(t, run(newCall(t, command.User), "show stat"))
	for _, col := range []string{"addr", "cookie"} {
		if v := got["be,s1"][col]; v != "" {
			t.Errorf("a user sees %s %q", col, v)
		}
	}
}

func TestServerStates(t *testing.T) {
	c := newCall(t, command.Admin)
	be := c.Process.Gen.Load().Backs["be"]
	srv := be.Servers[0]
	for _, x := range []struct {
		oper  lb.Oper
		admin lb.Admin
		want  string
	}{
		{lb.Running, 0, "no check"}, {lb.Running, lb.ForcedDrain, "DRAIN"}, {lb.Stopping, 0, "NOLB"}, {lb.Stopped, 0, "DOWN"},
		{lb.Running, lb.ForcedMaint, "MAINT"}, {lb.Stopped, lb.ResolveMaint, "MAINT (resolution)"},
	} {
		srv.State.Oper.Store(int32(x.oper))
		srv.State.Admin.Store(uint32(x.admin))
		if got := lines(t, run(c, "show stat"))["be,s1"]["status"]; got != x.want {
			t.Errorf("oper %d admin %d is %q, want %q", x.oper, x.admin, got, x.want)
		}
	}
	srv.Track = be.Servers[1]
	srv.State.Admin.Store(uint32(lb.InheritedMaint))
	if got := lines(t, run(c, "show stat"))["be,s1"]["status"]; got != "MAINT (via be/s2)" {
		t.Errorf("a tracking server is %q", got)
	}
	srv.State.Admin.Store(uint32(lb.ForcedMaint))
	be.Servers[2].State.Oper.Store(int32(lb.Stopped))
	if got := lines(t, run(c, "show stat"))["be,BACKEND"]["status"]; got != "DOWN" {
		t.Errorf("a backend without servers is %q", got)
	}
}

// TestThrottle: percentages that HAProxy 3.4 shows during a slow start.
func TestThrottle(t *testing.T) {
	c := newCall(t, command.Admin)
	st := c.Process.Gen.Load().Backs["be"].Servers[0].State
	st.Oper.Store(int32(lb.Starting))
	for _, x := range []struct {
		weight, ramp int32
		want         string
	}{
		{1, 1, "7"}, {1, 2, "13"}, {1, 16, "100"}, {3, 1, "6"}, {3, 7, "44"}, {10, 3, "18"}, {10, 9, "56"}, {256, 15, "93"}, {0, 1, ""},
	} {
		st.Weight.Store(x.weight)
		st.Ramp.Store(x.ramp)
		if got := lines(t, run(c, "show stat"))["be,s1"]["throttle"]; got != x.want {
			t.Errorf("weight %d, %d/16 of it: throttle %q, want %q", x.weight, x.ramp, got, x.want)
		}
	}
}

func TestChoiceOfLines(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{"show stat be 4 -1", "be,s1 be,s2 be,s3"},
		{"show stat be 4 2", "be,s2"},
		{"show stat 4 2 -1", "be,BACKEND"},
		{"show stat -1 1 -1", "fe,FRONTEND tcp,FRONTEND"},
		{"show stat be 8 -1", ""},
		{"show stat 99 15 -1", ""},
		{"show stat no-maint", "fe,FRONTEND fe,l1 be,s1 be,s3 be,BACKEND tcp,FRONTEND tcp,BACKEND"},
	} {
		out := run(newCall(t, command.Admin), x.text)
		var got []string
		for _, l := range strings.Split(strings.TrimSpace(out), "\n")[1:] {
			f := strings.SplitN(l, ",", 3)
			got = append(got, f[0]+","+f[1])
		}
		if strings.Join(got, " ") != x.want {
			t.Errorf("%s: %q, want %q", x.text, got, x.want)
		}
	}
	if got := run(newCall(t, command.Admin), "show stat nope 4 -1"); got != "No such proxy.\n" {
		t.Errorf("unknown proxy: %q", got)
	}
	if got := run(newCall(t, command.Admin), "show stat domain x"); got != "Invalid statistics domain.\n" {
		t.Errorf("unknown domain: %q", got)
	}
}

func TestTyped(t *testing.T) {
	got := run(newCall(t, command.Admin), "show stat be 4 1 typed")
	for _, want := range []string{"S.4.1.0.pxname.1:KNSV:str:be\n", "S.4.1.18.weight.1:MaPV:u32:10\n", "S.4.1.55.lastsess.1:MAPP:s32:-1\n", "S.4.1.118.ssl_sess.1:MCPV:u64:0\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if got := run(newCall(t, command.Admin), "show info typed"); !strings.HasPrefix(got, "0.Name.1:POSV:str:HAProxy\n1.Version.1:POSV:str:3.4.0\n") {
		t.Errorf("show info typed: %.120q", got)
	}
	if got := run(newCall(t, command.Admin), "show info typed desc"); !strings.HasPrefix(got, "0.Name.1:POSV:str:HAProxy:\"") {
		t.Errorf("show info typed desc: %.120q", got)
	}
}

// Times and rates are floats when these are wanted, whole ones without a point.
func TestInfoInFloats(t *testing.T) {
	got := run(newCall(t, command.Admin), "show info typed float")
	for _, want := range []string{"\n8.Uptime_sec.1:MDPV:flt:", "\n26.ConnRate.1:MRPV:flt:0\n", "\n35.SslFrontendKeyRate.1:MRPV:flt:0\n", "\n9.Memmax_MB.1:CLPV:u32:0\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if got := run(newCall(t, command.Admin), "show info typed"); !strings.Contains(got, "\n35.SslFrontendKeyRate.1:MGPV:u32:0\n") {
		t.Errorf("without floats:\n%s", got)
	}
}

func TestJSONIsValid(t *testing.T) {
	c := newCall(t, command.Admin)
	c.Process.Gen.Load().Conf.Global.Desc = "a \"quoted\" \\ text\x01"
	for _, cmd := range []string{"show stat json", "show info json", "show info json float", "show schema json", "show stat 99 1 -1 json"} {
		var v any
		if err := json.Unmarshal([]byte(run(c, cmd)), &v); err != nil {
			t.Errorf("%s: %v", cmd, err)
		}
	}
	var rows [][]struct {
		ObjType string
		Field   struct{ Name string }
		Value   struct{ Value any }
	}
	if err := json.Unmarshal([]byte(run(c, "show stat be 4 1 json")), &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1 || rows[0][0].ObjType != "Server" || rows[0][0].Field.Name != "pxname" || rows[0][0].Value.Value != "be" {
		t.Errorf("got %+v", rows)
	}
}

func TestClearCounters(t *testing.T) {
	c := newCall(t, command.Admin)
	n := &c.Process.Gen.Load().Fronts["fe"].Front.Counters
	n.Cur.Store(3)
	n.CurMax.Store(9)
	n.CumSess.Store(50)
	n.Responses[2].Store(4)
	run(c, "clear counters")
	if n.CurMax.Load() != 3 || n.CumSess.Load() != 50 {
		t.Errorf("clear counters left %d, %d", n.CurMax.Load(), n.CumSess.Load())
	}
	run(c, "clear counters all")
	if n.CumSess.Load() != 0 || n.Responses[2].Load() != 0 || n.Cur.Load() != 3 {
		t.Error("clear counters all left something, or took what is current")
	}
	c.Level = command.Operator
	if got := run(c, "clear counters all"); got != "Permission denied\n" {
		t.Errorf("an operator is answered %q", got)
	}
}

func TestCSVQuotes(t *testing.T) {
	for in, want := range map[string]string{"a": "a", "a,b": `"a,b"`, `a"b`: `"a""b"`, "": ""} {
		if got := string(appendCSV(nil, in)); got != want {
			t.Errorf("appendCSV(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestColumnsAreDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range columns() {
		if c.text == "" || len(c.tag) != 4 || (c.num == nil) == (c.str == nil) || seen[c.name] {
			t.Errorf("column %q is not complete", c.name)
		}
		seen[c.name] = true
	}
	for _, f := range facts() {
		if f.text == "" || len(f.tag) != 4 || (f.num == nil) == (f.str == nil) {
			t.Errorf("fact %q is not complete", f.name)
		}
	}
	for i := range pageCells {
		if pageCells[i].col == nil {
			t.Errorf("%s %s shows no column", pageCells[i].group, pageCells[i].title)
		}
	}
}
