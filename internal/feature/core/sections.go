package core

import (
	"strings"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/keyword"
)

// A laterSection is a section whose feature is still to come.
type laterSection struct {
	name, section, text string
	effect              keyword.Effect
	why                 string
	words               string // that its lines may begin with, "" if that is not checked
}

// laterSections lists them; a feature that takes one over removes it here.
func laterSections() []laterSection {
	const inert = keyword.Inert
	return []laterSection{
		{"acme", "12.8", "Sets up a certificate authority.", inert, whyTLS, ""},
		{"cache", "6.2", "Declares a cache.", inert, "responses are not cached yet", "max-age max-object-size max-secondary-entries process-vary total-max-size"},
		{"crt-store", "12.7", "Names certificates and where they are.", inert, whyTLS, "crt-base key-base load"},
		{"fcgi-app", "10", "Declares a FastCGI application.", inert, "it has no FastCGI", "acl docroot index log-stderr no option pass-header path-info set-param"},
		{"mailers", "12.3", "Declares mail servers for alerts.", inert, "it sends no mail", "mailer timeout"},
		{"peers", "11.2", "Declares instances that share tables.", inert, whyTables, "bind default-bind default-server disabled enabled log no peer server shards table"},
		{"traces", "12.11", "Sets up traces.", inert, "it has no traces", "trace"},
		{"userlist", "12.1", "Declares users and groups.", inert, "it has no http_auth", "group user"},
	}
}

func sectionRows() []catalog.Section {
	rows := []catalog.Section{
		{Doc: doc("http-errors", "<name>", "12.7", "Declares a set of error pages."), Words: nil, Parse: httpErrorsSection},
		logForwardRow(),
		logProfileRow(),
		ringRow(),
	}
	for _, s := range laterSections() {
		row := catalog.Section{Doc: doc(s.name, "<name>", s.section, s.text), Parse: laterLines(strings.Fields(s.words))}
		for _, w := range strings.Fields(s.words) {
			row.Words = append(row.Words, doc(w, "", s.section, "Belongs to a feature that this version does not have yet."))
		}
		row.Effect, row.Why = s.effect, s.why
		rows = append(rows, row)
	}
	return rows
}

// firstWords are the words that lines of a section begin with.
func firstWords(rows []keyword.Doc) (words []string) {
	for i := range rows {
		first, _, _ := strings.Cut(rows[i].Name, " ")
		words = append(words, first)
	}
	return words
}

// unknownWord reports the line's first word in the words that HAProxy has for
// each kind of section.
func unknownWord(c *conf.Context, kind string, words []string) {
	word := c.Line.Text(0)
	e := diag.Entry{Sev: diag.Alert, Pos: c.Line.Pos(0), Msg: "unknown keyword '" + word + "' in '" + kind + "' section"}
	switch kind {
	case "ring":
		e.Msg = "unknown statement '" + word + "'"
	case "log-profile":
		e.Msg = "unknown keyword '" + word + "' in log-profile section"
	case "log-forward":
		e.Msg = "unknown keyword '" + word + "' in log-forward section."
	case "fcgi-app", "userlist":
		e.Form = diag.FormTight
	case "traces": // whose words HAProxy takes from the global section
		e.Msg = "unknown keyword '" + word + "' in 'global' section"
	}
	e.Hint = diag.Maybe(word, words)
	c.Diag.Add(e)
}
