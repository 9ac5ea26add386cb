package catalog

import (
	"os"
	"strings"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/keyword"
)

// Options are what parsing depends on besides the text.
type Options struct {
	Env map[string]string // for words that expand variables by themselves
	// ReadFile reads the files that directives name; nil means os.ReadFile.
	ReadFile func(name string) ([]byte, error)
	// Lookup resolves host names; nil means conf.SystemLookup.
	Lookup conf.Lookup
}

// Parse turns the tree into the model and reports all errors to d. The model is
// usable for further checks even when there were errors, but must not run.
func Parse(tree *cfg.Tree, ix *Index, d *diag.List) *conf.Model {
	return ParseWith(tree, ix, d, Options{})
}

// ParseWith is Parse with options.
func ParseWith(tree *cfg.Tree, ix *Index, d *diag.List, opt Options) *conf.Model {
	p := NewParser(ix, d, opt)
	for i := range tree.Sections {
		p.Section(&tree.Sections[i])
	}
	return p.Model()
}

// A Parser makes a model from one section after the other, in the order of the
// text.
type Parser struct {
	ix      *Index
	ctx     conf.Context
	proxies proxies
	inert   map[string]*inertWords // by their Why
}

// NewParser returns a Parser that reports errors to d.
func NewParser(ix *Index, d *diag.List, opt Options) *Parser {
	m := &conf.Model{
		Extra:  make(map[string]any),
		Errors: make(map[string]*conf.HTTPErrors),
	}
	m.Env = opt.Env
	m.Global.Defaults()
	p := &Parser{ix: ix, ctx: conf.Context{Model: m, Diag: d, Grammar: ix, ReadFile: opt.ReadFile, Lookup: opt.Lookup}}
	if p.ctx.ReadFile == nil {
		p.ctx.ReadFile = os.ReadFile
	}
	if p.ctx.Lookup == nil {
		p.ctx.Lookup = conf.SystemLookup
	}
	p.proxies.init(m, d)
	return p
}

// Model checks what no section can see alone, and returns the model. There is
// no Section afterwards.
func (p *Parser) Model() *conf.Model {
	p.ctx.Section, p.ctx.Proxy, p.ctx.Line = nil, nil, nil
	for _, f := range p.ix.Features() {
		if f.Check != nil {
			f.Check(&p.ctx)
		}
	}
	return p.ctx.Model
}

// Section parses one section.
func (p *Parser) Section(s *cfg.Section) {
	p.ctx.Section, p.ctx.Proxy, p.ctx.Line = s, nil, &s.Head
	p.ctx.Arg, p.ctx.Neg, p.ctx.Reset = 1, false, false
	switch s.Kind {
	case "global":
		if s.Head.Len() > 1 {
			p.ctx.Alertf(1, "'global' cannot handle unexpected argument '%s'.", s.Head.Text(1))
		}
		p.lines(s, Global)
	case "defaults", "frontend", "backend", "listen":
		if px := p.proxies.open(s); px != nil {
			p.ctx.Proxy = px
			p.lines(s, proxyIn(s.Kind))
		}
	default:
		if row := p.ix.Section(s.Kind); row != nil {
			errors := p.ctx.Diag.Errors()
			row.Parse(&p.ctx, s)
			if p.ctx.Diag.Errors() == errors {
				p.ctx.Line = &s.Head
				tell(&p.ctx, &row.Doc, "section '"+s.Kind+"'", 0, diag.FormParsing, "")
			}
		}
	}
}

// proxyIn is the section bit of a kind of proxy.
func proxyIn(kind string) In {
	switch kind {
	case "frontend":
		return Frontend
	case "backend":
		return Backend
	case "listen":
		return Listen
	}
	return Defaults
}

func (p *Parser) lines(s *cfg.Section, in In) {
	for i := range s.Lines {
		p.line(&s.Lines[i], in)
	}
}

// line finds the row of a line by its first two words, then by its first, and
// lets it parse.
func (p *Parser) line(l *cfg.Line, in In) {
	c := &p.ctx
	c.Line, c.Neg, c.Reset, c.Took = l, false, false, 0
	first := 0
	switch l.Text(0) {
	case "no":
		c.Neg, first = true, 1
	case "default":
		c.Reset, first = true, 1
	}
	word := l.Text(first)
	row, here := (*Directive)(nil), false
	if l.Len() > first+1 {
		row, here = p.ix.Directive(word+" "+l.Text(first+1), in)
	}
	c.Arg = first + 2
	if row == nil {
		row, here = p.ix.Directive(word, in)
		c.Arg = first + 1
	}
	switch {
	case row == nil:
		p.unknown(word, first)
	case !here:
		p.misplaced(row, in, first)
	case first > 0 && !row.NoOK:
		p.cannotNegate(row, first)
	default:
		errors := c.Diag.Errors()
		row.Parse(c)
		// "no" and "default" turn the word off, which is what it is.
		if c.Diag.Errors() == errors && !(first > 0 && row.NoOK) {
			p.tell(&row.Doc, in, first)
		}
	}
}

// tell says of a directive what the function tell says of any word.
func (p *Parser) tell(d *keyword.Doc, in In, i int) {
	if in == Global && d.Effect == keyword.Inert {
		p.gather(d, i)
		return
	}
	tell(&p.ctx, d, "'"+p.ctx.Name()+"'", i, diag.FormParsing, "")
}

// tell says at word i that a word that was read does nothing, or refuses it.
func tell(c *conf.Context, d *keyword.Doc, what string, i int, form diag.Form, prefix string) {
	sev := diag.Alert
	switch d.Effect {
	case keyword.Works:
		return
	case keyword.Moot:
		sev = diag.Diag
	case keyword.Inert:
		sev = diag.Warning
	}
	c.Diag.Add(diag.Entry{Sev: sev, Form: form, Pos: c.Line.Pos(i), Msg: prefix + d.Say(what)})
}

// unknown reports a word that no section of this kind knows. It may have been
// meant to begin another section.
func (p *Parser) unknown(word string, at int) {
	c := &p.ctx
	c.Diag.Add(diag.Entry{Sev: diag.Alert, Pos: c.Line.Pos(at),
		Msg: "unknown keyword '" + word + "' in '" + c.Section.Kind + "' section" +
			diag.DidYouMean(word, append(p.ix.Second(c, ""), p.ix.SectionNames()...))})
}

// misplaced reports a word that belongs to another kind of section. In a
// proxy with the wrong side it is ignored, but what is wrong with it is an error
// all the same, as in HAProxy.
func (p *Parser) misplaced(row *Directive, in In, at int) {
	d := p.ctx.Diag
	errors := d.Errors()
	reads := in != Global && row.In&Proxies != 0 && in != Defaults && at == 0 && !row.Unread
	if reads && row.ErrorsFirst {
		if p.aside(row); d.Errors() > errors {
			return
		}
	}
	p.elsewhere(row, in, at)
	if reads && !row.ErrorsFirst && d.Errors() == errors {
		p.aside(row)
	}
}

// aside parses a line that has no effect into a proxy of its own, which is kept
// to see later what is wrong with its rules.
func (p *Parser) aside(row *Directive) {
	px := p.ctx.Proxy
	p.ctx.Proxy = px.Aside()
	row.Parse(&p.ctx)
	p.ctx.Proxy = px
}

// elsewhere says that a word does not belong where it stands.
func (p *Parser) elsewhere(row *Directive, in In, at int) {
	c := &p.ctx
	side := ""
	switch {
	case in == Defaults:
	case row.In&Frontend != 0:
		side = "frontend"
	default:
		side = "backend"
	}
	switch {
	case in == Global || row.In&Proxies == 0:
		p.unknown(c.Line.Text(at), at)
	case row.Elsewhere != nil:
		row.Elsewhere(c, side)
	case in == Defaults:
		c.Alertf(at, "'%s' not allowed in 'defaults' section.", row.Name)
	default:
		c.Warnf(at, "'%s' ignored because %s '%s' has no %s capability.", lastWord(row.Name), c.Proxy.TypeName(), c.Proxy.Name, side)
	}
}

// cannotNegate reports "no" or "default" before a word that has no off state.
func (p *Parser) cannotNegate(row *Directive, at int) {
	word, _, option := strings.Cut(row.Name, " ")
	if option && word == "option" {
		p.ctx.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormTight, Pos: p.ctx.Line.Pos(at + 1),
			Msg: "negation/default is not supported for option '" + row.Name[len("option "):] + "'."})
		return
	}
	p.ctx.Alertf(at, "negation is not supported for '%s'.", row.Name)
}

// lastWord is how HAProxy names a directive of two words in warnings.
func lastWord(name string) string {
	if tail, ok := strings.CutPrefix(name, "option "); ok {
		return tail
	}
	return name
}
