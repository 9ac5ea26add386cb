package cfg

import (
	"maps"
	"strings"

	"segue/internal/diag"
)

// isEnvDirective reports whether word is one of the global section's
// directives that change the environment while the configuration is read.
// Manual 3.1.
func isEnvDirective(word string) bool {
	switch word {
	case "setenv", "presetenv", "unsetenv", "resetenv":
		return true
	}
	return false
}

// execEnv executes an environment directive.
func (r *reader) execEnv(l *Line) {
	switch l.Text(0) {
	case "unsetenv":
		r.unsetEnv(l)
	case "resetenv":
		r.resetEnv(l)
	default:
		r.setEnv(l)
	}
}

// setEnv is setenv and presetenv; the latter keeps a variable that exists.
func (r *reader) setEnv(l *Line) {
	verb, name := l.Text(0), l.Text(1)
	switch {
	case name == "":
		r.alertf(l.Pos(1), diag.FormParsing, "'%s' expects environment variable name.", verb)
		return
	case l.Text(2) == "":
		r.alertf(l.Pos(2), diag.FormParsing, "'%s' expects environment variable value for '%s'.", verb, name)
		return
	case l.Len() > 3:
		r.alertf(l.Pos(3), diag.FormParsing, "'%s' cannot handle unexpected argument '%s'.", verb, l.Text(3))
		return
	case !r.checkName(l, 1):
		return
	}
	if _, exists := r.env[name]; exists && verb == "presetenv" {
		return
	}
	r.env[name] = l.Text(2)
}

// unsetEnv removes the variables it names.
func (r *reader) unsetEnv(l *Line) {
	if l.Text(1) == "" {
		r.alertf(l.Pos(1), diag.FormParsing, "'unsetenv' expects at least one variable name.")
		return
	}
	for i := 1; i < l.Len(); i++ {
		if r.checkName(l, i) {
			delete(r.env, l.Text(i))
		}
	}
}

// resetEnv removes all variables but those it names.
func (r *reader) resetEnv(l *Line) {
	keep := make(map[string]bool, l.Len())
	for i := 1; i < l.Len(); i++ {
		keep[l.Text(i)] = true
	}
	maps.DeleteFunc(r.env, func(name, _ string) bool { return !keep[name] })
}

// checkName refuses names that no environment can hold.
func (r *reader) checkName(l *Line, i int) bool {
	name := l.Text(i)
	if name != "" && !strings.Contains(name, "=") {
		return true
	}
	r.alertf(l.Pos(i), diag.FormParsing, "'%s' failed on variable '%s' : Invalid argument.", l.Text(0), name)
	return false
}
