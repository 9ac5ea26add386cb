package catalog

import (
	"strconv"
	"strings"

	"segue/internal/diag"
	"segue/internal/keyword"
)

// inertWords are the directives of the global section that have no effect for
// one reason. A distribution's file has half a dozen of them, and each reload
// says them again: together they are one warning of one line.
type inertWords struct {
	entry int // index of the warning
	at    diag.Pos
	names []string // with their places, but for the first
}

// gather warns of the directive at word i, in the warning about earlier ones of
// the same kind if there is one.
func (p *Parser) gather(d *keyword.Doc, i int) {
	c := &p.ctx
	name, pos := "'"+c.Name()+"'", c.Line.Pos(i)
	g := p.inert[d.Why]
	if g == nil {
		if p.inert == nil {
			p.inert = map[string]*inertWords{}
		}
		p.inert[d.Why] = &inertWords{entry: len(c.Diag.Entries()), at: pos, names: []string{name}}
		tell(c, d, name, i, diag.FormParsing, "")
		return
	}
	where := " (line " + strconv.Itoa(pos.Line) + ")"
	if pos.File != g.at.File {
		where = " (" + pos.File + ":" + strconv.Itoa(pos.Line) + ")"
	}
	g.names = append(g.names, name+where)
	e := &c.Diag.Entries()[g.entry]
	e.Pos = diag.Pos{File: g.at.File, Line: g.at.Line}
	e.Msg = strings.Join(g.names, ", ") + " are accepted and have no effect in this version: " + d.Why + "."
}
