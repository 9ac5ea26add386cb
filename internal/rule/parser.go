package rule

import (
	"errors"
	"fmt"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/sample"
)

// Parser is what an action reads its words through. It belongs to the
// compilation of one line.
type Parser struct {
	Words Words         // from the action's name to the end of the line
	Scope *sample.Scope // its Place is 0; see Place
	Set   conf.RuleSet
	Proxy *lb.Proxy
	Place sample.Place // where the rule is evaluated
	Diag  *diag.List
	Line  *conf.RuleLine

	actions Actions
	next    int // index of the next word
	failed  bool
	alone   bool // the action is a line of its own: Action.Anywhere
}

// Name is the action's name as written, with what stands in parentheses.
func (p *Parser) Name() string {
	if p.Set == conf.Redirect {
		return "redirect"
	}
	return p.Words[0].Text
}

// Left returns the number of words that have not been read, those of the
// condition included.
func (p *Parser) Left() int { return len(p.Words) - p.next }

// At is the index of the next word.
func (p *Parser) At() int { return p.next }

// Peek returns the next word, "" at the end.
func (p *Parser) Peek() string {
	if p.next < len(p.Words) {
		return p.Words[p.next].Text
	}
	return ""
}

// PeekAt returns the i-th word after the next one.
func (p *Parser) PeekAt(i int) string {
	if p.next+i < len(p.Words) {
		return p.Words[p.next+i].Text
	}
	return ""
}

// Next reads a word.
func (p *Parser) Next() string {
	w := p.Peek()
	if p.next < len(p.Words) {
		p.next++
	}
	return w
}

// Skip moves on by n words.
func (p *Parser) Skip(n int) { p.next = min(p.next+n, len(p.Words)) }

// AtCond reports whether the arguments have ended: at a condition or at the end
// of the line.
func (p *Parser) AtCond() bool { w := p.Peek(); return w == "" || isCond(w) }

// Args reports whether n more words are there before the line or, unless the
// last of them is one itself, its condition ends. HAProxy looks at the last one
// alone.
func (p *Parser) Args(n int) bool {
	for i := range n {
		if p.PeekAt(i) == "" {
			return false
		}
	}
	return true
}

func isCond(w string) bool { return w == "if" || w == "unless" }

// Fail reports an error at the word before the next one and returns nil, which
// is what Parse returns then.
func (p *Parser) Fail(format string, args ...any) lb.Action {
	return p.FailAt(max(0, p.next-1), format, args...)
}

// FailAt is Fail at word i.
func (p *Parser) FailAt(i int, format string, args ...any) lb.Action {
	p.report(i, 0, 0, fmt.Sprintf(format, args...), "", false)
	return nil
}

// report adds the message in the form of the rule set.
func (p *Parser) report(word, at, n int, msg, hint string, late bool) {
	if p.failed {
		return // the first error of a line is the one to read
	}
	p.failed = true
	e := diag.Entry{Sev: diag.Alert, Pos: p.pos(word, at, n), Msg: msg, Hint: hint}
	switch {
	case late:
		e.Form, e.Bare = diag.FormTight, true
	case p.alone:
		e.Msg = p.Name() + " : " + msg
	case p.Set == conf.Redirect:
		e.Msg = "error detected in " + p.owner() + " while parsing redirect rule : " + msg + "."
	case !isTCP(p.Set):
		e.Msg = "error detected in " + p.owner() + " while parsing '" + phrases[p.Set] + " " + p.Name() + "' rule : " + msg + "."
	}
	p.Diag.Add(e)
}

// pos is the place of a part of a word; words that were written with quotes or
// escapes are underlined as a whole.
func (p *Parser) pos(word, at, n int) diag.Pos {
	pos := p.Line.Line.Pos(p.Line.From + word)
	if word < len(p.Words) && at > 0 && at < pos.Len && p.Words[word].Len == len(p.Words[word].Text) {
		pos.Col += at
		pos.Len -= at
		if n > 0 {
			pos.Len = min(n, pos.Len)
		}
	}
	return pos
}

// owner is "frontend 'name'".
func (p *Parser) owner() string { return owner(p.Proxy) }

func owner(px *lb.Proxy) string {
	if px == nil {
		return "proxy ''"
	}
	return px.Conf.TypeName() + " '" + px.Name + "'"
}

// FailExpr reports an error of an expression or a format that begins at word i.
func (p *Parser) FailExpr(i int, err error) lb.Action {
	var se *sample.Error
	if errors.As(err, &se) {
		p.report(i+se.Word, se.At, se.Len, se.Msg, se.Hint, se.Late)
		return nil
	}
	return p.FailAt(i, "%s", err)
}

// Warnf reports a warning at word i.
func (p *Parser) Warnf(i int, format string, args ...any) {
	p.Diag.Warnf(p.pos(i, 0, 0), format, args...)
}

// scope is the scope of an expression whose place is checked by the caller.
func (p *Parser) scope() *sample.Scope {
	sc := *p.Scope
	sc.Place = 0
	return &sc
}

// RawExpr reads an expression without checking that it works in this place; nil
// after an error.
func (p *Parser) RawExpr() *sample.Expr {
	words := make([]string, 0, p.Left())
	for _, w := range p.Words[p.next:] {
		words = append(words, w.Text)
	}
	if len(words) == 0 {
		p.FailAt(p.next, "missing fetch method")
		return nil
	}
	e, n, err := sample.ParseWords(words, p.scope())
	if err != nil {
		p.FailExpr(p.next, err)
		return nil
	}
	p.Skip(n)
	return e
}

// Expr reads an expression that must work in this place; nil after an error.
func (p *Parser) Expr() *sample.Expr {
	at := p.next
	e := p.RawExpr()
	if e != nil && e.Where()&p.Place == 0 {
		p.FailAt(at, "fetch method '%s' extracts information from '%s', none of which is available here", e.Fetch().Name, e.Use())
		return nil
	}
	return e
}

// Format reads a log-format; nil after an error.
func (p *Parser) Format(opt logfmt.Options) *logfmt.Format {
	at := p.next
	return p.FormatText(at, p.Next(), opt)
}

// HeaderFormat is Format for what goes into the head of a message.
func (p *Parser) HeaderFormat() *logfmt.Format { return p.Format(logfmt.Options{HTTP: true}) }

// FormatText compiles a log-format that stands at word i or, as a file, is
// named by it.
func (p *Parser) FormatText(i int, text string, opt logfmt.Options) *logfmt.Format {
	opt.Place = p.Place
	if opt.HTTP && p.Proxy != nil && p.Proxy.Mode == conf.HTTP {
		opt.Bytes = func(fetch string) {
			p.Warnf(i, "L6 sample fetch <%s> ignored in HTTP log-format string.", fetch)
		}
	}
	f, err := logfmt.Compile(text, p.scope(), opt)
	if err != nil {
		p.FailExpr(i, err)
		return nil
	}
	return f
}

// Services is implemented by tables of actions that offer services to
// "use-service".
type Services interface {
	// Service returns the service of a name, nil if there is none.
	Service(name string) lb.Service
}

// Service finds a service by name, nil if there is none.
func (p *Parser) Service(name string) lb.Service {
	if t, ok := p.actions.(Services); ok {
		return t.Service(name)
	}
	return nil
}

// Experimental refuses an action that the global section has not allowed.
func (p *Parser) Experimental(action string) {
	p.failed = true
	p.Diag.Add(diag.Entry{Sev: diag.Alert, Pos: p.pos(0, 0, 0), Msg: "'" + action +
		"' action is experimental, must be allowed via a global 'expose-experimental-directives'"})
}
