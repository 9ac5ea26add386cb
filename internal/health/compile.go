package health

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/pattern"
	"segue/internal/rule"
	"segue/internal/sample"
)

// Lang is what check lines are compiled with. Scope.Proxy and the place are set
// by Compile.
type Lang struct {
	Scope   *sample.Scope
	Actions rule.Actions // set-var, unset-var
	Diag    *diag.List
	Plans   *Common // nil: each backend has its own
}

// Source is the lines that make a check.
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
	p := &Plans{}
	src := sourceOf(px.Conf)
	p.main = lang.Plans.plan(&src, &lang, func() *Plan { return newCompiler(px, lang).plan(&src) })
	newCompiler(px, lang).unused(&src)
	for _, s := range px.Conf.Servers {
		refuseTLS(s, lang.Diag)
		if plan := p.forServer(s, px, named, lang); plan != nil {
			needPort(px.Conf, s, plan, lang.Diag)
			if msg := plan.protoClash(px.Conf, s); msg != "" {
				lang.Diag.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormHidden, Pos: s.Line.Pos(0), Msg: msg})
			}
		}
	}
	if px.Extra == nil {
		px.Extra = map[string]any{}
	}
	px.Extra[extraKey] = p
}

// forServer is the plan for s; it compiles the healthcheck section that s names.
func (p *Plans) forServer(s *conf.Server, px *lb.Proxy, named map[string]*Source, lang Lang) *Plan {
	name := s.CheckWords["healthcheck"]
	if name == "" {
		return p.main
	}
	if p.named[name] == nil {
		section := named[name]
		if section == nil {
			lang.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormTight, Pos: s.Line.Pos(0),
				Msg: "healthcheck section '" + name + "' not found for server '" + s.Name + "'."})
			return nil
		}
		if p.named == nil {
			p.named = map[string]*Plan{}
		}
		p.named[name] = newCompiler(px, lang).plan(section)
	}
	return p.named[name]
}

// refuseTLS reports checks that would have to go through TLS.
func refuseTLS(s *conf.Server, d *diag.List) {
	if _, ok := s.CheckWords["check-ssl"]; ok {
		d.Alertf(s.Line.Pos(0), "'server %s' : 'check-ssl' is not supported by this version: health checks cannot use TLS yet.", s.Name)
	}
}

// sourceOf gathers a proxy's check lines. Those of its defaults section count
// only if it has none of its own; the kind of check is inherited anyway.
func sourceOf(c *conf.Proxy) Source {
	src := Source{Type: c.CheckType, Opts: c.CheckLine, HTTP: c.Rules.Of(conf.HTTPCheck), TCP: c.Rules.Of(conf.TCPCheck)}
	own := func(r *conf.RuleLine) bool {
		return r != nil && r.Def == "" && r.Line.File == c.Line.File && r.Line.Num >= c.Line.Num
	}
	keep := func(lines []conf.RuleLine) []conf.RuleLine {
		return slices.DeleteFunc(slices.Clone(lines), func(r conf.RuleLine) bool { return !own(&r) })
	}
	http, tcp := keep(src.HTTP), keep(src.TCP)
	if own(src.Opts) || len(http) > 0 || len(tcp) > 0 {
		src.HTTP, src.TCP = http, tcp
		if !own(src.Opts) {
			src.Opts = nil
		}
	}
	lines, _ := c.Extra["external-check"].([]conf.RuleLine)
	for i := range lines {
		l := &lines[i].Line
		switch l.Text(1) {
		case "command":
			src.Command = l.Text(2)
		case "path":
			src.Path = l.Text(2)
		}
	}
	return src
}

// compiler makes one Plan.
type compiler struct {
	px    *lb.Proxy
	lang  Lang
	scope sample.Scope
	p     *Plan
	// The line being compiled.
	rl     *conf.RuleLine
	word   string // "http-check" or "tcp-check"
	next   int    // index in rl.Words
	failed bool
}

func newCompiler(px *lb.Proxy, lang Lang) *compiler {
	c := &compiler{px: px, lang: lang, p: &Plan{}}
	if lang.Scope != nil {
		c.scope = *lang.Scope
	}
	c.scope.Proxy, c.scope.Place, c.scope.Context = px, sample.Checks, "tcp-check expression"
	return c
}

// plan compiles the lines of src.
func (c *compiler) plan(src *Source) *Plan {
	p := c.p
	p.protos = protosOf(src.Type)
	switch src.Type {
	case "":
		return l4
	case "httpchk":
		p.kind = httpCheck
		c.http(src)
	case "tcp-check":
		p.kind = tcpCheck
		for i := range src.TCP {
			c.line(&src.TCP[i], "tcp-check")
		}
	case "external-check":
		p.kind, p.command, p.path = external, src.Command, src.Path
		c.external(src)
		return p
	default:
		p.kind = builtin
		if !c.builtin(src) {
			return l4
		}
	}
	c.finish()
	return p
}

// unused looks at the lines of the kinds of check that the proxy has not, so
// that a wrong word is told before somebody turns the option on.
func (c *compiler) unused(src *Source) {
	if src.Type != "tcp-check" {
		for i := range src.TCP {
			c.line(&src.TCP[i], "tcp-check")
		}
	}
	c.p.steps = nil
	if src.Type != "httpchk" {
		for i := range src.HTTP {
			c.line(&src.HTTP[i], "http-check")
		}
	}
}

// finish adds what is implied: a first connect, comments, and where waiting
// starts over.
func (c *compiler) finish() {
	p := c.p
	first := slices.IndexFunc(p.steps, func(s step) bool { return s.kind != doAction && s.kind != doNothing })
	if first < 0 || p.steps[first].kind != doConnect {
		p.steps = slices.Insert(p.steps, 0, step{kind: doConnect, connect: connect{implicit: true, standard: true}})
	}
	comment := ""
	var before stepKind
	for i := range p.steps {
		st := &p.steps[i]
		if st.kind == doNothing {
			comment, before = st.comment, st.kind
			continue
		}
		if i > 0 && before != doNothing && st.kind != before {
			comment = ""
		}
		before = st.kind
		if st.comment == "" && comment != "" {
			st.comment = comment
		}
		if st.kind == doConnect {
			next := nextKind(p.steps[i+1:])
			st.connect.talks, st.connect.mute = next != doExpect, next == doNothing || next == doConnect
		}
		if st.kind != doExpect {
			continue
		}
		st.expect.head = i
		if i > 0 && p.steps[i-1].kind == doExpect && p.steps[i-1].expect.not {
			st.expect.head = p.steps[i-1].expect.head
		}
	}
}

// nextKind is the kind of the first step that does something on the wire;
// doNothing without any.
func nextKind(steps []step) stepKind {
	for i := range steps {
		if k := steps[i].kind; k != doAction && k != doNothing {
			return k
		}
	}
	return doNothing
}

// line compiles one rule and appends its step.
func (c *compiler) line(rl *conf.RuleLine, word string) {
	c.rl, c.word, c.next, c.failed = rl, word, 1, false
	name := c.text(0)
	var st step
	switch {
	case name == "comment":
		st = step{kind: doNothing, comment: c.arg()}
	case name == "connect":
		st = c.connect()
	case name == "expect":
		st = c.expect()
	case name == "send" && word == "http-check":
		st = c.sendHTTP()
	case word == "tcp-check" && (name == "send" || name == "send-lf" || name == "send-binary" || name == "send-binary-lf"):
		st = c.send(name)
	case word == "http-check" && (name == "disable-on-404" || name == "send-state") && c.more():
		c.lang.Diag.Alertf(c.pos(1), "'http-check' cannot handle unexpected argument '%s'.", c.text(1))
		c.failed = true
		return
	case word == "http-check" && name == "disable-on-404":
		c.p.disable404 = true
		return
	case word == "http-check" && name == "send-state":
		c.p.sendState = true
		return
	default:
		st = c.action()
	}
	if !c.failed {
		c.inOrder(st.kind)
	}
	if !c.failed {
		st.index = len(c.p.steps)
		c.p.steps = append(c.p.steps, st)
	}
}

// inOrder refuses a step where it cannot work. HAProxy's texts.
func (c *compiler) inOrder(k stepKind) {
	if k == doAction || k == doNothing {
		return
	}
	before := lastEffective(c.p.steps)
	if k == doConnect && before != nil && nextKind(c.p.steps) != doConnect {
		c.next = 1
		c.fail("first step MUST also be a 'connect', optionally preceded by a 'set-var', an 'unset-var' or a 'comment', when there is a 'connect' step in the tcp-check ruleset")
		return
	}
	if before == nil || c.word != "http-check" {
		return
	}
	missing := ""
	switch {
	case k == doSend && before.kind != doConnect:
		missing = "connect"
	case k == doExpect && before.kind == doConnect:
		missing = "send"
	case k == doConnect && before.kind != doExpect:
		missing = "expect"
	}
	if missing != "" {
		c.next = 1
		c.fail("unable to add http-check %s rule at step %d (missing %s rule)", c.text(0), len(c.p.steps)+1, missing)
	}
}

// action compiles set-var, set-var-fmt and unset-var.
func (c *compiler) action() step {
	set := conf.TCPCheck
	known := "'comment', 'connect', 'send', 'send-binary', 'expect'"
	if c.word == "http-check" {
		set, known = conf.HTTPCheck, "'disable-on-404', 'send-state', 'comment', 'connect', 'send', 'expect'"
	}
	if c.lang.Actions == nil || c.lang.Actions.Action(c.text(0), set) == nil {
		c.lang.Diag.Alertf(c.pos(0), "'%s' only supports %s, 'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'. but got '%s'", c.word, known, c.text(0))
		c.failed = true
		return step{}
	}
	c.p.needs = true
	r, ok := rule.Compile(c.rl, set, &c.scope, c.lang.Actions, c.lang.Diag)
	c.failed = !ok
	return step{kind: doAction, action: r.Action}
}

func (c *compiler) text(i int) string { return c.rl.Line.Text(c.rl.From + i) }
func (c *compiler) peek() string      { return c.text(c.next) }
func (c *compiler) more() bool        { return c.rl.From+c.next < c.rl.Line.Len() }

func (c *compiler) pos(i int) diag.Pos { return c.rl.Line.Pos(c.rl.From + i) }

// take returns the next word.
func (c *compiler) take() string {
	w := c.peek()
	c.next++
	return w
}

// arg returns the argument of the word that was just taken.
func (c *compiler) arg() string {
	if !c.more() {
		c.fail("'%s' expects a string as argument", c.text(c.next-1))
		return ""
	}
	return c.take()
}

// fail reports an error at the last word taken.
func (c *compiler) fail(format string, args ...any) {
	if c.failed {
		return
	}
	c.failed = true
	c.lang.Diag.Alertf(c.pos(max(0, c.next-1)), "'%s %s' : %s.", c.word, c.text(0), fmt.Sprintf(format, args...))
}

// format compiles a log-format that was just taken.
func (c *compiler) format(text string) lb.Formatter {
	c.p.needs = true
	f, err := logfmt.Compile(text, &c.scope, logfmt.Options{Place: sample.Checks})
	if err != nil {
		c.fail("'%s' invalid log-format string (%s)", text, err)
		return nil
	}
	return f
}

// expr compiles an expression that fills the next words.
func (c *compiler) expr(what string) *sample.Expr {
	c.p.needs = true
	e, n, err := sample.ParseWords(words(c.rl.Line.Words[c.rl.From+c.next:]), &c.scope)
	c.next += n
	if err != nil {
		var se *sample.Error
		if errors.As(err, &se) {
			c.fail("error detected while parsing %s : %s", what, se.Msg)
		} else {
			c.fail("error detected while parsing %s : %s", what, err)
		}
	}
	return e
}

func words(ws []cfg.Word) []string {
	texts := make([]string, len(ws))
	for i := range ws {
		texts[i] = ws[i].Text
	}
	return texts
}

// regex compiles a regular expression that was just taken.
func (c *compiler) regex(text string, fold bool) *pattern.Regex {
	re, err := pattern.CompileRegex(text, fold)
	if err != nil {
		c.fail("%s", err)
	}
	return re
}

// number reads an integer argument.
func (c *compiler) number() int {
	if !c.more() {
		c.fail("'%s' expects a integer as argument", c.text(c.next-1))
		return 0
	}
	w := c.take()
	digits := 0
	for digits < len(w) && (w[digits] >= '0' && w[digits] <= '9' || digits == 0 && w[0] == '-') {
		digits++
	}
	n, err := strconv.Atoi(w[:digits])
	if err != nil || digits < len(w) {
		c.lang.Diag.Warnf(c.pos(c.next-1), "'%s' is not an integer; it is read as %d.", w, n)
	}
	return n
}
