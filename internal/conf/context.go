package conf

import (
	"segue/internal/cfg"
	"segue/internal/diag"
)

// Context is what a directive's Parse sees: the model so far and the line.
type Context struct {
	Model   *Model
	Diag    *diag.List
	Section *cfg.Section
	Proxy   *Proxy    // of a proxy section, else nil
	Line    *cfg.Line // Words[Arg-1] is the last word of the directive's name
	Arg     int       // index of the first argument
	Neg     bool      // "no" stood in front
	Reset   bool      // "default" stood in front
	// Vocabulary gives the words that are valid in a place, for hints.
	Vocabulary func() []string
}

// Alertf reports an error at word i of the line.
func (c *Context) Alertf(i int, format string, args ...any) {
	c.Diag.Alertf(c.Line.Pos(i), format, args...)
}

// Warnf reports a warning at word i of the line.
func (c *Context) Warnf(i int, format string, args ...any) {
	c.Diag.Warnf(c.Line.Pos(i), format, args...)
}
