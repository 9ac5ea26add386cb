package core

import (
	"slices"
	"strings"

	"segue/internal/catalog"
)

// Feature returns the words of this package. Every call builds new rows, so
// the caller owns them.
func Feature() *catalog.Feature {
	f := &catalog.Feature{
		Name: "core",
		Directives: slices.Concat(
			globalRows(), globalProcessRows(), tuneRows(), keptRows(),
			proxyRows(), timeoutRows(), optionRows(), balanceRows(), bindRows(), serverRows(),
			logRows(), errorRows(), ruleRows(), statsRows(), checkRows(),
		),
		BindWords:   slices.Concat(bindWords(), bindTLSWords()),
		ServerWords: slices.Concat(serverWords(), serverCheckWords(), serverTLSWords()),
		Sections:    sectionRows(),
		Check:       check,
	}
	slices.SortFunc(f.Directives, func(a, b catalog.Directive) int {
		if n := strings.Compare(a.Name, b.Name); n != 0 {
			return n
		}
		return int(a.In) - int(b.In)
	})
	slices.SortFunc(f.BindWords, func(a, b catalog.BindWord) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(f.ServerWords, func(a, b catalog.ServerWord) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Sections, func(a, b catalog.Section) int { return strings.Compare(a.Name, b.Name) })
	givenOnce(f.Directives)
	fillMissing(f)
	fillEffects(f)
	return f
}
