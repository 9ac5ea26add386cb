package core

import (
	"segue/internal/conf"
	"segue/internal/diag"
)

// check looks at the whole model, as HAProxy does once it has read all files.
// These messages have no "parsing" in front.
func check(c *conf.Context) {
	for _, p := range c.Model.Proxies {
		if p.Disabled {
			continue
		}
		resolveErrorFiles(c, p)
		checkTimeouts(c, p)
	}
}

// bare adds an entry without context, with p's head for the caret.
func bare(c *conf.Context, sev diag.Severity, p *conf.Proxy, msg string) {
	c.Diag.Add(diag.Entry{Sev: sev, Bare: true, Form: diag.FormHidden, Pos: p.Line.Pos(1), Msg: msg})
}

// checkTimeouts warns about a proxy that could wait forever.
func checkTimeouts(c *conf.Context, p *conf.Proxy) {
	t := &p.Timeouts
	front := p.Caps&conf.FrontCap != 0 && t.Client == 0
	back := p.Caps&conf.BackCap != 0 && (t.Connect == 0 || t.Server == 0)
	if !front && !back {
		return
	}
	bare(c, diag.Warning, p, "missing timeouts for "+p.Kind+" '"+p.Name+"'.\n"+
		"   | While not properly invalid, you will certainly encounter various problems\n"+
		"   | with such a configuration. To fix this, please ensure that all following\n"+
		"   | timeouts are set to a non-zero value: 'client', 'connect', 'server'.")
}
