package logfmt

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"segue/internal/diag"
	"segue/internal/sample"
)

// Compile compiles a format. Errors are of type *sample.Error; At is the byte
// offset in text.
func Compile(text string, sc *sample.Scope, opt Options) (*Format, error) {
	c := compiler{text: text, sc: sc, opt: opt, f: &Format{http: opt.HTTP}}
	if opt.Log {
		c.def = must
	}
	if c.opt.Place == 0 {
		c.opt.Place = sample.Everywhere
	}
	if err := c.run(); err != nil {
		return nil, err
	}
	c.finish()
	return c.f, nil
}

type compiler struct {
	text  string
	at    int
	sc    *sample.Scope
	opt   Options
	f     *Format
	def   flags // of the items that follow
	whole flags // of all "%{...}o" so far
	hasO  bool
}

func fail(at, n int, msg string) *sample.Error { return &sample.Error{Msg: msg, At: at, Len: n} }

// run reads the whole text.
func (c *compiler) run() error {
	start := 0
	for c.at < len(c.text) {
		switch b := c.text[c.at]; {
		case b == '%' && c.at+1 < len(c.text) && c.text[c.at+1] == '%':
			c.addText(c.text[start : c.at+1])
			c.at += 2
			start = c.at
		case b == '%':
			c.addText(c.text[start:c.at])
			if err := c.item(); err != nil {
				return err
			}
			start = c.at
		case b == ' ' && c.opt.Merge:
			c.addText(c.text[start:c.at])
			for c.at < len(c.text) && c.text[c.at] == ' ' {
				c.at++
			}
			start = c.at
			c.f.items = append(c.f.items, item{kind: isSpace})
		default:
			c.at++
		}
	}
	c.addText(c.text[start:])
	return nil
}

// addText adds a constant; neighbours become one item.
func (c *compiler) addText(s string) {
	if s == "" {
		return
	}
	if n := len(c.f.items); n > 0 && c.f.items[n-1].kind == isText {
		c.f.items[n-1].text += s
		return
	}
	c.f.items = append(c.f.items, item{kind: isText, text: s})
}

// item reads "%(name:type){args}alias" or "%(name:type){args}[expr]".
func (c *compiler) item() error {
	begin := c.at
	c.at++
	it := item{}
	if c.peek() == '(' {
		if err := c.name(&it); err != nil {
			return err
		}
	}
	args, last := "", "%"
	if c.peek() == '{' {
		end := strings.IndexByte(c.text[c.at:], '}')
		if end < 0 {
			rest := c.text[c.at+1:]
			if rest == "" {
				rest = "%"
			}
			return fail(begin, 0, "truncated line after '"+rest+"'")
		}
		args = c.text[c.at+1 : c.at+end]
		last = args
		c.at += end + 1
		if b := c.peek(); b != '[' && !isAlnum(b) {
			return fail(begin, c.at-begin, "parse argument modifier without alias name near '%{"+args+"}'")
		}
	}
	it.opts = apply(c.def, args)
	switch b := c.peek(); {
	case c.at == len(c.text):
		return fail(begin, 0, "truncated line after '"+last+"'")
	case b == '[':
		return c.expr(&it)
	case isAlnum(b):
		return c.alias(&it, begin)
	}
	return fail(c.at, 1, "unexpected alias name near '"+c.text[c.at:c.at+1]+"' at position "+strconv.Itoa(c.at)+
		" line : '"+c.text+"'. Maybe you want to write a single '%', use the syntax '%%'")
}

func (c *compiler) peek() byte {
	if c.at < len(c.text) {
		return c.text[c.at]
	}
	return 0
}

func isAlnum(b byte) bool { return b-'0' <= 9 || b|0x20 >= 'a' && b|0x20 <= 'z' }

var casts = map[string]cast{"": asIs, "str": toStr, "sint": toSint, "bool": toBool, "raw": raw}

// name reads "(name:type)".
func (c *compiler) name(it *item) error {
	begin := c.at
	c.at++
	start := c.at
	for isAlnum(c.peek()) || strings.IndexByte("_-.", c.peek()) >= 0 && c.peek() != 0 {
		c.at++
	}
	it.name = c.text[start:c.at]
	if c.peek() == ':' {
		c.at++
		at := c.at
		for isAlnum(c.peek()) {
			c.at++
		}
		word := c.text[at:c.at]
		to, ok := casts[word]
		if !ok && (c.peek() == ')' || c.peek() == 0) {
			return fail(at, len(word), "unexpected output type '"+word+"' at position "+strconv.Itoa(at)+
				" line : '"+c.text+"'. Supported types are: str, sint, bool, raw")
		}
		it.cast = to
	}
	switch c.peek() {
	case ')':
		c.at++
		return nil
	case 0:
		if c.at == len(c.text) {
			return fail(begin, 0, "truncated line after '%'")
		}
	}
	return fail(c.at, 1, "invalid character in custom name near '"+c.text[c.at:c.at+1]+"' at position "+
		strconv.Itoa(c.at)+" line : '"+c.text+"'")
}

var argFlags = map[string]flags{"M": must, "Q": quote, "X": hexa, "E": escape, "bin": binary, "json": asJSON, "cbor": asCBOR}

// apply switches flags as args says: "+Q,-X". Unknown ones are ignored, and the
// first encoding stays.
func apply(f flags, args string) flags {
	for _, a := range strings.Split(args, ",") {
		a = strings.TrimSpace(a)
		if a == "" {
			continue
		}
		bit, ok := argFlags[a[1:]]
		switch {
		case !ok:
		case a[0] == '+' && f&encoded != 0:
			f |= bit &^ encoded
		case a[0] == '+':
			f |= bit
		case a[0] == '-':
			f &^= bit
		}
	}
	return f
}

// alias reads the name of an alias and adds its item.
func (c *compiler) alias(it *item, begin int) error {
	start := c.at
	for isAlnum(c.peek()) {
		c.at++
	}
	name := c.text[start:c.at]
	al := findAlias(name)
	if al == nil {
		e := fail(begin, c.at-begin, "no such format alias '"+name+
			"'. If you wanted to emit the '%' character verbatim, you need to use '%%'")
		e.Hint = hint(name)
		return e
	}
	switch name {
	case "o":
		c.def = it.opts
		if !c.hasO {
			c.whole, c.hasO = it.opts, true
		} else {
			c.whole &= it.opts
		}
		return nil
	case "H":
		host, _ := os.Hostname()
		c.add(it, &alias{Doc: al.Doc, str: constant(host)})
		return nil
	}
	if al.http && c.opt.Diag != nil {
		c.opt.Diag("format alias '" + name + "'")
	}
	c.f.needsSrc = c.f.needsSrc || al.src
	c.add(it, al)
	return nil
}

func (c *compiler) add(it *item, al *alias) {
	it.al, it.kind = al, isString
	if al.num != nil {
		it.kind = isNumber
	}
	c.f.items = append(c.f.items, *it)
}

func hint(name string) string {
	names := make([]string, len(aliases))
	for i := range aliases {
		names[i] = aliases[i].Name[1:]
	}
	if s := diag.Suggest(name, names); s != "" {
		return "did you mean '%" + s + "' maybe ?"
	}
	return ""
}

// expr reads "[expression]" and adds its item.
func (c *compiler) expr(it *item) error {
	c.at++
	text := c.text[c.at:]
	sc := *c.sc
	sc.Place = 0
	e, n, err := sample.Parse(text, &sc)
	if err != nil {
		var se *sample.Error
		if !errors.As(err, &se) {
			return fail(c.at, 0, err.Error())
		}
		out := *se
		out.At += c.at
		if !out.Late {
			out.Msg = "failed to parse sample expression <" + text + "> : " + se.Msg
		}
		return &out
	}
	if n >= len(text) {
		return fail(c.at-2, 0, "missing ']' after '"+text[:n]+"'")
	}
	if text[n] != ']' {
		return fail(c.at+n, 1, "expected ']' after '"+text[:n]+"', but found '"+text[n:n+1]+"'")
	}
	if e.Where()&c.opt.Place == 0 {
		return fail(c.at, n, "sample fetch <"+e.Fetch().Name+"> may not be reliably used here because it needs '"+
			e.Use().String()+"' which is not available here")
	}
	c.at += n + 1
	c.f.use |= e.Use()
	if c.opt.Bytes != nil && e.Use()&sample.UseBytes != 0 {
		c.opt.Bytes(e.Fetch().Name)
	}
	it.kind, it.expr = isExpr, e
	c.f.items = append(c.f.items, *it)
	return nil
}

// finish settles the options that hold for all items: an encoding of the whole
// replaces those of the items, and bin counts for the whole only.
func (c *compiler) finish() {
	c.f.opts = c.whole & (encoded | binary)
	if c.f.opts&encoded == asJSON {
		c.f.opts &^= binary
	}
	for i := range c.f.items {
		it := &c.f.items[i]
		if c.f.opts&encoded != 0 {
			it.opts = it.opts&^(binary|encoded) | c.f.opts
		} else {
			it.opts = it.opts&^binary | c.f.opts
		}
		if it.kind == isNumber && it.opts&hexa != 0 && it.al.hex != nil {
			it.al = hexAlias(it.al)
			it.kind = isString
		}
		if it.al != nil {
			it.num, it.str = it.al.num, it.al.str
		}
		if it.al != nil && it.al.bare {
			it.opts &^= quote
		}
		it.bare = it.opts&(quote|rewritten) == 0
		if it.kind == isText && len(it.text) == 1 {
			it.kind = isByte
		}
	}
}
