package conf

import (
	"fmt"
	"os"
	"strings"

	"segue/internal/cfg"
	"segue/internal/diag"
)

// Context is what a directive's Parse sees: the model so far and the line.
// It belongs to one parse and is reused from line to line, so nobody keeps it.
type Context struct {
	Model   *Model
	Diag    *diag.List
	Section *cfg.Section
	Proxy   *Proxy    // of a proxy section, else nil
	Line    *cfg.Line // Words[Arg-1] is the last word of the directive's name
	Arg     int       // index of the first argument
	Neg     bool      // "no" stood in front
	Reset   bool      // "default" stood in front
	// Took is set by the Parse of a word with a variable number of arguments
	// to the number of them that it read.
	Took int
	// Grammar knows the words of all features.
	Grammar Grammar
	// ReadFile reads a file that a directive names. Relative names have been
	// made absolute by Path.
	ReadFile func(name string) ([]byte, error)
	// Lookup resolves a host name; the network is "ip", "ip4" or "ip6". The
	// addresses are at least one.
	Lookup Lookup

	words map[wordsKey]*ServerWords // that servers of this parse share
}

// Grammar is the part of the index of words that directives need while they
// parse. It is implemented by the catalog.
type Grammar interface {
	// BindWords reads the words of a bind line from word i on into b.
	BindWords(c *Context, b *Bind, i int)
	// ServerWords reads the words of a server or, with def, a default-server
	// line from word i on into s.
	ServerWords(c *Context, s *ServerWords, i int, def bool)
	// Second gives the words that may follow first in the section of c, for
	// hints: Second("option") lists all options. Second("") lists the words
	// that a line may begin with.
	Second(c *Context, first string) []string
}

// Expand replaces "${NAME}" in an address word. Addresses are expanded outside of
// double quotes, too; variables that do not exist are empty. Manual 2.3.
func (c *Context) Expand(s string) string { return c.Model.Expand(s) }

// Expand is Context.Expand for words that are read after the file.
func (m *Model) Expand(s string) string {
	if !strings.Contains(s, "$") {
		return s
	}
	return os.Expand(s, func(name string) string { return m.Env[name] })
}

// Text returns argument i, counted from 0, or "" behind the last one.
func (c *Context) Text(i int) string { return c.Line.Text(c.Arg + i) }

// Args returns the texts of all arguments.
func (c *Context) Args() []string { return c.Line.ArgsFrom(c.Arg) }

// NArgs returns the number of arguments.
func (c *Context) NArgs() int { return max(0, c.Line.Len()-c.Arg) }

// Name returns the directive's name as written, without "no" and "default".
func (c *Context) Name() string {
	i := 0
	if c.Neg || c.Reset {
		i = 1
	}
	name := c.Line.Text(i)
	for i++; i < c.Arg; i++ {
		name += " " + c.Line.Text(i)
	}
	return name
}

// Rule returns the line as a rule whose first word is argument i.
func (c *Context) Rule(i int) RuleLine {
	r := RuleLine{Line: c.Line.Own(), From: min(c.Arg+i, c.Line.Len())}
	if c.Proxy != nil && c.Proxy.Caps&DefaultsCap != 0 {
		r.Def = c.Proxy.Name
	}
	return r
}

// Alertf reports an error at word i of the line.
func (c *Context) Alertf(i int, format string, args ...any) {
	c.Diag.Alertf(c.Line.Pos(i), format, args...)
}

// Unknownf reports an unknown word at word i of the line, and hints at the one
// of known that was probably meant. Messages that list what they expect need
// no such help: diag reads the list.
func (c *Context) Unknownf(i int, known []string, format string, args ...any) {
	e := diag.Entry{Sev: diag.Alert, Pos: c.Line.Pos(i), Msg: fmt.Sprintf(format, args...)}
	if near := diag.Suggest(c.Line.Text(i), known); near != "" {
		e.Hint = "did you mean '" + near + "' maybe ?"
	}
	c.Diag.Add(e)
}

// Warnf reports a warning at word i of the line.
func (c *Context) Warnf(i int, format string, args ...any) {
	c.Diag.Warnf(c.Line.Pos(i), format, args...)
}

// wordsKey is what the words of a server line mean: their text on top of the
// proxy's default-server.
type wordsKey struct {
	base *ServerWords
	text string
}

// ServerWords reads the words of a server line from argument i on. Lines that say
// the same share the result. Those about which there is something to report, and
// those that remember their line, have their own.
func (c *Context) ServerWords(i int) *ServerWords {
	base := c.Proxy.DefServer
	if c.NArgs() <= i {
		return base
	}
	key := wordsKey{base: base, text: c.wordsText(c.Arg + i)}
	if w := c.words[key]; w != nil {
		return w
	}
	w, said := base.Clone(), len(c.Diag.Entries())
	c.Grammar.ServerWords(c, w, c.Arg+i, false)
	if len(c.Diag.Entries()) > said || w.PoolConnName != nil || w.SNI != nil || w.ProxyTLVs != nil || w.Extra != nil {
		return w
	}
	if c.words == nil {
		c.words = map[wordsKey]*ServerWords{}
	}
	c.words[key] = w
	return w
}

// wordsText is what the line says from word i on, each word ended by a NUL, which
// no word contains.
func (c *Context) wordsText(i int) string {
	size := 0
	for _, w := range c.Line.Words[i:] {
		size += len(w.Text) + 1
	}
	text := make([]byte, 0, size)
	for _, w := range c.Line.Words[i:] {
		text = append(append(text, w.Text...), 0)
	}
	return string(text)
}
