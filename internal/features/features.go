// Package features is the one list of what this binary can do. A feature that
// is not named here does not exist.
package features

import (
	"segue/internal/catalog"
	"segue/internal/feature/actions"
	"segue/internal/feature/admin"
	"segue/internal/feature/checks"
	"segue/internal/feature/convert"
	"segue/internal/feature/core"
	"segue/internal/feature/httpfetch"
	"segue/internal/feature/l4fetch"
	"segue/internal/feature/reload"
	"segue/internal/feature/resolvers"
	"segue/internal/feature/stats"
	"segue/internal/feature/vars"
	"segue/internal/logfmt"
)

// All returns every feature, in the order in which -dK lists their words.
func All() []*catalog.Feature {
	return []*catalog.Feature{
		core.Feature(),
		actions.Feature(),
		checks.Feature(),
		convert.Feature(),
		httpfetch.Feature(),
		l4fetch.Feature(),
		stats.Feature(),
		admin.Feature(),
		reload.Feature(),
		resolvers.Feature(),
		vars.Feature(),
		{Name: "log", LogAliases: logfmt.Aliases()},
	}
}
