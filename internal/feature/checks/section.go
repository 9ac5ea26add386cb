package checks

import (
	"strings"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/health"
	"segue/internal/keyword"
)

// Feature returns the words of this package.
func Feature() *catalog.Feature {
	word := func(name, args, text string) keyword.Doc {
		return keyword.Doc{Name: name, Args: args, Section: "12.9", Text: text}
	}
	return &catalog.Feature{Name: "checks", Sections: []catalog.Section{{
		Doc: word("healthcheck", "<name>", "Declares a health check that servers name."),
		Words: []keyword.Doc{
			word("http-check", "<action> ...", "A step of an httpchk."),
			word("tcp-check", "<action> ...", "A step of a tcp-check."),
			word("type", "<type> ...", "Chooses the kind of check, as the option of the same name does."),
		},
		Parse: section,
	}}}
}

// extra is where the sections are kept in Model.Extra.
const extra = "healthcheck"

// Sources returns the healthcheck sections of m by name.
func Sources(m *conf.Model) map[string]*health.Source {
	s, _ := m.Extra[extra].(map[string]*health.Source)
	return s
}

// types are the kinds that a section may have.
var types = []string{"tcp-check", "httpchk", "ssl-hello-chk", "smtpchk", "pgsql-check", "redis-check", "mysql-check", "ldap-check", "spop-check"}

// section reads one healthcheck section.
func section(c *conf.Context, s *cfg.Section) {
	all := Sources(c.Model)
	if all == nil {
		all = map[string]*health.Source{}
		c.Model.Extra[extra] = all
	}
	name := s.Name()
	switch {
	case name == "":
		c.Diag.Alertf(s.Head.Pos(1), "missing name for healthcheck section.")
		return
	case all[name] != nil:
		c.Diag.Alertf(s.Head.Pos(1), "healthcheck section '%s' already defined.", name)
		return
	}
	for _, r := range name {
		if !strings.ContainsRune("-_.:", r) && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') {
			c.Diag.Alertf(s.Head.Pos(1), "character '%c' is not permitted in 'healthcheck' name '%s'.", r, name)
			return
		}
	}
	src := &health.Source{}
	all[name] = src
	for i := range s.Lines {
		line(c.Diag, src, name, &s.Lines[i])
	}
	if src.Type == "" {
		c.Diag.Alertf(s.Head.Pos(1), "healthcheck '%s' has no type.", name)
	}
}

// line reads one line of a section.
func line(d *diag.List, src *health.Source, name string, l *cfg.Line) {
	switch w := l.Text(0); w {
	case "type":
		kind(d, src, l)
	case "tcp-check":
		if src.Type != "" && src.Type != w {
			d.Alertf(l.Pos(0), "unable to configure 'tcp-check' rule for '%s' healthcheck", src.Type)
			return
		}
		if len(src.HTTP) > 0 {
			d.Alertf(l.Pos(0), "cannot mix 'tcp-check' and 'http-check' rules")
			return
		}
		src.TCP = append(src.TCP, conf.RuleLine{Line: *l, From: 1})
	case "http-check":
		if src.Type != "" && src.Type != "httpchk" {
			d.Alertf(l.Pos(0), "unable to configure 'http-check' rule for '%s' healthcheck", src.Type)
			return
		}
		if len(src.TCP) > 0 {
			d.Alertf(l.Pos(0), "cannot mix 'tcp-check' and 'http-check' rules")
			return
		}
		src.HTTP = append(src.HTTP, conf.RuleLine{Line: *l, From: 1})
	default:
		d.Alertf(l.Pos(0), "unknown keyword '%s' in 'healthcheck' section%s", w, diag.DidYouMean(w, []string{"http-check", "tcp-check", "type"}))
	}
}

// kind reads "type <type> ...".
func kind(d *diag.List, src *health.Source, l *cfg.Line) {
	w := l.Text(1)
	known := false
	for _, t := range types {
		known = known || t == w
	}
	switch {
	case w == "":
		d.Alertf(l.Pos(1), "'type' expects a healthcheck type.")
	case src.Type != "":
		d.Alertf(l.Pos(0), "healthcheck type already defined.")
	case !known:
		d.Alertf(l.Pos(1), "unknown healthcheck type '%s' (expects 'tcp-check', 'httpchk', 'ssl-hello-chk', 'smtpchk', 'pgsql-check', 'redis-check', 'mysql-check', 'ldap-check', 'spop-check').", w)
	case len(src.TCP) > 0 && w != "tcp-check":
		d.Alertf(l.Pos(1), "cannot set '%s' type with 'tcp-check' rules", w)
	case len(src.HTTP) > 0 && w != "httpchk":
		d.Alertf(l.Pos(1), "cannot set '%s' type with 'http-check' rules", w)
	default:
		src.Type, src.Opts = w, &conf.RuleLine{Line: *l, From: 2}
	}
}
