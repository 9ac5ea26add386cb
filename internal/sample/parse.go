package sample

import (
	"errors"
	"fmt"
	"strings"

	"segue/internal/diag"
	"segue/internal/keyword"
)

// Parse compiles the expression that text begins with and returns how many
// bytes it takes: it ends before the first byte that cannot continue it (the
// "]" of a log format). Errors are of type *Error.
func Parse(text string, sc *Scope) (*Expr, int, error) {
	p := parser{text: text, sc: sc}
	if err := p.expr(); err != nil {
		return nil, 0, err
	}
	if err := p.finish(); err != nil {
		return nil, 0, err
	}
	return p.e, p.at, nil
}

// ParseWords compiles an expression that fills words[0]; following words are
// taken as further converters ("src lower") as long as they are some. It
// returns the number of words used. Manual 4.2 "stick on" shows the form.
func ParseWords(words []string, sc *Scope) (*Expr, int, error) {
	if len(words) == 0 {
		return nil, 0, &Error{Msg: "missing fetch method"}
	}
	p := parser{text: words[0], sc: sc}
	err := p.expr()
	if err == nil && p.at < len(p.text) {
		err = p.junk()
	}
	n := 1
	for ; err == nil && n < len(words); n++ {
		name := words[n][:wordEnd(words[n], 0)]
		if name == "" || sc.Words.Converter(name) == nil {
			break
		}
		p.text, p.at = words[n], 0
		if err = p.converters(); err == nil && p.at < len(p.text) {
			err = p.junk()
		}
	}
	if err == nil {
		err = p.finish()
	}
	if err != nil {
		var e *Error
		if errors.As(err, &e) && n <= len(words) {
			e.Word = n - 1
		}
		return nil, n, err
	}
	return p.e, n, nil
}

type parser struct {
	text string
	at   int
	sc   *Scope
	e    *Expr
	last string // the last converter's name
}

// isWord tells the bytes that names of fetches and converters are made of.
func isWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c-'0' <= 9 || c == '.' || c == '_' || c == '-' || c == '+' || c == ':'
}

func wordEnd(text string, at int) int {
	for at < len(text) && isWord(text[at]) {
		at++
	}
	return at
}

func (p *parser) fail(at, end int, format string, args ...any) *Error {
	return &Error{Msg: fmt.Sprintf(format, args...), At: at, Len: end - at}
}

// expr reads the fetch and the converters behind it.
func (p *parser) expr() error {
	end := wordEnd(p.text, 0)
	name := p.text[:end]
	if end == 0 {
		return p.fail(0, len(p.text), "missing fetch method")
	}
	f := p.sc.Words.Fetch(name)
	if f == nil {
		return p.unknown("fetch", "fetch method", p.sc.Words.FetchNames(), 0, end)
	}
	return p.fetch(f, name, end)
}

// unknown is the error of a name from start to end that has no row in a class
// of words, which messages call what.
func (p *parser) unknown(class, what string, known []string, start, end int) *Error {
	name := p.text[start:end]
	if d, ok := keyword.Later(class, name); ok {
		return p.later(&d, what, start, end)
	}
	known = append(known, keyword.LaterNames(class)...)
	if p.sc.acl && class == "fetch" {
		if d, ok := keyword.Later("acl", name); ok {
			return p.later(&d, "criterion", start, end)
		}
		known = append(append(known, p.sc.Words.AliasNames()...), keyword.LaterNames("acl")...)
	}
	e := p.fail(start, max(end, start+1), "unknown %s '%s'", what, name)
	e.Hint = suggestion(name, known)
	return e
}

// later is the error of a name that waits for a feature. The reason stands in
// parentheses, because callers put more behind it.
func (p *parser) later(d *keyword.Doc, what string, start, end int) *Error {
	why := ""
	if d.Why != "" {
		why = " (" + d.Why + ")"
	}
	return p.fail(start, end, "%s '%s' is not built yet in this version%s", what, d.Name, why)
}

// fetch reads the arguments of fetch f, which ends at byte end, and the
// converters. name is how the text calls it.
func (p *parser) fetch(f *Fetch, name string, end int) error {
	args, n, perr := ParseArgs(p.text[end:], f.Args, p.sc)
	if perr != nil {
		perr.At += end
		if p.sc.Words.Alias(name) == nil || !p.sc.acl {
			perr.Msg = fmt.Sprintf("fetch method '%s' : %s", name, perr.Msg)
		}
		return perr
	}
	if err := p.sc.resolve(args, f.Args, name, ""); err != nil {
		err.At, err.Len = end, n
		return err
	}
	if f.Check != nil {
		if err := f.Check(args, p.sc); err != nil {
			return p.fail(end, end+n, "invalid args in fetch method '%s' : %s", name, err)
		}
	}
	p.at = end + n
	p.e = &Expr{Text: p.text, fetch: f, args: args, out: f.Out}
	return p.afterFetch(name)
}

// afterFetch reads the converters that follow.
func (p *parser) afterFetch(name string) error {
	for p.at < len(p.text) && p.text[p.at] == ',' {
		for p.at < len(p.text) && p.text[p.at] == ',' {
			p.at++ // several commas, or one at the end, are forgiven
		}
		if p.at == len(p.text) {
			break
		}
		if err := p.converter(name); err != nil {
			return err
		}
	}
	return nil
}

// converters reads a chain of converters that begins a word.
func (p *parser) converters() error {
	if err := p.converter(p.e.fetch.Name); err != nil {
		return err
	}
	return p.afterFetch(p.e.fetch.Name)
}

// converter reads one converter with its arguments. fetch is the name of the
// fetch, for messages.
func (p *parser) converter(fetch string) error {
	start := p.at
	end := wordEnd(p.text, start)
	name := p.text[start:end]
	c := p.sc.Words.Converter(name)
	if c == nil {
		return p.unknown("converter", "converter", p.sc.Words.ConverterNames(), start, end)
	}
	if !Castable(p.e.out, c.In) {
		return p.fail(start, end, "converter '%s' cannot be applied", name)
	}
	args, n, perr := ParseArgs(p.text[end:], c.Args, p.sc)
	if perr != nil {
		perr.At += end
		perr.Msg = fmt.Sprintf("invalid arg %d in converter '%s' : %s", perr.arg+1, name, perr.Msg)
		return perr
	}
	if err := p.sc.resolve(args, c.Args, fetch, name); err != nil {
		err.At, err.Len = end, n
		return err
	}
	if c.Check != nil {
		if err := c.Check(args, p.sc); err != nil {
			return p.fail(end, end+n, "invalid args in converter '%s' : %s", name, err)
		}
	}
	switch {
	case c.Out != Same:
		p.e.out = c.Out
	case matrix[p.e.out][c.In] != free:
		p.e.out = c.In
	}
	p.e.steps = append(p.e.steps, step{conv: c, args: args})
	p.at = end + n
	p.last = name
	return nil
}

// junk is the error of bytes behind a complete expression.
func (p *parser) junk() error {
	if p.last != "" {
		return p.fail(p.at, len(p.text), "missing comma after converter '%s'", p.last)
	}
	return p.fail(p.at, len(p.text), "missing comma after fetch keyword")
}

// finish checks the place.
func (p *parser) finish() error {
	p.e.Text = p.text[:p.at]
	if p.sc.Place == 0 || p.e.Where()&p.sc.Place != 0 {
		return nil
	}
	return p.fail(0, p.at, "fetch method '%s' extracts information from '%s', none of which is available here", p.e.fetch.Name, p.e.Use())
}

func suggestion(name string, known []string) string {
	if s := diag.Suggest(name, known); s != "" {
		return "did you mean '" + s + "' maybe ?"
	}
	return ""
}

// ParseACL compiles the keyword of an ACL, which may be an Alias ("hdr_beg(x)"),
// with its converters. It returns the alias, nil if it is a plain fetch.
func ParseACL(text string, sc *Scope) (*Expr, *Alias, error) {
	own := *sc
	own.acl, own.Place = true, 0
	p := parser{text: text, sc: &own}
	name := text[:wordEnd(text, 0)]
	alias := sc.Words.Alias(name)
	if alias == nil {
		err := p.expr()
		if err == nil && p.at < len(text) {
			err = p.junk()
		}
		return p.e, nil, wrap(err, "%s in ACL expression '"+text+"'")
	}
	err := p.fetch(sc.Words.Fetch(alias.Fetch), name, len(name))
	if err == nil && p.at < len(text) {
		err = p.junk()
	}
	return p.e, alias, wrap(err, "ACL keyword '"+name+"' : %s")
}

// wrap puts an error's message into another one, unless it has to stand alone.
func wrap(err error, format string) error {
	var e *Error
	if errors.As(err, &e) && !e.Late {
		e.Msg = strings.Replace(format, "%s", e.Msg, 1)
	}
	return err
}
