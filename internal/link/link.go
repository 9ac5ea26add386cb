package link

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"segue/internal/balance"
	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/health"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/pattern"
	"segue/internal/process/privs"
	"segue/internal/queue"
	"segue/internal/rule"
	"segue/internal/sockopt"
	"segue/internal/wire/proxyproto"
)

// linker builds one generation.
type linker struct {
	m       *conf.Model
	gen     *lb.Generation
	prev    *lb.Generation
	draft   *lb.State // the view of the process's state that Activate commits
	ix      *catalog.Index
	d       *diag.List
	sinks   *sinks
	open    func(name string) ([]byte, error) // reads the files that lines name
	spaces  map[string]int                    // namespaces that are open already
	ask     conf.Lookup                       // resolves host names
	files   *pattern.Refs
	actions *rule.Table
	binds   []*lb.Bind
	adopt   []func() // what changes state of identities that exist: at activation
	nextID  int
	taken   map[int]bool        // ids that proxies ask for
	fresh   map[*lb.Server]bool // servers that this process has no state of
	wrong   map[*cfg.Line]bool  // formats that were reported
	states  stateFiles
	checks  *health.Common
	check   *checker // nil: the generation is to run
	lenient bool     // -dr: names that do not resolve are no error
}

// Input is what Link needs beside the model.
type Input struct {
	State *lb.State
	Prev  *lb.Generation // nil at the start
	Index *catalog.Index
	Diag  *diag.List
	Tag   string // of log lines, where log-tag is not given
	// Check: the result only says what the configuration needs, and cannot run.
	Check bool
	Files *pattern.Refs // of Prev
	// Checks are those of the generation before, nil for none.
	Checks *health.Common
	// Lenient is -dr: a server whose name does not resolve starts without an
	// address. IPv4Only is -4.
	Lenient, IPv4Only bool
	Open              func(name string) ([]byte, error) // reads the files that lines name; nil = cfg.ReadFile
	// Namespaces are descriptors by name, of those that are open already; "" is
	// the process's own.
	Namespaces map[string]int
	Lookup     conf.Lookup // nil = conf.SystemLookup
	// Added are the servers that commands have added to the process before.
	Added []added
}

func (in *Input) resolver() conf.Lookup {
	if in.Lookup != nil {
		return in.Lookup
	}
	return conf.SystemLookup
}

func (in *Input) read() func(string) ([]byte, error) {
	if in.Open != nil {
		return in.Open
	}
	return cfg.ReadFile
}

// Result is a generation that is not published yet.
type Result struct {
	Model  *conf.Model
	adopt  []func()
	Files  *pattern.Refs
	Checks *health.Common
	Gen    *lb.Generation
	Binds  []*lb.Bind // that need a listener
	sinks  *sinks
	draft  *lb.State
	seen   map[*lb.Server]seen

	global []lb.LogTarget // of the global section
	need   privs.Need
	quiet  bool   // -q or "quiet": only errors are printed
	said   string // what was printed when the configuration was read
	// lost finds what of the run time the configuration overrides: notices. Both
	// are publish's.
	lost    func() []string
	notices []string
}

// Link builds the generation of m. Errors are in in.Diag; the result is only
// usable when there are none.
func Link(m *conf.Model, in Input) *Result {
	l := &linker{nextID: firstID, m: m, draft: in.State.Draft(), prev: in.Prev, ix: in.Index, d: in.Diag}
	// Words compile against the draft: what they name for the first time must not
	// be there when the configuration fails.
	l.gen = &lb.Generation{Conf: m, State: l.draft, Fronts: map[string]*lb.Proxy{}, Backs: map[string]*lb.Proxy{}, Num: 1, TLVs: new(proxyproto.TypeSet)}
	l.gen.TLVs.Add(proxyproto.TypeAuthority) // for proxy-v2-options
	if in.Prev != nil {
		l.gen.Num = in.Prev.Num + 1
	}
	if l.lenient = in.Lenient; in.Check {
		l.check = new(checker)
	}
	if in.IPv4Only {
		m.Global.DNSFamilies = "ipv4"
	}
	l.open, l.spaces, l.ask = in.read(), in.Namespaces, in.resolver()
	l.fresh, l.states.read = map[*lb.Server]bool{}, l.open
	l.actions, l.checks = actions(in.Index), health.NewCommon(in.Checks)
	l.files = pattern.NewRefs(l.open, in.Files)
	l.files.Brief = in.Check
	l.sinks = newSinks(in.Tag, &m.Global, l.ask)
	l.sinks.outlet = l.outlet
	for _, c := range m.Proxies {
		l.proxy(c)
	}
	l.statsSockets()
	for _, px := range l.gen.Proxies {
		l.servers(px)
		l.loadState(px)
	}
	l.cutStates()
	l.preload()
	early := seenOf(l.gen) // before the balancers look
	for _, px := range l.gen.Proxies {
		l.backends(px)
	}
	l.ringSections()
	for _, px := range l.gen.Proxies {
		if px.Back != nil && px.Mode == conf.Log {
			l.logBackend(px)
		}
	}
	l.logProfiles()
	l.logForwards()
	l.compile()
	l.checks.Linked()
	l.gen.State = in.State
	defer func() { l.sinks.outlet = nil }() // the linker knows the generation before
	if l.check != nil {
		return &Result{Model: m, Gen: l.gen, Binds: l.binds, sinks: l.sinks}
	}
	fullConns(l.gen, int64(m.Global.MaxConn))
	l.adopt = append(l.adopt, l.queues)
	return &Result{global: l.globalLog(), Model: m, adopt: l.adopt, Files: l.files, Checks: l.checks, Gen: l.gen, Binds: l.binds, sinks: l.sinks, draft: l.draft, seen: early,
		lost: func() []string { return l.lost(in.Added) }}
}

// queues gives the backends theirs, which the generation before may be using.
func (l *linker) queues() {
	for _, px := range l.gen.Proxies {
		if px.Back != nil {
			queue.Attach(px, l.draft)
		}
	}
}

// seen is what a server was shortly before its balancer was made. Commands and
// checks go on meanwhile: what they change after that, the balancer is told.
type seen struct {
	weight, oper, ramp int32
	admin              uint32
	limit              int64
	addr               netip.AddrPort // zero for none; "hash-key" may depend on it
}

func look(srv *lb.Server) seen {
	st := srv.State
	var addr netip.AddrPort
	if at := st.Addr.Load(); at != nil {
		addr = *at
	}
	return seen{addr: addr, weight: st.Weight.Load(), oper: st.Oper.Load(), ramp: st.Ramp.Load(), admin: st.Admin.Load(), limit: srv.MaxConn.Load()}
}

func seenOf(g *lb.Generation) map[*lb.Server]seen {
	m := map[*lb.Server]seen{}
	for _, px := range g.Proxies {
		for _, srv := range px.Servers {
			m[srv] = look(srv)
		}
	}
	return m
}

// rebalance tells the balancers what has changed since they were made: by
// adoption, by commands and by checks while the generation was linked.
func (r *Result) rebalance() {
	for srv, was := range r.seen {
		if b := srv.Proxy.Balancer; b != nil && look(srv) != was {
			b.Changed(srv)
		}
	}
	r.seen = nil
}

// proxy makes the noun with what needs no other proxy.
func (l *linker) proxy(c *conf.Proxy) {
	px := &lb.Proxy{Conf: c, Gen: l.gen, Name: c.Name, Mode: c.Mode, Options: c.Options, ByName: map[string]*lb.Server{}}
	l.gen.Proxies = append(l.gen.Proxies, px)
	if px.ID = c.ID; px.ID == 0 {
		px.ID = l.freeID()
	}
	if c.Disabled && c.Caps != conf.BackCap {
		return // a disabled backend can still be forced or published
	}
	t := &c.Timeouts
	px.Timeouts = lb.Timeouts{
		Client: int64(t.Client), Server: int64(t.Server), Connect: int64(t.Connect), HTTPRequest: int64(t.HTTPRequest),
		HTTPKeepAlive: int64(t.HTTPKeepAlive), Queue: int64(t.Queue), Tunnel: int64(t.Tunnel), Tarpit: int64(t.Tarpit),
		ClientFin: int64(t.ClientFin), ServerFin: int64(t.ServerFin),
	}
	if px.Timeouts.Queue == 0 {
		px.Timeouts.Queue = px.Timeouts.Connect
	}
	l.tune(px)
	px.MaxConn = int64(c.MaxConn)
	px.FullConn = int64(c.FullConn)
	px.ForwardFor, px.OriginalTo = c.ForwardFor, c.OriginalTo
	px.UniqueIDHeader = c.UniqueIDHeader
	px.Errors = replies(c)
	if c.Caps&conf.FrontCap != 0 {
		l.gen.Fronts[c.Name] = px
		px.Front = l.proxyState("f", c.Name)
		l.front(px)
	}
	if c.Caps&conf.BackCap != 0 {
		l.gen.Backs[c.Name] = px
		px.Back = l.proxyState("b", c.Name)
		px.Reuse = reuseOf(c.HTTPReuse)
		px.RetryOn = c.Mode == conf.HTTP && repeats(c.RetryOn)
	}
}

// tune says what is set on the sockets of the proxy's connections. Manual 3.2
// "tune.rcvbuf.client" and others, 4.2 "option clitcpka", "option nolinger".
func (l *linker) tune(px *lb.Proxy) {
	g, c := &l.m.Global.Tune, px.Conf
	side := func(keep conf.Options, k conf.TCPKeepalive, recv, send, unsent int) sockopt.Tuning {
		return sockopt.Tuning{
			KeepAlive: px.Options&keep != 0, KeepCount: k.Count, KeepIdle: int(k.Idle / time.Second), KeepIntvl: int(k.Intvl / time.Second),
			Abrupt: px.Options&conf.OptNoLinger != 0, RecvBuf: recv, SendBuf: send, Unsent: unsent,
		}
	}
	px.ToClients = side(conf.OptClientKA, c.Keepalive[0], g.RcvBufClient, g.SndBufClient, g.UnsentClient)
	px.ToServers = side(conf.OptServerKA, c.Keepalive[1], g.RcvBufServer, g.SndBufServer, g.UnsentServer)
}

// firstID is below the first id that a proxy gets by itself: 2, as tools know it
// from HAProxy, where the proxy behind the stats sockets once had 1.
const firstID = 1

// freeID is the smallest proxy id that nobody asked for.
func (l *linker) freeID() int {
	if l.taken == nil {
		l.taken = map[int]bool{}
		for _, c := range l.m.Proxies {
			l.taken[c.ID] = true
		}
	}
	for l.nextID++; l.taken[l.nextID]; l.nextID++ {
	}
	return l.nextID
}

// front fills the frontend side.
func (l *linker) front(px *lb.Proxy) {
	c := px.Conf
	if c.MonitorURI != "" {
		px.MonitorURI = []byte(c.MonitorURI)
		px.ReqWant |= lb.WantMonitor
	}
	if c.Options&conf.OptHTTPBufferRequest != 0 {
		px.ReqWant |= lb.WantBuffer
	}
	reserveCaptures(px)
	for _, k := range c.Captures {
		dir, want := 0, &px.ReqWant
		if k.Response {
			dir, want = 1, &px.ResWant
		}
		name := strings.ToLower(k.Header)
		px.Captures[dir] = append(px.Captures[dir], lb.Capture{ID: htx.Lookup([]byte(name)), Name: name, Len: k.Len})
		*want |= lb.WantCaptures
	}
	if k := c.CookieCapture; k != nil && k.Len > 0 {
		px.CookieLog = &conf.CookieCapture{Name: k.Name, Len: min(k.Len, l.m.Global.Tune.CookieLen)}
		px.ResWant |= lb.WantCookie
	}
	for i, b := range c.Binds {
		name := b.Name
		key := name
		if key == "" {
			key = b.Addr.Text
		}
		id := b.ID
		if id == 0 {
			id = i + 1
		}
		l.binds = append(l.binds, &lb.Bind{Conf: b, Proxy: px, Name: name, ID: id, State: l.bindState(px.Name, key)})
	}
}

// reserveCaptures makes the slots of the rules that the proxy inherits: they come
// before those that it declares itself. The rules fill them in. Manual 4.2
// "http-request capture".
func reserveCaptures(px *lb.Proxy) {
	for dir, sets := range [2][]conf.RuleSet{{conf.TCPReqCont, conf.HTTPReq}, {conf.TCPResCont, conf.HTTPRes}} {
		for _, set := range sets {
			for _, r := range px.Conf.Rules.Of(set) {
				if w := r.Words(); r.Def != "" && len(w) > 3 && w[0].Text == "capture" && w[2].Text == "len" {
					px.Captures[dir] = append(px.Captures[dir], lb.Capture{ID: htx.Other})
				}
			}
		}
	}
}

func reuseOf(word string) lb.Reuse {
	switch word {
	case "never":
		return lb.ReuseNever
	case "aggressive":
		return lb.ReuseAggressive
	case "always":
		return lb.ReuseAlways
	}
	return lb.ReuseSafe
}

// replies collects a proxy's own pages.
func replies(c *conf.Proxy) map[int]*lb.Reply {
	if len(c.ErrorFiles) == 0 {
		return nil
	}
	m := map[int]*lb.Reply{}
	for status, e := range c.ErrorFiles {
		r := ReplyOf(e)
		if r.Status != status {
			r.Logged = status // of a redirection, or of a file that is empty
		}
		m[status] = r
	}
	return m
}

// backends resolves default_backend and makes the balancer.
func (l *linker) backends(px *lb.Proxy) {
	c := px.Conf
	if c.DefaultBackend != "" && px.Front != nil {
		px.DefaultBackend = l.gen.Backs[c.DefaultBackend]
		if l.d.Errors() > 0 {
			return // the core's check has said it, or HAProxy would not come to it
		}
		if px.DefaultBackend == nil {
			l.d.Add(diag.Entry{Sev: diag.Alert, Bare: false, Msg: "Proxy '" + px.Name + "': unable to find required default_backend: '" + c.DefaultBackend + "'."})
		}
	}
	if px.Back == nil || len(px.Servers) == 0 {
		return
	}
	if c.Options&conf.OptCheckCache != 0 {
		px.ResWant |= lb.WantCookie
	}
	if c.Options&conf.OptHTTPBufferRequest != 0 && px.Front == nil {
		px.ReqWant |= lb.WantBuffer
	}
	if balance.ReadsBody(c.Balance) {
		px.ReqWant |= lb.WantPost
	}
	o, ok := l.balanceOptions(px)
	if !ok {
		return
	}
	b, err := balance.New(px, c.Balance, c.HashType, o)
	if err != nil {
		l.d.Alertf(c.Line.Pos(0), "%s", err)
		return
	}
	if l.check != nil {
		for _, srv := range px.Servers {
			srv.LB = nil
		}
		return
	}
	px.Balancer = b
}

// repeats says whether "retry-on" names what shows only after a request was sent.
func repeats(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return w != "none" && w != "conn-failure" })
}

func modeName(m conf.Mode) string {
	switch m {
	case conf.HTTP:
		return "http"
	case conf.Haterm:
		return "haterm"
	case conf.Log:
		return "syslog"
	case conf.SPOP:
		return "spop"
	}
	return "tcp"
}

// actions gathers the action tables of all features.
func actions(ix *catalog.Index) *rule.Table {
	var rows [][]rule.Action
	for _, f := range ix.Features() {
		rows = append(rows, f.Actions)
	}
	return rule.NewTable(rows...)
}

// statsSockets makes the frontend behind the stats sockets, which HAProxy calls
// GLOBAL.
func (l *linker) statsSockets() {
	g := &l.m.Global
	if len(g.StatsSockets) == 0 {
		return
	}
	c := &conf.Proxy{Name: "GLOBAL", Kind: "frontend", Caps: conf.FrontCap, Mode: conf.CLI, MaxConn: g.StatsMaxConn}
	px := &lb.Proxy{Conf: c, Gen: l.gen, Name: c.Name, Mode: conf.CLI, Front: l.proxyState("f", c.Name), MaxConn: int64(g.StatsMaxConn)}
	for i, b := range g.StatsSockets {
		l.binds = append(l.binds, &lb.Bind{Conf: b, Proxy: px, Name: b.Name, ID: i + 1, Stats: true, State: l.bindState(px.Name, b.Addr.Text)})
	}
}
