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
		switch {
		case row == nil:
			ix.unknownBind(c, i)
			return
		case row.NArgs > 0 && i+row.NArgs >= c.Line.Len() && !row.Lax:
			bindMissing(c, i, row)
			return
		}
		c.Took = max(0, row.NArgs)
		errors := c.Diag.Errors()
		row.Parse(c, b, i)
		if c.Diag.Errors() == errors {
			tell(c, &row.Doc, "'"+word+"'", i, diag.FormParsing, bindPrefix(c))
		}
		i += 1 + c.Took
	}
}

// bindPrefix is how messages about a word of a bind line begin.
func bindPrefix(c *conf.Context) string {
	if c.Section.Kind == "global" {
		return "'" + c.Line.Text(0) + " " + c.Line.Text(1) + "' : "
	}
	return "'" + c.Line.Text(0) + " " + c.Line.Text(1) + "' in section '" + c.Section.Kind + "' : "
}

// unknownBind reports word i of a bind line, in the words for proxies or for
// "stats socket".
func (ix *Index) unknownBind(c *conf.Context, i int) {
	word := c.Line.Text(i)
	hint := diag.Suggest(word, ix.bindNames())
	if c.Section.Kind == "global" {
		msg := "'stats socket' : unknown keyword '" + word + "'."
		if hint != "" {
			msg += " Did you mean '" + hint + "' maybe ?"
		}
		c.Alertf(i, "%s", msg)
		return
	}
	msg := "."
	if hint != "" {
		msg = "; did you mean '" + hint + "' maybe ?"
	}
	c.Alertf(i, "'%s %s' in section '%s': unknown keyword '%s'%s", c.Line.Text(0), c.Line.Text(1), c.Section.Kind, word, msg)
}

// bindMissing reports that word i lacks its argument.
func bindMissing(c *conf.Context, i int, row *BindWord) {
	msg := row.Missing
	if msg == "" {
		msg = "'" + row.Name + "' : missing value"
	}
	if c.Section.Kind == "global" {
		c.Alertf(i+1, "'stats socket' : '%s'", msg)
		return
	}
	c.Alertf(i+1, "'%s %s' in section '%s' : %s", c.Line.Text(0), c.Line.Text(1), c.Section.Kind, msg)
}

// ServerWords reads the words of a server or default-server line. Manual 5.2.
func (ix *Index) ServerWords(c *conf.Context, s *conf.ServerWords, i int, def bool) {
	at := func(sev diag.Severity, i int, msg string) {
		c.Diag.Add(diag.Entry{Sev: sev, Form: diag.FormBracket, Pos: c.Line.Pos(i), Msg: msg})
	}
	for i < c.Line.Len() {
		word := c.Line.Text(i)
		row := ix.ServerWord(word)
		switch {
		case row == nil:
			at(diag.Alert, i, ix.unknownServer(c, word, def))
			return
		case def && row.NoDefault:
			// HAProxy prints an error and starts all the same.
			at(diag.Warning, i, "'"+word+"' option is not accepted in default-server sections")
		case row.NArgs > 0 && i+row.NArgs >= c.Line.Len() && row.Lax:
			at(diag.Warning, i+1, ServerPrefix(c)+"'"+word+"' has no argument and is ignored.")
			return
		case row.NArgs > 0 && i+row.NArgs >= c.Line.Len():
			msg := row.Missing
			if msg == "" {
				msg = "'" + word + "' expects an argument"
			}
			at(diag.Alert, i+1, ServerPrefix(c)+msg+".")
			return
		}
		c.Took = max(0, row.NArgs)
		if !def || !row.NoDefault {
			errors := c.Diag.Errors()
			row.Parse(c, s, i)
			if c.Diag.Errors() == errors {
				tell(c, &row.Doc, "'"+word+"'", i, diag.FormBracket, ServerPrefix(c))
			}
		}
		i += 1 + c.Took
	}
}

// unknownServer is the message about a word that server lines do not have.
func (ix *Index) unknownServer(c *conf.Context, word string, def bool) string {
	base, _, _ := strings.Cut(word, "(")
	hint := diag.Suggest(base, ix.serverNames())
	msg := ServerPrefix(c) + "unknown keyword '" + word + "'"
	if hint != "" {
		msg += "; did you mean '" + hint + "' maybe ?"
	} else {
		msg += "."
	}
	if def {
		msg += " Hint: no address was expected for this server."
	}
	return msg
}

// ServerPrefix is how messages about a word of a server line begin.
func ServerPrefix(c *conf.Context) string {
	if c.Line.Text(0) == "default-server" {
		return ""
	}
	owner := c.Section.Name()
	if c.Proxy != nil {
		owner = c.Proxy.Name
	}
	return "'server " + owner + "/" + c.Line.Text(1) + "' : "
}

func itoa(n int) string { return strconv.Itoa(n) }
