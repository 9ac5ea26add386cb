package core

import (
	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
)

// A laterSection is a section whose feature is still to come.
type laterSection struct{ name, section, text string }

// laterSections lists them; a feature that takes one over removes it here.
func laterSections() []laterSection {
	return []laterSection{
		{"acme", "12.8", "Sets up a certificate authority."},
		{"cache", "6.2", "Declares a cache."},
		{"crt-store", "12.7", "Names certificates and where they are."},
		{"dynamic-update", "12.9", "Watches files for changes."},
		{"fcgi-app", "10", "Declares a FastCGI application."},
		{"log-forward", "12.4", "Receives and forwards log lines."},
		{"log-profile", "12.5", "Declares formats for log steps."},
		{"mailers", "12.3", "Declares mail servers for alerts."},
		{"peers", "11.2", "Declares instances that share tables."},
		{"program", "12.6", "Runs a program beside the workers; gone since 3.3."},
		{"resolvers", "5.3", "Declares name servers."},
		{"ring", "12.2", "Declares a ring for events."},
		{"traces", "12.11", "Sets up traces."},
		{"userlist", "12.1", "Declares users and groups."},
	}
}

// Lines are the sections of a kind that no feature reads yet: Model.Extra
// holds one under the kind's name.
type Lines []cfg.Section

func sectionRows() []catalog.Section {
	rows := []catalog.Section{
		{Doc: doc("http-errors", "<name>", "12.7", "Declares a set of error pages."), Words: nil, Parse: httpErrorsSection},
	}
	for _, s := range laterSections() {
		rows = append(rows, catalog.Section{Doc: doc(s.name, "<name>", s.section, s.text), Parse: keepSection})
	}
	return rows
}

// keepSection keeps the section's lines and says once that nothing will be
// done with them.
func keepSection(c *conf.Context, s *cfg.Section) {
	kept, _ := c.Model.Extra[s.Kind].(Lines)
	if kept == nil {
		c.Warnf(0, "section '%s' is not supported yet by this version and is ignored.", s.Kind)
	}
	c.Model.Extra[s.Kind] = append(kept, *s)
}
