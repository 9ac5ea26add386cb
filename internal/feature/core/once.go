package core

import (
	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/diag"
)

// oneTime is the global words that are to be given once, with what HAProxy says
// to the second: the first one counts.
func oneTime(name string) (msg string, sev diag.Severity) {
	switch name {
	case "user", "uid":
		return "user/uid already specified. Continuing.", diag.Alert
	case "group", "gid":
		return "group/gid already specified. Continuing.", diag.Alert
	case "log-send-hostname", "maxconn", "ulimit-n":
		return "'" + name + "' already specified. Continuing.", diag.Alert
	case "pidfile":
		return "'pidfile' already specified. Continuing.", diag.Warning
	case "chroot":
		return "'chroot' is already specified. Continuing.", diag.Warning
	}
	return "", diag.Diag
}

// givenOnce makes the rows of those words ignore all lines but the first.
func givenOnce(rows []catalog.Directive) {
	for i := range rows {
		row := &rows[i]
		msg, sev := oneTime(row.Name)
		if msg == "" || row.In != catalog.Global {
			continue
		}
		parse := row.Parse
		row.Parse = func(c *conf.Context) {
			if c.NArgs() > 0 && given(c, msg) {
				c.Diag.Add(diag.Entry{Sev: sev, Continue: true, Pos: c.Line.Pos(0), Msg: msg})
				return
			}
			parse(c)
		}
	}
}

// given reports whether a word with the same message came before, and notes that
// it has come now.
func given(c *conf.Context, msg string) bool {
	key := "once " + msg
	was := c.Model.Extra[key] != nil
	c.Model.Extra[key] = true
	return was
}
