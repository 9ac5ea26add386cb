package core

import (
	"errors"
	"fmt"
	"math"
	"time"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/keyword"
	"segue/internal/unit"
)

// doc makes a row's description. It keeps the tables to one line a row.
func doc(name, args, section, text string) keyword.Doc {
	return keyword.Doc{Name: name, Args: args, Section: section, Text: text}
}

// report adds an entry at word i of the line.
func report(c *conf.Context, sev diag.Severity, form diag.Form, i int, format string, args ...any) {
	c.Diag.Add(diag.Entry{Sev: sev, Form: form, Pos: c.Line.Pos(i), Msg: fmt.Sprintf(format, args...)})
}

// tightf reports an error at word i in the form without a blank after the
// bracket, which older directives use.
func tightf(c *conf.Context, i int, format string, args ...any) {
	report(c, diag.Alert, diag.FormTight, i, format, args...)
}

// atMost refuses arguments after the first n. It reports whether all is well.
func atMost(c *conf.Context, n int) bool {
	if c.NArgs() <= n {
		return true
	}
	c.Alertf(c.Arg+n, "'%s' cannot handle unexpected argument '%s'.", c.Name(), c.Text(n))
	return false
}

// number reads s as C's atol does, because that is what the language accepts:
// the leading digits count and the rest is dropped. Unlike HAProxy, a word that
// is not a whole number is warned about.
func number(c *conf.Context, i int) int {
	s := c.Line.Text(i)
	n, ok := leadingInt(s)
	if !ok {
		c.Warnf(i, "'%s' is not an integer; it is read as %d.", s, n)
	}
	return n
}

// leadingInt reads the integer that s begins with; ok is false if it is not
// the whole of s. Values saturate at 32 bits.
func leadingInt(s string) (n int, ok bool) {
	i, neg := 0, false
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		neg = s[i] == '-'
		i++
	}
	start := i
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		n = min(n*10+int(s[i]-'0'), math.MaxInt32)
	}
	ok = i == len(s) && i > start
	if neg {
		n = -n
	}
	return n, ok
}

// duration reads word i as the timer named to, in unit def. It reports its
// own errors.
func duration(c *conf.Context, i int, to string, def time.Duration) (time.Duration, bool) {
	d, err := unit.ParseTime(c.Line.Text(i), def)
	var te *unit.TimeError
	if errors.As(err, &te) {
		if te.Reason == unit.ErrTrailing {
			c.Warnf(i, "%s", te.Message(to))
			return d, true
		}
		c.Alertf(i, "%s", te.Message(to))
		return 0, false
	}
	return d, true
}

// join returns the arguments from i on as one text with single blanks.
func join(c *conf.Context, i int) string {
	s := ""
	for ; i < c.NArgs(); i++ {
		if s != "" {
			s += " "
		}
		s += c.Text(i)
	}
	return s
}
