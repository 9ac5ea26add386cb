package core

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
)

// check looks at the whole model, as HAProxy does once it has read all files
// without an error. After one, most messages would only hide it; that a name is
// nowhere is worth its line in any case (for "use_backend" the rules' compilation
// says it).
func check(c *conf.Context) {
	backends := make(map[string]*conf.Proxy)
	for _, p := range c.Model.Proxies {
		if p.Caps&conf.BackCap != 0 {
			backends[p.Name] = p
		}
	}
	if c.Diag.Errors() > 0 {
		for _, p := range c.Model.Proxies {
			if name := p.DefaultBackend; !p.Disabled && p.Caps&conf.FrontCap != 0 && name != "" && backends[name] == nil {
				noBackend(c, p, lineOf(p, p.DefaultBackendLine, 1), "default_backend", name, backends)
			}
		}
		return
	}
	checkBufSizes(c)
	checkLogForwards(c)
	for _, p := range c.Model.Proxies {
		if p.Disabled {
			continue
		}
		resolveErrorFiles(c, p)
		checkBinds(c, p)
		checkBackends(c, p, backends)
		checkIgnored(c, p, backends)
		checkMode(c, p)
		checkStats(c, p)
		checkServers(c, p, backends)
		checkTimeouts(c, p)
	}
}

// bare adds an entry without context, with p's head for the caret.
func bare(c *conf.Context, sev diag.Severity, p *conf.Proxy, format string, args ...any) {
	c.Diag.Add(diag.Entry{Sev: sev, Bare: true, Form: diag.FormHidden, Pos: p.Line.Pos(1), Msg: fmt.Sprintf(format, args...)})
}

// noBackend says that p names a backend at pos that there is not.
func noBackend(c *conf.Context, p *conf.Proxy, pos diag.Pos, what, name string, backends map[string]*conf.Proxy) {
	e := diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormHidden, Pos: pos,
		Msg: fmt.Sprintf("Proxy '%s': unable to find required %s: '%s'.", p.Name, what, name)}
	e.Hint = diag.Maybe(name, slices.Sorted(maps.Keys(backends)))
	c.Diag.Add(e)
}

// lineOf is the place of word i of a line, or p's head if there is no line.
func lineOf(p *conf.Proxy, l *cfg.Line, i int) diag.Pos {
	if l == nil {
		return p.Line.Pos(1)
	}
	return l.Pos(i)
}

// checkBinds warns about a frontend that nobody can reach, and refuses a
// protocol that the mode cannot have.
func checkBinds(c *conf.Context, p *conf.Proxy) {
	if p.Caps&conf.FrontCap != 0 && len(p.Binds) == 0 {
		bare(c, diag.Warning, p, "%s '%s' has no 'bind' directive. Please declare it as a backend if this was intended.", p.TypeName(), p.Name)
	}
	for _, b := range p.Binds {
		if b.Proto == "h1" && !isHTTP(p) || b.Proto == "none" && isHTTP(p) {
			c.Diag.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormHidden, Pos: b.Line.Pos(0), Msg: fmt.Sprintf(
				"%s '%s' : MUX protocol '%s' is not usable for 'bind %s' at [%s:%d].", p.TypeName(), p.Name, b.Proto, b.Line.Text(1), b.Line.File, b.Line.Num)})
		}
	}
}

// checkBackends looks for the backends that p names. Names with a format in
// them are looked up at run time.
func checkBackends(c *conf.Context, p *conf.Proxy, backends map[string]*conf.Proxy) {
	if p.Caps&conf.FrontCap == 0 {
		return
	}
	if name := p.DefaultBackend; name != "" {
		if b := backends[name]; b == nil {
			noBackend(c, p, lineOf(p, p.DefaultBackendLine, 1), "default_backend", name, backends)
		} else {
			checkPair(c, p, b, "as its default backend")
		}
	}
	for _, r := range p.Rules.Of(conf.UseBackend) {
		words := r.Words()
		name := words[0].Text
		if strings.Contains(name, "%") || len(words) > 1 && words[1].Text != "if" && words[1].Text != "unless" {
			continue // the second is an error that the rule's compilation reports
		}
		if b := backends[name]; b == nil {
			noBackend(c, p, r.Line.Pos(r.From), "use_backend", name, backends)
		} else {
			checkPair(c, p, b, "in a 'use_backend' rule")
		}
	}
}

// checkIgnored looks for the backend that an ignored default_backend names. The
// rules that are ignored are seen to when they are compiled.
func checkIgnored(c *conf.Context, p *conf.Proxy, backends map[string]*conf.Proxy) {
	if p.Ignored == nil || p.Ignored.DefaultBackend == "" {
		return
	}
	name, pos := p.Ignored.DefaultBackend, lineOf(p, p.Ignored.DefaultBackendLine, 1)
	switch backends[name] {
	case nil:
		noBackend(c, p, pos, "default_backend", name, backends)
	case p:
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormHidden, Pos: pos,
			Msg: fmt.Sprintf("Proxy '%s': loop detected for default_backend: '%s'.", p.Name, name)})
	}
}

// checkPair refuses a backend of another mode than the frontend's. A connection
// can be upgraded from TCP to HTTP; mode haterm counts as HTTP.
func checkPair(c *conf.Context, f, b *conf.Proxy, how string) {
	ours, theirs := streamMode(f), streamMode(b)
	if ours == theirs || ours == "tcp" && theirs == "http" {
		return
	}
	bare(c, diag.Alert, f, "%s %s '%s' (%s:%d) tries to use incompatible %s %s '%s' (%s:%d) %s (see 'mode').",
		ours, f.TypeName(), f.Name, f.Line.File, f.Line.Num, theirs, b.TypeName(), b.Name, b.Line.File, b.Line.Num, how)
}

// streamMode is what a proxy's streams are, as messages call it.
func streamMode(p *conf.Proxy) string {
	switch p.Mode {
	case conf.HTTP, conf.Haterm:
		return "http"
	case conf.Log:
		return "syslog"
	case conf.SPOP:
		return "spop"
	}
	return "tcp"
}

func isHTTP(p *conf.Proxy) bool { return p.Mode == conf.HTTP || p.Mode == conf.Haterm }

// checkTimeouts warns about a proxy that could wait forever.
func checkTimeouts(c *conf.Context, p *conf.Proxy) {
	t := &p.Timeouts
	front := p.Caps&conf.FrontCap != 0 && t.Client == 0
	back := p.Caps&conf.BackCap != 0 && len(p.Servers) > 0 && (t.Connect == 0 || t.Server == 0)
	if p.Mode == conf.Log || p.Mode == conf.SPOP || !front && !back {
		return
	}
	// No line is shown: none of the section's is wrong, some are missing.
	msg := fmt.Sprintf("missing timeouts for %s '%s'.\n"+
		"   | While not properly invalid, you will certainly encounter various problems\n"+
		"   | with such a configuration. To fix this, please ensure that all following\n"+
		"   | timeouts are set to a non-zero value: 'client', 'connect', 'server'.", p.TypeName(), p.Name)
	c.Diag.Add(diag.Entry{Sev: diag.Warning, Bare: true, Form: diag.FormHidden, Msg: msg})
}

// checkStats refuses two ways to say who sees the statistics page.
func checkStats(c *conf.Context, p *conf.Proxy) {
	if s := p.Stats; s != nil && len(p.Rules.Of(conf.StatsHTTPReq)) > 0 && (len(s.Auth) > 0 || s.RealmSet) {
		bare(c, diag.Alert, p, "proxy '%s': stats 'auth'/'realm' and 'http-request' can't be used at the same time.", p.Name)
	}
}

// checkServers looks at what servers need from each other and from their
// addresses.
func checkServers(c *conf.Context, p *conf.Proxy, backends map[string]*conf.Proxy) {
	if p.Dispatch != "" && p.Balance.Algo != "" {
		c.Diag.Add(diag.Entry{Sev: diag.Warning, Bare: true, Form: diag.FormHidden, Pos: lineOf(p, p.Balance.Line, 0),
			Msg: fmt.Sprintf("dispatch address of %s '%s' will be ignored in balance mode.", p.TypeName(), p.Name)})
	}
	ids := make(map[int]*conf.Server)
	for _, s := range p.Servers {
		if old := ids[s.ID]; s.ID != 0 && old != nil {
			c.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormBracket, Pos: s.Line.Pos(0), Msg: fmt.Sprintf(
				"'server %s/%s' : 'id' : custom id %d already used at %s:%d ('server %s').", p.Name, s.Name, s.ID, old.Line.File, old.Line.Num, old.Name)})
		}
		ids[s.ID] = s
		checkAgent(c, p, s)
		if s.Track != "" {
			checkTrack(c, p, s, backends)
		}
	}
}

// last is the server that is declared last.
func last(servers map[*conf.Server]bool) (found *conf.Server) {
	for s := range servers {
		if found == nil || s.Line.Num > found.Line.Num {
			found = s
		}
	}
	return found
}

// checkAgent refuses an agent that nobody can reach, and a protocol that the mode
// cannot have.
func checkAgent(c *conf.Context, p *conf.Proxy, s *conf.Server) {
	if s.AgentCheck && s.AgentPort == 0 {
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormBracket, Pos: s.Line.Pos(0), Msg: "'server " + p.Name + "/" + s.Name +
			"' : server " + s.Name + " does not have agent port. Agent check has been disabled."})
	}
	if s.Proto == "h1" && !isHTTP(p) || s.Proto == "none" && isHTTP(p) {
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormHidden, Pos: s.Line.Pos(0), Msg: fmt.Sprintf(
			"%s '%s' : MUX protocol '%s' is not usable for server '%s' at [%s:%d].", p.TypeName(), p.Name, s.Proto, s.Name, s.Line.File, s.Line.Num)})
	}
}

// checkTrack follows "track" to its end.
func checkTrack(c *conf.Context, p *conf.Proxy, s *conf.Server, backends map[string]*conf.Proxy) {
	fail := func(format string, args ...any) {
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormBracket, Pos: s.Line.Pos(0),
			Msg: "'server " + p.Name + "/" + s.Name + "' : " + fmt.Sprintf(format, args...)})
	}
	both := ""
	switch {
	case s.Check || s.AgentCheck:
		both = "enable checks"
	case s.InitState != "" && s.InitState != "none":
		both = "set init-state"
	}
	if both != "" {
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormBracket, Pos: s.Line.Pos(0),
			Msg: "'server " + p.Name + "/" + s.Name + "' : unable to " + both + " and tracking at the same time!"})
		return
	}
	px, srv, first := p, s, ""
	seen := map[*conf.Server]bool{s: true}
	for srv.Track != "" {
		name := srv.Track
		if owner, tail, ok := strings.Cut(name, "/"); ok {
			if px = backends[owner]; px == nil {
				fail("unable to find required proxy '%s' for tracking.", owner)
				return
			}
			name = tail
		}
		next := px.Server(name)
		if next == nil {
			fail("unable to find required server '%s' for tracking.", name)
			return
		}
		if srv = next; first == "" {
			first = px.Name + "/" + srv.Name
		}
		if seen[srv] {
			// Said once, of the last of the chain.
			if srv == s && last(seen) == s {
				fail("unable to track %s as it belongs to a tracking chain looping back to %s/%s.", first, p.Name, s.Name)
			}
			return
		}
		seen[srv] = true
	}
	if !srv.Check && !srv.AgentCheck {
		fail("unable to use %s/%s for tracking as it does not have any check nor agent enabled.", px.Name, srv.Name)
	}
}
