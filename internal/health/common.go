package health

import (
	"strings"

	"segue/internal/conf"
)

// Common is plans by the lines that they were made of. Where thousands of
// backends are checked alike one plan serves them all, and the next generation,
// too. It is used while a generation is linked.
type Common struct{ plans, before map[string]*Plan }

// NewCommon returns the plans of a generation to be linked. What it needs of the
// plans of the generation before, nil for none, it takes from there.
func NewCommon(before *Common) *Common {
	c := &Common{plans: map[string]*Plan{}}
	if before != nil {
		c.before = before.plans
	}
	return c
}

// Linked lets go of what the generation did not need.
func (c *Common) Linked() { c.before = nil }

// plan returns the plan for src. compile makes it when there is none, and it is
// kept for others when no part of it knows the backend, which expressions do, and
// nothing had to be said about its lines.
func (c *Common) plan(src *Source, lang *Lang, compile func() *Plan) *Plan {
	if c == nil || src.Type == "external-check" { // may be forbidden by the global section
		return compile()
	}
	key := src.key()
	p := c.plans[key]
	if p == nil {
		p = c.before[key]
	}
	if p == nil {
		said := len(lang.Diag.Entries())
		if p = compile(); p.needs || len(lang.Diag.Entries()) > said {
			return p
		}
	}
	c.plans[key] = p
	return p
}

// key is all words of src.
func (s *Source) key() string {
	var b strings.Builder
	line := func(r *conf.RuleLine) {
		for _, w := range r.Words() {
			b.WriteString(w.Text)
			b.WriteByte(0)
		}
		b.WriteByte('\n')
	}
	for _, w := range [...]string{s.Type, s.Command, s.Path} {
		b.WriteString(w)
		b.WriteByte(0)
	}
	if s.Opts != nil {
		line(s.Opts)
	}
	for _, lines := range [...][]conf.RuleLine{s.HTTP, s.TCP} {
		b.WriteByte(1)
		for i := range lines {
			line(&lines[i])
		}
	}
	return b.String()
}
