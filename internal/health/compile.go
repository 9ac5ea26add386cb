package health

import (
	"slices"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/rule"
	"segue/internal/sample"
)

// Lang is what the rules of checks are compiled with. Scope.Proxy and the place
// are set by Compile.
type Lang struct {
	Scope   *sample.Scope
	Actions rule.Actions // set-var, unset-var
	Diag    *diag.List
	Plans   *Common // nil: each backend has its own
}

// Source is what a proxy or a healthcheck section says of its check.
type Source struct {
	Type string         // as in conf.Proxy.CheckType
	Opts *conf.RuleLine // arguments of the option, may be nil
	HTTP []conf.RuleLine
	TCP  []conf.RuleLine
	// Command and Path are of external-check.
	Command, Path string
}

// Compile makes the plans of px and keeps them in px.Extra. named are the
// healthcheck sections by name. Errors go to lang.Diag.
func Compile(px *lb.Proxy, named map[string]*Source, lang Lang) {
	if px.Back == nil {
		return
	}
	src := sourceOf(px.Conf)
	plans := &Plans{main: lang.Plans.plan(&src, &lang, func() *Plan { return newCompiler(px, lang).plan(&src) })}
	newCompiler(px, lang).idle(&src)
	for _, s := range px.Conf.Servers {
		refuseTLS(s, lang.Diag)
		if p := plans.section(s, px, named, lang); p != nil {
			needPort(px.Conf, s, p, lang.Diag)
			if msg := p.protoClash(px.Conf, s); msg != "" {
				lang.Diag.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormHidden, Pos: s.Line.Pos(0), Msg: msg})
			}
		}
	}
	if px.Extra == nil {
		px.Extra = map[string]any{}
	}
	px.Extra[extraKey] = plans
}

// CheckIgnored reports to lang.Diag what is wrong with the check of c, which is
// what px says of checks without having servers.
func CheckIgnored(px *lb.Proxy, c *conf.Proxy, lang Lang) {
	src := sourceOf(c)
	newCompiler(px, lang).plan(&src)
	newCompiler(px, lang).idle(&src)
}

// Name makes the plan of a healthcheck section, which a server names that comes
// at run time, one of those of px. Errors go to lang.Diag.
func Name(px *lb.Proxy, name string, src *Source, lang Lang) {
	p := PlansOf(px)
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.named[name] != nil {
		return
	}
	plan := newCompiler(px, lang).plan(src)
	if lang.Diag.Errors() > 0 {
		return
	}
	if p.named == nil {
		p.named = map[string]*Plan{}
	}
	p.named[name] = plan
}

// section is the plan of a server: that of the healthcheck section that it names,
// which is compiled for its first server, or the proxy's. nil: there is no such
// section. Manual 5.2 "healthcheck".
func (p *Plans) section(s *conf.Server, px *lb.Proxy, named map[string]*Source, lang Lang) *Plan {
	name := s.CheckWords["healthcheck"]
	switch {
	case name == "":
		return p.main
	case p.named[name] != nil:
		return p.named[name]
	case named[name] == nil:
		lang.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormTight, Pos: s.Line.Pos(0),
			Msg: "healthcheck section '" + name + "' not found for server '" + s.Name + "'."})
		return nil
	}
	if p.named == nil {
		p.named = map[string]*Plan{}
	}
	p.named[name] = newCompiler(px, lang).plan(named[name])
	return p.named[name]
}

// refuseTLS reports checks that would have to go through TLS.
func refuseTLS(s *conf.Server, d *diag.List) {
	if _, on := s.CheckWords["check-ssl"]; on {
		d.Alertf(s.Line.Pos(0), "'server %s' : 'check-ssl' is not supported by this version: health checks cannot use TLS yet.", s.Name)
	}
}

// sourceOf gathers what a proxy says of its check. The kind is inherited from the
// defaults section in any case; arguments and rules only by a proxy that has none.
func sourceOf(px *conf.Proxy) Source {
	src := Source{Type: px.CheckType, Opts: px.CheckLine, HTTP: px.Rules.Of(conf.HTTPCheck), TCP: px.Rules.Of(conf.TCPCheck)}
	inherited := func(l conf.RuleLine) bool {
		return l.Def != "" || l.Line.File != px.Line.File || l.Line.Num < px.Line.Num
	}
	http := slices.DeleteFunc(slices.Clone(src.HTTP), inherited)
	tcp := slices.DeleteFunc(slices.Clone(src.TCP), inherited)
	ownOpts := src.Opts != nil && !inherited(*src.Opts)
	if ownOpts || len(http)+len(tcp) > 0 {
		src.HTTP, src.TCP = http, tcp
		if !ownOpts {
			src.Opts = nil
		}
	}
	lines, _ := px.Extra["external-check"].([]conf.RuleLine)
	for i := range lines {
		switch l := &lines[i].Line; l.Text(1) {
		case "command":
			src.Command = l.Text(2)
		case "path":
			src.Path = l.Text(2)
		}
	}
	return src
}

// compiler makes one Plan. It is used once.
type compiler struct {
	reader
	px    *lb.Proxy
	lang  Lang
	scope sample.Scope
	p     *Plan
}

func newCompiler(px *lb.Proxy, lang Lang) *compiler {
	c := &compiler{reader: reader{diag: lang.Diag}, px: px, lang: lang, p: &Plan{}}
	if lang.Scope != nil {
		c.scope = *lang.Scope
	}
	c.scope.Proxy, c.scope.Place, c.scope.Context = px, sample.Checks, "tcp-check expression"
	return c
}

// plan compiles what src says.
func (c *compiler) plan(src *Source) *Plan {
	p := c.p
	p.protos = protosOf(src.Type)
	switch src.Type {
	case "":
		return l4
	case "external-check":
		p.kind, p.command, p.path = external, src.Command, src.Path
		c.external(src)
		return p
	case "httpchk":
		p.kind = httpCheck
		c.httpPlan(src)
	case "tcp-check":
		p.kind = tcpCheck
		c.rules(src.TCP, "tcp-check")
	default:
		p.kind = builtin
		if !c.builtin(src) {
			return l4
		}
	}
	p.complete()
	return p
}

// idle compiles the rules that the kind of check does not use, and forgets them:
// a wrong word is told before somebody turns the option on.
func (c *compiler) idle(src *Source) {
	if src.Type != "tcp-check" {
		c.rules(src.TCP, "tcp-check")
	}
	if src.Type != "httpchk" {
		c.p.steps = nil
		c.rules(src.HTTP, "http-check")
	}
}
