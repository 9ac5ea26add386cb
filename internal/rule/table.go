package rule

import (
	"slices"
	"strings"

	"segue/internal/conf"
)

// Actions is where names of actions are looked up.
type Actions interface {
	// Action finds the row of a name in a rule set, nil if there is none.
	Action(name string, set conf.RuleSet) *Action
	// ActionNames lists the names that a rule set knows, as messages do.
	ActionNames(set conf.RuleSet) []string
}

// Table is rows by name. It is built once and read by all.
type Table struct {
	rows []*Action // longer names first, so that a prefix finds the longest
}

// NewTable returns the table of the rows.
func NewTable(rows ...[]Action) *Table {
	t := &Table{}
	for _, some := range rows {
		for i := range some {
			t.rows = append(t.rows, &some[i])
		}
	}
	slices.SortStableFunc(t.rows, func(a, b *Action) int { return len(b.Name) - len(a.Name) })
	return t
}

// Action implements Actions.
func (t *Table) Action(name string, set conf.RuleSet) *Action {
	if set == conf.Redirect {
		set = conf.HTTPReq
	}
	for _, a := range t.rows {
		if a.Sets&(1<<set) != 0 && (a.Name == name || a.Prefix && strings.HasPrefix(name, a.Name)) {
			return a
		}
	}
	return nil
}

// ActionNames implements Actions.
func (t *Table) ActionNames(set conf.RuleSet) []string {
	var names []string
	for _, a := range t.rows {
		if a.Sets&(1<<set) == 0 {
			continue
		}
		if a.Prefix {
			names = append(names, a.Name+"(*)")
		} else {
			names = append(names, a.Name)
		}
	}
	slices.Sort(names)
	return names
}
