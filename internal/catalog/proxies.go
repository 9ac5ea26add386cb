package catalog

import (
	"strings"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
)

// proxies opens the proxy sections of a configuration and knows what each
// inherits. Manual 4.
type proxies struct {
	m        *conf.Model
	d        *diag.List
	byName   map[string]*conf.Proxy
	defaults map[string]*defaultsSection
	last     *defaultsSection // the one that proxies without "from" start from
}

// A defaultsSection is a defaults section with how it has been used so far.
type defaultsSection struct {
	px       *conf.Proxy
	explicit bool        // named by a "from"
	implicit bool        // taken because it was the last one
	prev     *conf.Proxy // an earlier section of the same name
	user     string      // "frontend" or "backend": the first kind of proxy that took its rules
}

func (t *proxies) init(m *conf.Model, d *diag.List) {
	t.m, t.d = m, d
	t.byName = make(map[string]*conf.Proxy)
	t.defaults = make(map[string]*defaultsSection)
}

// open starts the proxy of a section, or returns nil when nothing of the
// section can be understood.
func (t *proxies) open(s *cfg.Section) *conf.Proxy {
	if s.Kind == "defaults" {
		return t.openDefaults(s)
	}
	h := &s.Head
	name := h.Text(1)
	if name == "" {
		t.d.Alertf(h.Pos(1), "'%s' expects an <id> argument", s.Kind)
		return nil
	}
	t.checkName(h, s.Kind, name)
	if !t.checkHead(h, s.Kind) {
		return nil
	}
	t.checkUnique(h, s.Kind, name)
	from := t.last
	if h.Text(2) == "from" {
		if from = t.named(h, s.Kind, name, 3); from == nil {
			return nil
		}
	} else if from != nil {
		from.implicit = true
	}
	t.warnMixed(h, from)
	if from != nil && !t.mayInherit(h, s.Kind, from) {
		return nil
	}
	px := t.create(s, name, from)
	t.m.Proxies = append(t.m.Proxies, px)
	t.byName[name] = px
	return px
}

// warnMixed warns about a defaults section that some proxies name and that
// others take because it is the last one. Manual 4, "defaults".
func (t *proxies) warnMixed(h *cfg.Line, def *defaultsSection) {
	if def == nil || !def.explicit || !def.implicit {
		return
	}
	t.d.Warnf(h.Pos(0), "defaults section '%s' (declared at %s) is explicitly referenced by another proxy and implicitly used here."+
		" To avoid any ambiguity don't mix both usage. Add a last defaults section not explicitly used or always use explicit references.",
		def.px.Name, place(&def.px.Line))
}

// openDefaults starts a defaults section: "defaults [name] [from name]".
func (t *proxies) openDefaults(s *cfg.Section) *conf.Proxy {
	h := &s.Head
	name, at := h.Text(1), 2
	if name == "from" && h.Len() == 3 {
		name, at = "", 1
	}
	old := t.defaults[name]
	if name != "" {
		if old != nil && old.explicit {
			t.d.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormHidden, Pos: h.Pos(1),
				Msg: "Parsing [" + place(h) + "]: defaults '" + name + "' has the same name as another defaults section declared at " + place(&old.px.Line) +
					" which was explicitly referenced hence cannot be replaced. Please remove or rename one of the offending defaults section."})
			return nil
		}
		t.checkUnique(h, s.Kind, name)
	}
	var from *defaultsSection
	if h.Text(at) == "from" {
		if from = t.named(h, s.Kind, name, at+1); from == nil {
			return nil
		}
	}
	t.warnMixed(h, from)
	if from != nil && !t.mayInherit(h, s.Kind, from) {
		return nil
	}
	def := &defaultsSection{px: t.create(s, name, from)}
	if old != nil {
		def.prev = old.px
	}
	t.last = def
	if name != "" {
		t.defaults[name] = def
	}
	t.m.Defaults = append(t.m.Defaults, def.px)
	return def.px
}

// create makes the proxy and fills it from its defaults section.
func (t *proxies) create(s *cfg.Section, name string, from *defaultsSection) *conf.Proxy {
	px := &conf.Proxy{Name: name, Kind: s.Kind, Line: s.Head.Own()}
	switch s.Kind {
	case "frontend":
		px.Caps = conf.FrontCap
	case "backend":
		px.Caps = conf.BackCap
	case "listen":
		px.Caps = conf.ListenCap
	default:
		px.Caps = conf.DefaultsCap | conf.ListenCap
	}
	if from == nil {
		px.SetDefaults()
		return px
	}
	px.Inherit(from.px)
	return px
}

// mayInherit refuses defaults whose rules would not fit. Manual 4, "defaults".
func (t *proxies) mayInherit(h *cfg.Line, kind string, def *defaultsSection) bool {
	has := func(sets ...conf.RuleSet) bool {
		for _, set := range sets {
			if len(def.px.Rules.Of(set)) > 0 {
				return true
			}
		}
		return false
	}
	if !has(conf.TCPReqConn, conf.TCPReqSess, conf.TCPReqCont, conf.TCPResCont, conf.HTTPReq, conf.HTTPRes, conf.HTTPAfterRes) {
		return true
	}
	at := " (defaults section at " + place(&def.px.Line) + ")."
	msg := ""
	switch {
	case kind == "defaults":
		msg = "a defaults section cannot inherit from a defaults section defining TCP/HTTP rules" + at
	case kind == "listen":
		msg = "a listen section cannot inherit from a defaults section defining TCP/HTTP rules."
	case def.user != "" && def.user != kind:
		msg = "frontends and backends cannot inherit from the same defaults section if it defines TCP/HTTP rules" + at
	case kind == "frontend" && has(conf.TCPResCont):
		msg = "a frontend section cannot inherit from a defaults section defining 'tcp-response content' rules" + at
	case kind == "backend" && has(conf.TCPReqConn, conf.TCPReqSess):
		msg = "a backend section cannot inherit from a defaults section defining 'tcp-request connection' or 'tcp-request session' rules" + at
	}
	if msg != "" {
		t.d.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormTight, Pos: h.Pos(0), Msg: msg})
		return false
	}
	def.user = kind
	return true
}

// named finds the defaults section that word i of the head names.
func (t *proxies) named(h *cfg.Line, kind, name string, i int) *defaultsSection {
	want := h.Text(i)
	def := t.defaults[want]
	if def == nil {
		var known []string
		for n := range t.defaults {
			known = append(known, n)
		}
		e := diag.Entry{Sev: diag.Alert, Pos: h.Pos(i),
			Msg: "defaults section '" + want + "' not found for " + kind + " '" + name + "'."}
		if near := diag.Suggest(want, known); near != "" {
			e.Hint = "did you mean '" + near + "' maybe ?"
		}
		t.d.Add(e)
		return nil
	}
	if def.prev != nil {
		// HAProxy calls it an error and starts all the same.
		t.d.Warnf(h.Pos(i), "ambiguous defaults section name '%s' referenced by %s '%s' exists at least at %s and %s.",
			want, kind, name, place(&def.px.Line), place(&def.prev.Line))
	}
	def.explicit = true
	return def
}

// checkName refuses characters that names may not have. Manual 4.
func (t *proxies) checkName(h *cfg.Line, kind, name string) {
	if i := strings.IndexFunc(name, func(r rune) bool { return !nameRune(r) }); i >= 0 {
		// HAProxy calls it an error and starts all the same.
		t.d.Warnf(h.Pos(1), "character '%c' is not permitted in '%s' name '%s'.", name[i], kind, name)
	}
}

func nameRune(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("-_.:", r)
}

// checkHead refuses words behind the name other than "from <defaults>".
func (t *proxies) checkHead(h *cfg.Line, kind string) bool {
	switch {
	case h.Len() == 2, h.Len() == 4 && h.Text(2) == "from":
		return true
	case h.Len() > 4 && h.Text(2) == "from":
		t.d.Alertf(h.Pos(4), "'%s' cannot handle unexpected argument '%s'.", kind, h.Text(4))
	case kind == "backend":
		// HAProxy says nothing here and refuses every line of the section.
		t.d.Alertf(h.Pos(2), "'%s' expects only 'from <defaults>' after its name.", kind)
	}
	if kind != "backend" {
		t.d.Alertf(h.Pos(2), "please use the 'bind' keyword for listening addresses.")
	}
	return false
}

// checkUnique refuses a name that another section has.
func (t *proxies) checkUnique(h *cfg.Line, kind, name string) {
	old := t.byName[name]
	if old == nil && kind != "defaults" {
		if def := t.defaults[name]; def != nil {
			old = def.px
		}
	}
	if old == nil {
		return
	}
	msg := "Parsing [" + place(h) + "]: " + kind + " '" + name + "' has the same name as " + old.TypeName() + " '" + name + "' declared at " + place(&old.Line) + "."
	if old.Caps&caps(kind) == 0 || kind == "defaults" || old.Kind == "defaults" {
		msg += " This is no longer supported as of 3.3. Please rename one or the other."
	}
	t.d.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormHidden, Pos: h.Pos(1), Msg: msg})
}

func caps(kind string) conf.Caps {
	switch kind {
	case "frontend":
		return conf.FrontCap
	case "backend":
		return conf.BackCap
	}
	return conf.ListenCap
}

// place writes where a line stands, as messages quote it.
func place(l *cfg.Line) string {
	p := l.Pos(0)
	return p.File + ":" + itoa(p.Line)
}
