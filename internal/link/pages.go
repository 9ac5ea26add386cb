package link

import (
	"slices"

	"segue/internal/conf"
	"segue/internal/diag"
	answers "segue/internal/feature/actions"
	"segue/internal/lb"
	"segue/internal/rule"
	"segue/internal/sample"
)

// errorPage is the one action that an "http-error" line knows.
type errorPage struct{ row *rule.Action }

// Action implements rule.Actions.
func (e errorPage) Action(string, conf.RuleSet) *rule.Action { return e.row }

// ActionNames implements rule.Actions.
func (errorPage) ActionNames(conf.RuleSet) []string { return nil }

// httpErrors compiles the pages that are defined in place. Manual 4.2
// "http-error".
func (l *linker) httpErrors(px *lb.Proxy, sc *sample.Scope) {
	if len(px.Conf.HTTPErrors) == 0 {
		return
	}
	table := errorPage{answers.HTTPError()}
	for _, rl := range px.Conf.HTTPErrors {
		rl.From-- // the line's own name stands for the action's
		said := diag.List{}
		r, ok := rule.Compile(&rl, conf.HTTPReq, sc, table, &said)
		l.once(&said)
		page, is := r.Action.(interface{ Page() (int, *lb.Reply) })
		if !ok || !is {
			continue
		}
		if px.Errors == nil {
			px.Errors = map[int]*lb.Reply{}
		}
		status, reply := page.Page()
		px.Errors[status] = reply
	}
}

// once says what has not been said: a line of a defaults section is compiled for
// every proxy that inherits it.
func (l *linker) once(said *diag.List) {
	for _, e := range said.Entries() {
		if !slices.Contains(l.d.Entries(), e) {
			l.d.Add(e)
		}
	}
}
