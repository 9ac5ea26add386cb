package cfg

import (
	"fmt"
	"strings"

	"segue/internal/diag"
)

// maxNested is how deep .if blocks may nest (MAXNESTEDCONDS in HAProxy's
// include/haproxy/cfgcond-t.h).
const maxNested = 100

// A cond is one open .if block.
type cond struct {
	num    int  // line of the .if
	dead   bool // no branch will be taken: the block is inside a skipped one, or its condition is faulty
	taken  bool // a branch has been taken
	active bool // the current branch is the one taken
	last   bool // .else has been seen
}

// skipping reports whether the current line is in a branch not taken.
func (r *reader) skipping() bool {
	return len(r.conds) > 0 && !r.conds[len(r.conds)-1].active
}

// conditional executes l if it belongs to conditional blocks, and reports
// whether it does. Manual 2.4. These directives work in skipped branches too.
//
// HAProxy abandons the file at the first fault in them; we go on, and skip a
// block whose condition is unknown.
func (r *reader) conditional(l *Line) bool {
	switch l.Text(0) {
	case ".if":
		r.doIf(l)
	case ".elif":
		r.doElif(l)
	case ".else":
		if c := r.innermost(l); c != nil && !c.last {
			c.last = true
			c.take(true)
		}
	case ".endif":
		if c := r.innermost(l); c != nil {
			r.conds = r.conds[:len(r.conds)-1]
		}
	default:
		return false
	}
	return true
}

// unreadable keeps the blocks in balance when a line cannot be split: an .if
// or .elif among them counts as one with a faulty condition, so that its
// .endif is not reported as well. words are those before the fault.
func (r *reader) unreadable(words []Word) {
	if len(words) == 0 {
		return
	}
	switch words[0].Text {
	case ".if":
		r.conds = append(r.conds, cond{num: r.num, dead: true})
	case ".elif":
		if n := len(r.conds); n > 0 && !r.conds[n-1].taken {
			r.conds[n-1].dead = true
		} else if n > 0 {
			r.conds[n-1].active = false
		}
	}
}

// take enters the next branch of the block when it is the first whose
// condition ok holds.
func (c *cond) take(ok bool) {
	c.active = ok && !c.taken && !c.dead
	c.taken = c.taken || c.active
}

func (r *reader) doIf(l *Line) {
	c := cond{num: r.num, dead: r.skipping()}
	if len(r.conds) == maxNested {
		r.alertf(l.Pos(0), diag.FormTight, "too many nested '.if', max is %d.", maxNested)
	}
	if !c.dead {
		ok, valid := r.evaluate(l)
		c.dead = !valid
		c.take(ok)
	}
	r.conds = append(r.conds, c)
}

func (r *reader) doElif(l *Line) {
	c := r.innermost(l)
	if c == nil || c.last {
		return
	}
	c.active = false
	if c.dead || c.taken {
		return // the condition is not even parsed
	}
	ok, valid := r.evaluate(l)
	c.dead = !valid
	c.take(ok)
}

// innermost returns the block that .elif, .else or .endif belongs to, nil if
// there is none, after the checks that these have in common.
func (r *reader) innermost(l *Line) *cond {
	word := l.Text(0)
	if word != ".elif" && l.Len() > 1 && l.Text(1) != "" {
		r.alertf(l.Pos(1), diag.FormTight, "Unexpected argument '%s' for '%s'.", l.Text(1), word)
	}
	if len(r.conds) == 0 {
		r.alertf(l.Pos(0), diag.FormTight, "lone '%s' with no matching '.if'.", word)
		return nil
	}
	c := &r.conds[len(r.conds)-1]
	if c.last && word != ".endif" {
		r.alertf(l.Pos(0), diag.FormTight, "'%s' after '.else' is not permitted.", word)
	}
	return c
}

// evaluate evaluates the condition of l; valid is false after a fault.
func (r *reader) evaluate(l *Line) (ok, valid bool) {
	expr := strings.Join(l.Args(), " ")
	ok, err := evalCondition(expr, r.opt, r.env)
	if err == nil {
		return ok, true
	}
	word := l.Text(0)
	pos := r.here(0, 0)
	// Show the raw line where it holds the expression as it was evaluated,
	// and otherwise what became of it.
	if at := strings.Index(r.raw, expr); at >= 0 {
		pos.Col = at + err.pos + 1
	} else {
		pos.Text = word + " " + expr
		pos.Col = len(word) + 1 + err.pos + 1
	}
	r.alertf(pos, diag.FormTight, "%s in '%s' at position %d:", err.msg, word, err.pos+1)
	return false, false
}

// message executes .diag, .notice, .warning and .alert.
func (r *reader) message(l *Line) {
	word := l.Text(0)
	sev := diag.Alert
	switch word {
	case ".alert":
	case ".warning":
		sev = diag.Warning
	case ".notice":
		sev = diag.Notice
	case ".diag":
		sev = diag.Diag
	default:
		r.add(diag.Entry{Sev: diag.Alert, Form: diag.FormTight, Pos: l.Pos(0),
			Msg: fmt.Sprintf("unknown directive '%s'.", word), Hint: hintFor(word)})
		return
	}
	if l.Len() > 2 {
		r.alertf(l.Pos(2), diag.FormTight, "Unexpected argument '%s' for '%s'. Use quotes if the message should contain spaces.", l.Text(2), word)
		return
	}
	e := diag.Entry{Sev: sev, Form: diag.FormTight, Pos: r.here(0, 0), Msg: "'" + l.Text(1) + "'."}
	e.Pos.Text = "" // the line would only repeat the message
	if sev == diag.Alert {
		r.fatal++
	}
	r.d.Add(e)
}

// hintFor suggests a directive of conditional blocks.
func hintFor(word string) string {
	near := diag.Suggest(word, []string{".if", ".elif", ".else", ".endif", ".diag", ".notice", ".warning", ".alert"})
	if near == "" {
		return ""
	}
	return "did you mean '" + near + "' maybe ?"
}
