package catalog

import (
	"strconv"
	"strings"

	"segue/internal/conf"
	"segue/internal/diag"
)

// BindWords reads the words of a bind line. Manual 5.1.
func (ix *Index) BindWords(c *conf.Context, b *conf.Bind, i int) {
	for i < c.Line.Len() {
		word := c.Line.Text(i)
		row := ix.BindWord(word)
		if row == nil {
			c.Diag.Add(diag.Entry{Sev: diag.Alert, Pos: c.Line.Pos(i), Msg: "'" + c.Line.Text(0) + " " + c.Line.Text(1) +
				"' unknown keyword '" + word + "'" + didYouMean(word, ix.bindNames()) + "."})
			return
		}
		if row.NArgs > 0 && i+row.NArgs >= c.Line.Len() {
			c.Alertf(i, "'%s %s' : '%s' : missing argument.", c.Line.Text(0), c.Line.Text(1), word)
			return
		}
		c.Took = max(0, row.NArgs)
		row.Parse(c, b, i)
		i += 1 + c.Took
	}
}

// ServerWords reads the words of a server or default-server line. Manual 5.2.
func (ix *Index) ServerWords(c *conf.Context, s *conf.ServerWords, i int, def bool) {
	for i < c.Line.Len() {
		word := c.Line.Text(i)
		row := ix.ServerWord(word)
		if row == nil {
			c.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormParsing, Pos: c.Line.Pos(i),
				Msg: ServerPrefix(c) + "unknown keyword '" + word + "'" + didYouMean(word, ix.serverNames()) + "."})
			return
		}
		if def && row.NoDefault {
			c.Alertf(i, "%s'%s' option is not accepted in default-server sections.", ServerPrefix(c), word)
			return
		}
		if row.NArgs > 0 && i+row.NArgs >= c.Line.Len() {
			c.Alertf(i, "%s'%s' expects an argument.", ServerPrefix(c), word)
			return
		}
		c.Took = max(0, row.NArgs)
		row.Parse(c, s, i)
		i += 1 + c.Took
	}
}

// ServerPrefix is how messages about a server line begin.
func ServerPrefix(c *conf.Context) string {
	if c.Line.Text(0) == "default-server" {
		return "'default-server' : "
	}
	return "'server " + c.Line.Text(1) + "' : "
}

// didYouMean is diag.DidYouMean without the question mark's blank, which the
// messages of words on a line do not have room for.
func didYouMean(word string, known []string) string {
	base, _, _ := strings.Cut(word, "(")
	return diag.DidYouMean(base, known)
}

func itoa(n int) string { return strconv.Itoa(n) }
