package core

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/unit"
)

// laterHead is what the head of a section of a feature to come must look like.
type laterHead struct {
	kind    string
	missing string // what is said when there is no name; "" = none is needed
	extra   string // what is said of a word too many; "" = HAProxy's usual sentence
	form    diag.Form
	bare    bool // takes no name
	plain   bool // the name's characters are not looked at
	twice   bool // a second one of the name is fine
}

// laterHeads lists them. The sentences are those that HAProxy 3.4 prints.
func laterHeads() []laterHead {
	return []laterHead{
		{kind: "acme", missing: "missing name for acme section."},
		{kind: "cache", missing: "'cache' expects a <name> argument", plain: true},
		{kind: "crt-store", extra: "'crt-store' section only supports a <name> argument.", plain: true, twice: true},
		{kind: "fcgi-app", missing: "'fcgi-app' expects <name> as argument.", form: diag.FormTight},
		{kind: "mailers", missing: "missing name for mailers section."},
		{kind: "peers", missing: "missing name for peers section."},
		{kind: "traces", bare: true, twice: true},
		{kind: "userlist", missing: "'userlist' expects <name> as arguments.", form: diag.FormTight, twice: true},
	}
}

// laterLines is the parser of a section whose words do nothing yet: they must be
// right all the same.
func laterLines(words []string) func(c *conf.Context, s *cfg.Section) {
	return func(c *conf.Context, s *cfg.Section) {
		for _, h := range laterHeads() {
			if h.kind == s.Kind {
				h.check(c, &s.Head)
			}
		}
		for i := range s.Lines {
			c.Line, c.Arg = &s.Lines[i], 1
			switch word := c.Line.Text(0); {
			case len(words) > 0 && !slices.Contains(words, word):
				unknownWord(c, s.Kind, words)
			case s.Kind == "mailers" && word == "timeout":
				mailTimeout(c)
			case s.Kind == "mailers" && word == "mailer":
				mailer(c)
			}
		}
	}
}

// laterKey is where the model keeps the heads of sections of features to come.
const laterKey = "core.later"

// check reports what is wrong with the head line.
func (h *laterHead) check(c *conf.Context, l *cfg.Line) {
	name, most := l.Text(1), 2
	if h.bare {
		most = 1
	}
	alert := func(i int, form diag.Form, text string) {
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Form: form, Pos: l.Pos(i), Msg: text})
	}
	switch {
	case l.Len() > most && h.extra != "":
		alert(most, diag.FormParsing, h.extra)
	case l.Len() > most:
		alert(most, diag.FormParsing, "'"+h.kind+"' cannot handle unexpected argument '"+l.Text(most)+"'.")
	case h.bare:
	case name == "" && h.missing != "":
		alert(0, h.form, h.missing)
	case !h.plain && badGUID(name) != "":
		alert(1, h.form, "character '"+badGUID(name)+"' is not permitted in '"+h.kind+"' name '"+name+"'.")
	case !h.twice:
		h.once(c, l)
	}
}

// once reports a second section of a name.
func (h *laterHead) once(c *conf.Context, l *cfg.Line) {
	seen, _ := c.Model.Extra[laterKey].(map[string]diag.Pos)
	if seen == nil {
		seen = map[string]diag.Pos{}
		c.Model.Extra[laterKey] = seen
	}
	key := h.kind + " " + l.Text(1)
	first, dup := seen[key]
	switch {
	case !dup:
		seen[key] = l.Pos(1)
	case h.kind == "cache":
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormTight, Pos: l.Pos(1), Msg: "Duplicate cache name '" + l.Text(1) + "'."})
	default:
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormFormat, Pos: l.Pos(1), Msg: h.kind + " section '" + l.Text(1) +
			"' has the same name as another " + h.kind + " section declared at " + first.File + ":" + strconv.Itoa(first.Line) + "."})
	}
}

// mailTimeout checks "timeout mail <time>". Manual 12.3.
func mailTimeout(c *conf.Context) {
	word, text := c.Text(0), c.Text(1)
	switch {
	case word == "":
		c.Alertf(c.Arg, "'timeout' expects 'mail' and <time> as arguments.")
	case word != "mail":
		c.Alertf(c.Arg, "'timeout' expects 'mail' and <time> as arguments got '%s'.", word)
	case text == "":
		c.Alertf(c.Arg+1, "'timeout mail' expects <time> as argument.")
	default:
		if _, err := unit.ParseTime(text, time.Millisecond); err != nil {
			c.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormTight, Pos: c.Line.Pos(c.Arg + 1), Msg: mailTime(err, text)})
		}
	}
}

// mailTime is what is wrong with a time, as HAProxy 3.4 says it here.
func mailTime(err error, text string) string {
	switch {
	case errors.Is(err, unit.ErrOverflow):
		return "timer overflow in argument <" + text + "> to <timeout mail>, maximum value is 2147483647 ms (~24.8 days)."
	case errors.Is(err, unit.ErrUnderflow):
		return "timer underflow in argument <" + text + "> to <timeout mail>, minimum non-null value is 1 ms."
	}
	return "unexpected character '" + badTail(text) + "' in argument to <timeout mail>."
}

// mailer checks "mailer <name> <address>:<port>". Manual 12.3.
func mailer(c *conf.Context) {
	name, text := c.Text(0), c.Text(1)
	if name == "" || text == "" {
		c.Alertf(c.Arg, "'mailer' expects <name> and <addr>[:<port>] as arguments.")
		return
	}
	a, err := conf.ParseAddr(c.Expand(text))
	switch {
	case err != nil:
		c.Alertf(c.Arg+1, "'mailer %s' : %v", name, err)
	case (a.Kind == conf.AddrIP || a.Kind == conf.AddrHost) && a.Port <= 0:
		c.Alertf(c.Arg+1, "'mailer %s' : missing port specification in '%s'", name, text)
	}
}
