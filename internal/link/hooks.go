package link

import (
	"errors"
	"strings"

	"segue/internal/balance"
	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/feature/admin"
	"segue/internal/feature/reload"
	"segue/internal/feature/vars"
	"segue/internal/health"
	"segue/internal/lb"
	"segue/internal/pattern"
	"segue/internal/sample"
	"segue/internal/syslog"
)

// hooks is what commands may ask of the engine: lb.Process.Hooks. Its methods
// run on loops: they wait for no lock that is held while loops are waited for.
type hooks struct{ w *Worker }

var (
	_ admin.Engine  = hooks{}
	_ reload.Lister = hooks{}
)

// Files implements admin.Engine.
func (h hooks) Files() *pattern.Refs {
	if r := h.w.serving.Load(); r != nil {
		return r.Files
	}
	return nil
}

// Scope implements admin.Engine.
func (h hooks) Scope() *sample.Scope {
	return &sample.Scope{
		Words: h.w.Index, Gen: h.w.engine.Process.Gen.Load(), Files: h.Files(), Vars: vars.Vars{}, Place: sample.CLI,
	}
}

// NewServer implements admin.Engine: the words are read as a line of px. A
// server that is refused later leaves nothing behind.
func (h hooks) NewServer(px *lb.Proxy, words []string) (*lb.Server, error) {
	words, track, err := dynamicWords(words)
	if err != nil {
		return nil, err
	}
	mode := "http"
	if px.Mode == conf.TCP {
		mode = "tcp"
	}
	text := "backend " + px.Name + "\n  mode " + mode + "\n  server"
	for _, word := range words {
		text += " " + quoted(word)
	}
	l, m, err := h.read(text)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "'server "+px.Name+"/"+words[0]+"' : "))
	}
	if len(m.Proxies) != 1 || len(m.Proxies[0].Servers) != 1 {
		return nil, errors.New("not a server")
	}
	c := m.Proxies[0].Servers[0]
	if err := protoFits(px, c.Proto); err != nil {
		return nil, err
	}
	if other := guidOwner(px.Gen, c.GUID); other != "" {
		return nil, errors.New("'guid': duplicate entry with " + other + ".")
	}
	if c.AgentCheck && c.AgentPort == 0 {
		return nil, errors.New("server " + c.Name + " does not have agent port. Agent check has been disabled.")
	}
	l.draft = h.w.state.Aside()
	l.lenient = true // a name that does not resolve may get an address later
	l.gen, l.m = px.Gen, px.Gen.Conf
	srv := l.server(px, c)
	l.serverExprs(srv, l.scope(px))
	if l.d.Errors() > 0 {
		return nil, errors.New(strings.TrimPrefix(firstError(l.d).Error(), "'server "+px.Name+"/"+c.Name+"' : "))
	}
	if c.Track = track; track != "" {
		if err := health.Track(px.Gen, srv); err != nil {
			return nil, err
		}
	}
	if err := h.withCheck(px, srv, l); err != nil {
		return nil, err
	}
	if err := health.ProtoFits(srv); err != nil {
		return nil, err
	}
	srv.ID = c.ID
	srv.State.Dynamic = true
	srv.State.Admin.And(^uint32(lb.ConfMaint)) // "disabled" says no more than the next line
	srv.State.Admin.Or(uint32(lb.ForcedMaint))
	return srv, nil
}

// quoted writes a word so that the reader of configurations reads it again.
func quoted(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// read parses a piece of configuration that a command brought.
func (h hooks) read(text string) (*linker, *conf.Model, error) {
	d := &diag.List{}
	opt := &cfg.Options{Sections: append([]string{"global"}, h.w.Index.SectionNames()...), Env: map[string]string{}, Version: Level}
	tree := cfg.Read([]cfg.Source{{Name: lb.CommandLine, Data: []byte(text + "\n")}}, opt, d)
	m := catalog.ParseWith(tree, h.w.Index, d, catalog.Options{})
	if d.Errors() > 0 {
		return nil, nil, firstError(d)
	}
	l := &linker{m: m, ask: conf.SystemLookup, draft: h.w.state, ix: h.w.Index, d: d, files: h.Files(), actions: actions(h.w.Index), fresh: map[*lb.Server]bool{}}
	return l, m, nil
}

func firstError(d *diag.List) error {
	for _, e := range d.Entries() {
		if e.Sev == diag.Alert {
			return errors.New(e.Msg)
		}
	}
	return errors.New("invalid arguments")
}

func defaultsNamed(m *conf.Model, name string) *conf.Proxy {
	for _, c := range m.Defaults {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// NewBackend implements admin.Engine.
func (h hooks) NewBackend(name, defaults, mode, guid string) (*lb.Proxy, error) {
	gen := h.w.engine.Process.Gen.Load()
	c := &conf.Proxy{}
	c.SetDefaults()
	if defaults != "" {
		from := defaultsNamed(gen.Conf, defaults)
		if from == nil {
			return nil, errors.New("unknown defaults '" + defaults + "'")
		}
		c.Inherit(from)
	}
	if other := guidOwner(gen, guid); other != "" {
		return nil, errors.New("GUID insertion : duplicate entry with " + other)
	}
	c.Name, c.Kind, c.Caps, c.GUID = name, "backend", conf.BackCap, guid
	switch mode {
	case "http":
		c.Mode = conf.HTTP
	case "tcp":
		c.Mode = conf.TCP
	}
	d := &diag.List{}
	l := &linker{m: gen.Conf, gen: &lb.Generation{Conf: gen.Conf, State: gen.State, TLVs: gen.TLVs, Fronts: map[string]*lb.Proxy{}, Backs: map[string]*lb.Proxy{}},
		draft: h.w.state.Aside(), ix: h.w.Index, d: d, files: h.Files(), actions: actions(h.w.Index)}
	l.nextID, l.taken = firstID, map[int]bool{}
	for _, px := range gen.Proxies {
		l.taken[px.ID] = true
	}
	l.proxy(c)
	px := l.gen.Proxies[0]
	px.Gen = gen
	if err := h.Rebalance(px); err != nil {
		return nil, err
	}
	return px, nil
}

// Rebalance implements admin.Engine. The new balancer starts without what the
// old one kept at the servers, which it would take for its own.
func (h hooks) Rebalance(px *lb.Proxy) error {
	l := &linker{m: px.Gen.Conf, gen: px.Gen, ix: h.w.Index, d: &diag.List{}, files: h.Files()}
	old := make([]any, len(px.Servers))
	for i, srv := range px.Servers {
		old[i], srv.LB = srv.LB, nil
	}
	o, _ := l.balanceOptions(px) // without its expression, there is no balancer
	b, err := balance.New(px, px.Conf.Balance, px.Conf.HashType, o)
	if err != nil {
		for i, srv := range px.Servers {
			srv.LB = old[i]
		}
		return err
	}
	px.Balancer = b
	return nil
}

// Accept implements admin.Engine.
func (h hooks) Accept(px *lb.Proxy, on, shut bool) error {
	return h.w.engine.accept(px, on, shut)
}

// Generations implements reload.Lister.
func (h hooks) Generations() []reload.Generation { return h.w.engine.Generations() }

// StartupLogs implements admin.Engine.
func (h hooks) StartupLogs() string {
	if r := h.w.serving.Load(); r != nil {
		return r.said + r.sinks.complaints()
	}
	return ""
}

// Log implements admin.Engine.
func (h hooks) Log(th *lb.Thread, msg []byte) {
	r := h.w.serving.Load()
	if r == nil {
		return
	}
	for _, t := range r.global {
		t.Send(th, int(syslog.Info), nil, msg)
	}
}

// DroppedLogs is what the targets of the generation that serves have dropped; the
// statistics ask.
func (h hooks) DroppedLogs() int64 {
	if r := h.w.serving.Load(); r != nil {
		return r.sinks.dropped() + r.sinks.lostInRings()
	}
	return 0
}
