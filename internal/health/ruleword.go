package health

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/pattern"
	"segue/internal/sample"
)

// reader walks through the words of one rule and reports what is wrong with them.
type reader struct {
	diag   *diag.List
	rl     *conf.RuleLine
	rule   string // "tcp-check", "http-check", "option"
	next   int    // index of the next word, counted from the rule's name
	failed bool   // an error was reported; the others of the line would follow from it
}

// open begins a line; the next word is the one behind the rule's name.
func (r *reader) open(rl *conf.RuleLine, rule string) {
	r.rl, r.rule, r.next, r.failed = rl, rule, 1, false
}

func (r *reader) text(i int) string    { return r.rl.Line.Text(r.rl.From + i) }
func (r *reader) pos(i int) diag.Pos   { return r.rl.Line.Pos(r.rl.From + i) }
func (r *reader) peek() string         { return r.text(r.next) }
func (r *reader) more() bool           { return r.left() > 0 }
func (r *reader) left() int            { return r.rl.Line.Len() - r.rl.From - r.next }
func (r *reader) behind() []cfg.Word   { return r.rl.Line.Words[r.rl.From+r.next:] }
func (r *reader) word() (taken string) { return r.text(r.next - 1) }

// take returns the next word, "" behind the last.
func (r *reader) take() string {
	w := r.peek()
	r.next++
	return w
}

// fail reports an error at the last word that was taken. The message gets a full
// stop; those of HAProxy that have two end with one of their own.
func (r *reader) fail(format string, args ...any) {
	if !r.failed {
		r.diag.Alertf(r.pos(max(0, r.next-1)), "'%s %s' : %s.", r.rule, r.text(0), fmt.Sprintf(format, args...))
	}
	r.failed = true
}

// dot ends the messages about missing arguments of connect and send rules.
func (r *reader) dot() string {
	if r.text(0) == "expect" {
		return ""
	}
	return "."
}

// arg takes the argument of the word that was just taken; what says what it is.
func (r *reader) arg(what string) string {
	if !r.more() {
		r.fail("'%s' expects a%s as argument%s", r.word(), what, r.dot())
		return ""
	}
	return r.take()
}

func (r *reader) argText() string { return r.arg(" string") }

// argNumber takes an integer. What follows its digits does not count, as in
// HAProxy, but is warned of.
func (r *reader) argNumber() int {
	w := r.arg(" integer")
	if r.failed {
		return 0
	}
	digits := strings.TrimPrefix(w, "-")
	digits = digits[:len(digits)-len(strings.TrimLeft(digits, "0123456789"))]
	n, err := strconv.Atoi(digits)
	switch {
	case errors.Is(err, strconv.ErrRange), n > math.MaxInt32:
		n = math.MinInt
	case w[0] == '-':
		n = -n
	}
	if strings.TrimPrefix(w, "-") != digits || digits == "" {
		r.diag.Warnf(r.pos(r.next-1), "'%s' is not an integer; it is read as %d.", w, n)
	}
	return n
}

// word is a row of a rule's grammar: read takes its arguments.
type word struct {
	name string
	in   string // the rules that know it, "" = both
	read func(c *compiler, st *step)
}

// known finds the row of a name in a table.
func (c *compiler) known(table []word, name string) *word {
	for i := range table {
		if w := &table[i]; w.name == name && (w.in == "" || w.in == c.rule) {
			return w
		}
	}
	return nil
}

// each reads the rest of the line by a table. unknown is the message for a word
// that has no row.
func (c *compiler) each(table []word, st *step, unknown string) {
	for c.more() && !c.failed {
		name := c.take()
		if w := c.known(table, name); w != nil {
			w.read(c, st)
		} else {
			c.fail(unknown, name)
		}
	}
}

// format compiles a log-format that was just taken.
func (c *compiler) format(text string) lb.Formatter {
	f, err := c.logFormat(text)
	if err != nil {
		c.fail("'%s' invalid log-format string (%s)", text, err)
	}
	return f
}

func (c *compiler) logFormat(text string) (lb.Formatter, error) {
	if c.failed {
		return nil, nil
	}
	c.p.needs = true
	f, err := logfmt.Compile(text, &c.scope, logfmt.Options{Place: sample.Checks})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// expr compiles an expression that fills the next words; name is what messages
// call it.
func (c *compiler) expr(name string) *sample.Expr {
	c.p.needs = true
	var texts []string
	for _, w := range c.behind() {
		texts = append(texts, w.Text)
	}
	e, n, err := sample.ParseWords(texts, &c.scope)
	c.next += n
	if err == nil {
		return e
	}
	msg := err.Error()
	if se := (*sample.Error)(nil); errors.As(err, &se) {
		msg = se.Msg
	}
	c.fail("error detected while parsing %s expression : %s", name, msg)
	return nil
}

// regex compiles a regular expression that was just taken.
func (c *compiler) regex(text string, fold bool) *pattern.Regex {
	re, err := pattern.CompileRegex(text, fold)
	if err != nil {
		c.fail("%s", err)
	}
	return re
}

// hexBytes reads hexadecimal digits in pairs; why says what is wrong with them.
func hexBytes(text string) (b []byte, why string) {
	if len(text)%2 != 0 {
		return nil, "an even number of hex digit is expected"
	}
	for i := range len(text) {
		if !strings.ContainsRune("0123456789abcdefABCDEF", rune(text[i])) {
			return nil, fmt.Sprintf("an hex digit is expected (found '%c')", text[i])
		}
	}
	b, _ = unhex(text)
	return b, ""
}

func itoa(n int) string { return strconv.Itoa(n) }
