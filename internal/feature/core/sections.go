package core

import (
	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/keyword"
)

// A laterSection is a section whose feature is still to come.
type laterSection struct {
	name, section, text string
	effect              keyword.Effect
	why                 string
}

// laterSections lists them; a feature that takes one over removes it here.
func laterSections() []laterSection {
	const inert = keyword.Inert
	return []laterSection{
		{"acme", "12.8", "Sets up a certificate authority.", inert, whyTLS},
		{"cache", "6.2", "Declares a cache.", inert, "responses are not cached yet"},
		{"crt-store", "12.7", "Names certificates and where they are.", inert, whyTLS},
		{"dynamic-update", "12.9", "Watches files for changes.", inert, whyTLS},
		{"fcgi-app", "10", "Declares a FastCGI application.", inert, "it has no FastCGI"},
		{"log-forward", "12.4", "Receives and forwards log lines.", keyword.Unbuilt, "nobody would receive the lines"},
		{"log-profile", "12.5", "Declares formats for log steps.", inert, "it has no log profiles"},
		{"mailers", "12.3", "Declares mail servers for alerts.", inert, "it sends no mail"},
		{"peers", "11.2", "Declares instances that share tables.", inert, whyTables},
		{"ring", "12.2", "Declares a ring for events.", inert, "it has no rings"},
		{"traces", "12.11", "Sets up traces.", inert, "it has no traces"},
		{"userlist", "12.1", "Declares users and groups.", inert, "it has no http_auth"},
	}
}

func sectionRows() []catalog.Section {
	rows := []catalog.Section{
		{Doc: doc("http-errors", "<name>", "12.7", "Declares a set of error pages."), Words: nil, Parse: httpErrorsSection},
	}
	for _, s := range laterSections() {
		row := catalog.Section{Doc: doc(s.name, "<name>", s.section, s.text), Parse: func(*conf.Context, *cfg.Section) {}}
		if s.name == "userlist" {
			row.Parse = userlist
		}
		row.Effect, row.Why = s.effect, s.why
		rows = append(rows, row)
	}
	return rows
}

// userlist checks the section's head; its users are nobody's yet.
func userlist(c *conf.Context, s *cfg.Section) {
	head := &s.Head
	switch {
	case head.Len() < 2:
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormTight, Pos: head.Pos(0), Msg: "'userlist' expects <name> as arguments."})
	case head.Len() > 2:
		c.Diag.Alertf(head.Pos(2), "'userlist' cannot handle unexpected argument '%s'.", head.Text(2))
	}
}
