package stats

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"segue/internal/command"
	"segue/internal/conf"
	"segue/internal/health"
	"segue/internal/lb"
)

// newPage is the page of "stats uri /s" with more settings, above newCall's
// proxies.
func newPage(t testing.TB, set func(c *conf.Stats)) (*Page, *lb.Thread) {
	t.Helper()
	th := newCall(t, command.Admin).Thread
	c := &conf.Stats{URI: "/s", HideVersion: true}
	if set != nil {
		set(c)
	}
	return &Page{px: th.Process.Gen.Load().Fronts["fe"], conf: c, uri: []byte(c.URI)}, th
}

// text is the page for a request of the URI followed by tail.
func (p *Page) text(th *lb.Thread, tail string, admin bool) string {
	var b []byte
	w := p.words([]byte(p.conf.URI + tail))
	p.page(th, &b, &w, &filter{up: w.up, noMaint: w.noMaint, legends: p.conf.ShowLegends, scope: p.scope(w.scope)}, admin, func() bool { return true })
	return string(b)
}

// find returns the elements below n that are called name.
func find(n *html.Node, name string) (all []*html.Node) {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && c.Data == name {
			all = append(all, c)
		}
	}
	return all
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func content(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

func parse(t testing.TB, text string) *html.Node {
	t.Helper()
	if err := wellFormed(text); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	n, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// cellsOf are the texts of a row's cells by the titles of their columns, "Queue
// Cur" and so on; "" is the name.
func cellsOf(t *testing.T, row *html.Node, admin bool) map[string]*html.Node {
	t.Helper()
	tds := find(row, "td")
	if admin {
		tds = tds[1:]
	}
	found, at := map[string]*html.Node{"": tds[0]}, 0
	for _, td := range tds[1:] {
		if at < len(pageCells) {
			found[pageCells[at].group+" "+pageCells[at].title] = td
		}
		n := 1
		fmt.Sscan(attr(td, "colspan"), &n)
		at += n
	}
	if at != len(pageCells) {
		t.Errorf("%d columns in the row %q, want %d", at, content(row), len(pageCells))
	}
	return found
}

// The columns are where HAProxy 3.4 has them: compared with its page.
func TestPageColumns(t *testing.T) {
	want := `Queue 3 Session rate 3 Sessions 6 Bytes 2 Denied 2 Errors 3 Warnings 2 Server 9 Cur Max Limit Cur Max Limit Cur Max Limit Total LbTot Last
		In Out Req Resp Req Conn Resp Retr Redis Status LastChk Wght Act Bck Chk Dwn Dwntme Thrtle`
	p, th := newPage(t, nil)
	var got []string
	for _, h := range find(find(parse(t, p.text(th, "", false)), "table")[0], "th")[1:] {
		got = append(got, content(h))
		if n := attr(h, "colspan"); n != "" {
			got = append(got, n)
		}
	}
	if s := strings.Join(got, " "); s != strings.Join(strings.Fields(want), " ") {
		t.Errorf("columns %s", s)
	}
}

func TestPageRowsFillTheirTables(t *testing.T) {
	for _, admin := range []bool{false, true} {
		p, th := newPage(t, func(c *conf.Stats) { c.ShowLegends = true })
		rows := 0
		for _, tr := range find(parse(t, p.text(th, "", admin)), "tr") {
			if len(find(tr, "td")) > 0 {
				cellsOf(t, tr, admin)
				rows++
			}
		}
		if rows != 8 {
			t.Errorf("%d rows, want 8", rows)
		}
	}
}

// TestPageServerStates: what a row of a server says and how it is coloured.
// States, texts and classes were compared with HAProxy 3.4.0.
func TestPageServerStates(t *testing.T) {
	check := func(status health.Status, code, n int) health.View {
		return health.View{Configured: true, Enabled: true, Status: status, Code: code, Duration: 11, Health: n, Rise: 2, Fall: 3, Desc: "de<tail", Fails: 7}
	}
	agentDown := health.View{Configured: true, Enabled: true, Agent: true, Status: health.L7Status, Rise: 1, Fall: 1, Duration: 2, Desc: "via agent : down"}
	for _, c := range []struct {
		name         string
		oper         lb.Oper
		admin        lb.Admin
		check, agent health.View
		set          func(s *lb.Server)
		class        string
		want         string // Status | LastChk | Wght | Act | Bck | Chk | Thrtle
		tip          string // part of what LastChk says
	}{
		{name: "checked and up", oper: lb.Running, check: check(health.L7OK, 200, 4), class: "active_up", want: "5s UP|L7OK/200 in 11ms|10/10|Y|-|7|-", tip: "Layer7 check passed\nDetails: de<tail"},
		{name: "a check runs", oper: lb.Running, check: func() health.View { v := check(health.L4OK, 0, 4); v.Running = true; return v }(), class: "active_up", want: "5s UP|* L4OK in 11ms|10/10|Y|-|7|-"},
		{name: "not checked is not up", oper: lb.Running, class: "active_no_check", want: "no check||10/10|Y|-||-"},
		{name: "going down", oper: lb.Running, check: check(health.L4Timeout, 0, 3), class: "active_going_down", want: "5s UP 2/3 ↓|L4TOUT in 11ms|10/10|Y|-|7|-"},
		{name: "going up", oper: lb.Stopped, check: check(health.L7OK, 200, 1), class: "active_going_up", want: "5s DOWN 1/2 ↑|L7OK/200 in 11ms|10/10|Y|-|7|-"},
		{name: "down", oper: lb.Stopped, check: check(health.L7Status, 503, 0), class: "active_down", want: "5s DOWN|L7STS/503 in 11ms|10/10|Y|-|7|-"},
		{name: "backup up", oper: lb.Running, check: check(health.L4OK, 0, 4), set: func(s *lb.Server) { s.Conf.Backup = true }, class: "backup_up", want: "5s UP|L4OK in 11ms|10/10|-|Y|7|-"},
		{name: "backup down", oper: lb.Stopped, check: check(health.L4Conn, 0, 0), set: func(s *lb.Server) { s.Conf.Backup = true }, class: "backup_down", want: "5s DOWN|L4CON in 11ms|10/10|-|Y|7|-"},
		{name: "maintenance", oper: lb.Stopped, admin: lb.ForcedMaint, check: func() health.View { v := check(health.L4OK, 0, 4); v.Paused = true; return v }(), class: "maintain", want: "5s MAINT||10/10|Y|-|7|-"},
		{name: "no address", oper: lb.Stopped, admin: lb.ResolveMaint, class: "maintain", want: "5s MAINT (resolution)||10/10|Y|-||-"},
		{name: "drain", oper: lb.Running, admin: lb.ForcedDrain, check: check(health.L4OK, 0, 4), class: "active_draining", want: "5s DRAIN|L4OK in 11ms|10/10|Y|-|7|-"},
		{name: "weight 0", oper: lb.Running, check: check(health.L4OK, 0, 4), set: func(s *lb.Server) { s.State.Weight.Store(0) }, class: "active_draining", want: "5s UP|L4OK in 11ms|0/0|Y|-|7|-"},
		{name: "persistent sessions only", oper: lb.Stopping, check: check(health.L7OKCond, 404, 4), class: "active_nolb", want: "5s NOLB|L7OKC/404 in 11ms|10/10|Y|-|7|-"},
		{name: "the agent says down", oper: lb.Stopped, check: check(health.L4OK, 0, 4), agent: agentDown, class: "active_down", want: "5s DOWN (agent)|L7STS/0 in 2ms|10/10|Y|-|7|-", tip: "It said: via agent : down"},
		{name: "traffic is watched", oper: lb.Running, check: check(health.L4OK, 0, 4), set: func(s *lb.Server) { s.Conf.Observe = "layer7" }, class: "active_up", want: "5s UP|L4OK in 11ms|10/10|Y|-|7/0|-"},
		{name: "slow start", oper: lb.Starting, check: check(health.L4OK, 0, 4), set: func(s *lb.Server) { s.State.Ramp.Store(3) }, class: "active_up", want: "5s UP|L4OK in 11ms|2/10|Y|-|7|18 %"},
		{name: "follows another", oper: lb.Stopped, admin: lb.InheritedMaint, set: func(s *lb.Server) { s.Track = s.Proxy.Servers[1] }, class: "maintain", want: "5s MAINT||10/10|Y|-|via be/s2|-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, th := newPage(t, nil)
			srv := th.Process.Gen.Load().Backs["be"].Servers[0]
			srv.State.Oper.Store(int32(c.oper))
			srv.State.Admin.Store(uint32(c.admin))
			if c.set != nil {
				c.set(srv)
			}
			l := &line{kind: Server, px: srv.Proxy, srv: srv, c: &srv.State.Counters, wall: 1005, started: 1000, check: c.check, agent: c.agent}
			tr := find(parse(t, "<table>"+string(p.row(nil, l, false))+"</table>"), "tr")[0]
			if got := attr(tr, "class"); got != c.class {
				t.Errorf("class %s, want %s", got, c.class)
			}
			cells, got := cellsOf(t, tr, false), []string{}
			for _, name := range strings.Split("Status LastChk Wght Act Bck Chk Thrtle", " ") {
				got = append(got, content(cells["Server "+name]))
			}
			if s := strings.Join(got, "|"); s != c.want {
				t.Errorf("cells %s, want %s", s, c.want)
			}
			if s := titleIn(cells["Server LastChk"]); !strings.Contains(s, c.tip) {
				t.Errorf("LastChk says %q, want %q", s, c.tip)
			}
		})
	}
}

// titleIn is what shows when the cell's content is pointed at.
func titleIn(td *html.Node) string {
	for _, s := range find(td, "span") {
		return attr(s, "title")
	}
	return ""
}

// TestPageNumbers: what stands in the cells of each kind of object, and what
// they say when pointed at.
func TestPageNumbers(t *testing.T) {
	p, th := newPage(t, func(c *conf.Stats) { c.ShowLegends = true })
	g := th.Process.Gen.Load()
	fe, be := g.Fronts["fe"], g.Backs["be"]
	fe.Conf.RateLimit = 500
	fe.Front.CumSess.Store(1234567)
	be.FullConn = 50
	srv := be.Servers[0]
	srv.MaxConn.Store(7)
	srv.Conf.MaxQueue = 5
	srv.State.HTTPReq.Store(8)
	srv.State.Responses[4].Store(2)
	srv.State.CliAborts.Store(3)
	rows := map[string]map[string]*html.Node{}
	doc := parse(t, p.text(th, "", false))
	for _, tr := range find(doc, "tr") {
		if len(find(tr, "td")) > 0 {
			cells := cellsOf(t, tr, false)
			rows[attr(find(cells[""], "a")[0], "id")] = cells
		}
	}
	for _, c := range []struct{ row, cell, text, tip string }{
		{"fe/Frontend", "Session rate Limit", "500", ""},
		{"fe/Frontend", "Sessions Limit", "100", ""},
		{"fe/Frontend", "Sessions Total", "1234567", "Sessions so far: 1234567\n"},
		{"fe/Frontend", "Session rate Cur", "0", "Requests in the last second: 0"},
		{"fe/Frontend", "Server Status", "OPEN", ""},
		{"fe/l1", "", "l1", "IPv4: 127.0.0.1:80, proto=tcpv4, id: 1"},
		{"fe/l1", "Sessions Limit", "0", ""},
		{"be/s1", "", "s1", "IPv4: 127.0.0.1:8080, id: 1, cookie: 'c1'"},
		{"be/s1", "Queue Limit", "5", ""},
		{"be/s1", "Sessions Limit", "7", ""},
		{"be/s2", "Queue Limit", "-", ""},
		{"be/s2", "Sessions Limit", "-", ""},
		{"be/s1", "Sessions Last", "?", ""},
		{"be/s1", "Sessions Total", "0", "Responses with status 400 to 499: 2 (25%)\n"},
		{"be/s1", "Errors Resp", "0", "Transfers that the client ended early: 3\n"},
		{"be/Backend", "", "Backend", "balancing: roundrobin, cookie: 'SRV'"},
		{"be/Backend", "Sessions Limit", "50", ""},
		{"be/Backend", "Server Wght", "10/10", ""},
		{"be/Backend", "Server Act", "1", ""},
		{"be/Backend", "Server Bck", "1", ""},
		{"tcp/Frontend", "Session rate Limit", "-", ""},
		{"tcp/Backend", "Server Dwntme", "", ""},
	} {
		td := rows[c.row][c.cell]
		if td == nil {
			t.Errorf("%s has no cell %q", c.row, c.cell)
			continue
		}
		if got := content(td); got != c.text {
			t.Errorf("%s %s is %q, want %q", c.row, c.cell, got, c.text)
		}
		if got := titleIn(td); !strings.Contains(got, c.tip) {
			t.Errorf("%s %s says %q, want %q", c.row, c.cell, got, c.tip)
		}
	}
	if got := titleIn(find(doc, "h3")[0]); got != "cap: frontend, mode: http, id: 2" {
		t.Errorf("the frontend is %q", got)
	}
}

// TestPageHead: what each setting shows above the tables and beside names.
func TestPageHead(t *testing.T) {
	for _, c := range []struct {
		name          string
		set           func(c *conf.Stats)
		title, h1, h2 string
	}{
		{"plain", nil, "Statistics Report for HAProxy", "Segue", "Statistics Report for pid 42"},
		{"version", func(c *conf.Stats) { c.HideVersion = false }, "Statistics Report for HAProxy", "Segue speaks HAProxy version 3.4.0, released 2026/06/03", "Statistics Report for pid 42"},
		{"node", func(c *conf.Stats) { c.ShowNode = true }, "Statistics Report for HAProxy on n<1", "Segue", "Statistics Report for pid 42 on n<1"},
		{"node and description of its own", func(c *conf.Stats) { c.ShowNode, c.NodeName, c.ShowDesc, c.Desc = true, "eu", true, "a & b" },
			"Statistics Report for HAProxy on eu", "Segue", "Statistics Report for pid 42 on eu: a & b"},
		{"description of the process", func(c *conf.Stats) { c.ShowDesc = true }, "Statistics Report for HAProxy", "Segue", "Statistics Report for pid 42: glob \"al\""},
	} {
		p, th := newPage(t, c.set)
		g := &th.Process.Gen.Load().Conf.Global
		g.Node, g.Desc = "n<1", "glob \"al\""
		doc := parse(t, p.text(th, "", false))
		for tag, want := range map[string]string{"title": c.title, "h1": c.h1, "h2": c.h2} {
			if got := content(find(doc, tag)[0]); got != want {
				t.Errorf("%s: <%s> %q, want %q", c.name, tag, got, want)
			}
		}
		if len(find(doc, "li")) != len(legend)+6-1 { // scope, up, now, CSV, JSON
			t.Errorf("%s: %d items in the legend and the options", c.name, len(find(doc, "li")))
		}
	}
}

func TestPageProcess(t *testing.T) {
	p, th := newPage(t, nil)
	th.Process.Conns.Store(12)
	th.Process.Pipes.Max.Store(34)
	th.Process.Started = time.Now().Add(-25*time.Hour - 30*time.Second).UnixNano()
	text := content(find(parse(t, p.text(th, "", false)), "dl")[0])
	for _, want := range []string{"pid =42 (process #1, nbproc = 1, nbthread = 1)", "uptime =1d 1h00m", "memmax = unlimited; ulimit-n = ", "maxpipes = 34",
		"current conns =12; current pipes = 0/0; conn rate = 0/sec; bit rate = 0.000 bps", "idle = "} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %q", want, text)
		}
	}
}

// TestPageLinks: links keep what was chosen, as on HAProxy's page.
func TestPageLinks(t *testing.T) {
	for _, c := range []struct {
		uri, tail string
		refresh   time.Duration
		want      string
	}{
		{"/s", "", 0, "/s;up /s /s;csv /s;json /s;json-schema"},
		{"/s", "", time.Minute, "/s;up /s;norefresh /s /s;csv;norefresh /s;json;norefresh /s;json-schema"},
		{"/s", ";norefresh", time.Minute, "/s;up;norefresh /s /s;norefresh /s;csv;norefresh /s;json;norefresh /s;json-schema"},
		{"/s", ";up;norefresh?scope=B", time.Minute, "/s;norefresh?scope=B /s;up?scope=B /s;up;norefresh?scope=B /s;csv;norefresh?scope=B /s;json;norefresh?scope=B /s;json-schema"},
		{"/s", ";st=PART;up?scope=a%26b", 0, "/s;up?scope=a%26b /s?scope=a%26b /s;up?scope=a%26b /s;csv?scope=a%26b /s;json?scope=a%26b /s;json-schema"},
		{"/s?x", ";up", 0, "/s?x /s?x;up /s?x;csv /s?x;json /s?x;json-schema"},
	} {
		p, th := newPage(t, func(s *conf.Stats) { s.URI, s.Refresh = c.uri, c.refresh })
		var got []string
		for _, a := range find(parse(t, p.text(th, c.tail, false)), "a") {
			if to := attr(a, "href"); strings.HasPrefix(to, "/") {
				got = append(got, to)
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s%s links to %s, want %s", c.uri, c.tail, s, c.want)
		}
	}
}

// TestPageScope: sending the filter's form leads to the page that it filters,
// also where the page's address has a query. Case does not matter.
func TestPageScope(t *testing.T) {
	for _, uri := range []string{"/s", "/haproxy?stats", "/s?a=1&b=2", "/s?a=1&b"} {
		p, th := newPage(t, func(c *conf.Stats) { c.URI = uri })
		form := find(parse(t, p.text(th, ";up?scope=old", false)), "form")[0]
		query := url.Values{}
		var pairs []string
		for _, in := range find(form, "input") {
			v := attr(in, "value")
			if attr(in, "name") == "scope" {
				if v != "old" {
					t.Errorf("%s: the box says %q", uri, v)
				}
				v = "BE:"
			}
			query.Set(attr(in, "name"), v)
			pairs = append(pairs, url.QueryEscape(attr(in, "name"))+"="+url.QueryEscape(v))
		}
		sent := attr(form, "action") + "?" + strings.Join(pairs, "&")
		if !strings.HasPrefix(sent, uri) {
			t.Errorf("the form of %s leads to %s", uri, sent)
			continue
		}
		if w := p.words([]byte(sent)); w.scope != "BE:" || !strings.Contains(uri, "?") && !w.up {
			t.Errorf("%s reads as %+v", sent, w)
		}
	}
	p, th := newPage(t, func(c *conf.Stats) { c.URI = "/s?a&b" })
	if n := len(find(parse(t, p.text(th, "", false)), "form")); n != 0 {
		t.Errorf("a form that would lose the page's query")
	}
	if doc := parse(t, p.text(th, "?scope=BE", false)); len(find(doc, "h3")) != 1 || content(find(doc, "h3")[0]) != "be" {
		t.Errorf("scope BE shows %d proxies", len(find(doc, "h3")))
	}
}

// TestPageForm: who may change servers gets a box for each, one for all, and the
// actions that post knows.
func TestPageForm(t *testing.T) {
	p, th := newPage(t, nil)
	if doc := parse(t, p.text(th, "", false)); len(find(doc, "select")) != 0 || len(find(doc, "input")) != 1 {
		t.Error("a reader gets controls")
	}
	doc := parse(t, p.text(th, "", true))
	var form *html.Node
	for _, f := range find(doc, "form") {
		if attr(f, "method") == "post" {
			if form != nil {
				t.Error("a backend without servers has a form")
			}
			form = f
		}
	}
	var boxes []string
	for _, in := range find(form, "input") {
		boxes = append(boxes, attr(in, "type")+" "+attr(in, "name")+"="+attr(in, "value"))
	}
	if got, want := strings.Join(boxes, ", "), "checkbox =, checkbox s=s1, checkbox s=s2, checkbox s=s3, hidden b=be, submit =Apply"; got != want {
		t.Errorf("inputs %s, want %s", got, want)
	}
	known := map[string]bool{"enable": true, "disable": true} // not in HAProxy's menu either
	for _, o := range find(form, "option")[1:] {
		v := attr(o, "value")
		if actions[v] == nil || content(o) == "" {
			t.Errorf("action %q does nothing", v)
		}
		known[v] = true
	}
	for name := range actions {
		if !known[name] {
			t.Errorf("action %q is not offered", name)
		}
	}
}

func TestPageTellsWhatCameOfAnAction(t *testing.T) {
	p, th := newPage(t, nil)
	for _, c := range []struct{ code, class string }{
		{"DONE", "active_up"}, {"PART", "active_going_down"}, {"NONE", "active_no_check"}, {"ERRP", "active_down"}, {"EXCD", "active_down"},
		{"DENY", "active_down"}, {"UNKN", "active_no_check"}, {"<b>", "active_no_check"},
	} {
		ps := find(parse(t, p.text(th, ";st="+c.code+";up", false)), "p")
		if len(ps) != 1 || attr(ps[0], "class") != "note "+c.class || attr(find(ps[0], "a")[0], "href") != "/s;up" {
			t.Errorf("%s shows %d notes", c.code, len(ps))
		}
	}
	if n := len(find(parse(t, p.text(th, "", false)), "p")); n != 0 {
		t.Errorf("%d notes of nothing", n)
	}
}

func TestPageChoosesServers(t *testing.T) {
	p, th := newPage(t, nil)
	th.Process.Gen.Load().Backs["be"].Servers[0].State.Oper.Store(int32(lb.Stopped))
	for tail, want := range map[string]string{
		"":          "fe/Frontend fe/l1 be/s1 be/s2 be/s3 be/Backend tcp/Frontend tcp/Backend",
		";up":       "fe/Frontend fe/l1 be/s3 be/Backend tcp/Frontend tcp/Backend",
		";no-maint": "fe/Frontend fe/l1 be/s1 be/s3 be/Backend tcp/Frontend tcp/Backend",
		"?scope=zz": "",
	} {
		var got []string
		for _, a := range find(parse(t, p.text(th, tail, false)), "a") {
			if id := attr(a, "id"); id != "" {
				got = append(got, id)
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q shows %s, want %s", tail, s, want)
		}
	}
}

func TestPageModules(t *testing.T) {
	p, th := newPage(t, func(c *conf.Stats) { c.ShowModules = true })
	tables := find(parse(t, p.text(th, "", false)), "table")
	for _, tr := range find(tables[1], "tr")[2:] {
		tds := find(tr, "td")
		var got []string
		for _, td := range tds[len(tds)-3:] {
			got = append(got, content(td))
		}
		want := "ssl||"
		if attr(tr, "class") == "backend" {
			want = "ssl|h2|h1"
		}
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("modules %s, want %s", s, want)
		}
	}
}

// TestPageIsBounded: a page of 3000 backends of 4 servers never holds more than
// a piece and a row.
func TestPageIsBounded(t *testing.T) {
	p, th := newPage(t, func(c *conf.Stats) { c.ShowLegends, c.ShowModules = true, true })
	g := th.Process.Gen.Load()
	be := g.Backs["be"]
	be.Servers = append(be.Servers, be.Servers[0])
	for range 2999 {
		g.Proxies = append(g.Proxies, be)
	}
	var b []byte
	most, total := 0, 0
	p.page(th, &b, &words{}, &filter{legends: true}, true, func() bool {
		most = max(most, len(b))
		if len(b) >= pieceSize {
			total += len(b)
			b = b[:0]
		}
		return true
	})
	if most > 2*pieceSize || total < 3000*5*500 {
		t.Errorf("%d bytes at once, %d in all", most, total)
	}
	calls := 0
	p.page(th, &b, &words{}, &filter{}, true, func() bool { calls++; return calls < 2 })
	if calls != 2 {
		t.Errorf("%d rows for a client that is gone", calls)
	}
}
