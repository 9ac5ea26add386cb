package rule

import (
	"errors"
	"strings"

	"segue/internal/acl"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/keyword"
	"segue/internal/lb"
	"segue/internal/sample"
)

// CompileSet compiles the lines of one rule set of the proxy sc.Proxy. Lines
// with errors are left out after they have been reported to d.
func CompileSet(lines []conf.RuleLine, set conf.RuleSet, sc *sample.Scope, actions Actions, d *diag.List) []lb.Rule {
	if phrases[set] == "" {
		return nil // lines of other kinds: monitor fail, stick, persistence ...
	}
	rules := make([]lb.Rule, 0, len(lines))
	closed := false // the last rule lets none after it be reached
	for i := range lines {
		rl := &lines[i]
		if closed && !isTCP(set) && set != conf.Redirect {
			d.Add(diag.Entry{Sev: diag.Warning, Form: diag.FormTight, Pos: rl.Line.Pos(0),
				Msg: "previous '" + phrases[set] + "' action is final and has no condition attached, further entries are NOOP."})
		}
		r, row, ok := compile(rl, set, sc, actions, d)
		if !ok {
			closed = false
			continue
		}
		closed = row.Final && r.Cond == nil
		rules = append(rules, r)
	}
	return rules
}

// Compile compiles one line of a rule set. It reports errors to d and returns
// false then.
func Compile(rl *conf.RuleLine, set conf.RuleSet, sc *sample.Scope, actions Actions, d *diag.List) (lb.Rule, bool) {
	r, _, ok := compile(rl, set, sc, actions, d)
	return r, ok
}

func compile(rl *conf.RuleLine, set conf.RuleSet, sc *sample.Scope, actions Actions, d *diag.List) (lb.Rule, *Action, bool) {
	own := *sc
	own.File, own.Line, own.Defaults = rl.Line.File, rl.Line.Num, rl.Def
	if own.Context == "" {
		own.Context = phrases[set] + " expression"
	}
	p := &Parser{Words: rl.Words(), Scope: &own, Set: set, Proxy: sc.Proxy, Place: Place(set, sc.Proxy), Diag: d, Line: rl, actions: actions, next: 1}
	name := ""
	if set == conf.Redirect {
		name, p.next = "redirect", 0
	} else if len(p.Words) > 0 {
		name = p.Words[0].Text
	}
	r := lb.Rule{File: rl.Line.File, Line: rl.Line.Num}
	row := actions.Action(name, set)
	if row == nil || name == "" {
		p.unknown(name, actions.ActionNames(set))
		return r, nil, false
	}
	if row.Anywhere {
		p.Place, p.alone = sample.Everywhere, true
	}
	r.Action = row.Parse(p)
	if p.failed || r.Action == nil {
		if !p.failed { // a row that forgot to say why
			p.Fail("invalid arguments")
		}
		return r, row, false
	}
	return r, row, p.condition(&r, row)
}

// condition compiles what follows the action's words. A line that is one action
// has none.
func (p *Parser) condition(r *lb.Rule, row *Action) bool {
	if p.Left() == 0 {
		return true
	}
	if row.Anywhere {
		p.FailAt(p.next, "unknown keyword '%s'.", p.Peek())
		return false
	}
	if !isCond(p.Peek()) {
		p.junk(row)
		return false
	}
	cond, unless, err := compileCond(p.Words[p.next:], p.Scope, p.Place, func(word int, msg string) {
		p.Warnf(p.next+word, "%s", msg)
	})
	if err != nil {
		p.badCond(err, row)
		return false
	}
	if p.Set != conf.Redirect {
		warnBytes(cond, p.Proxy, p.pos(p.next, 0, 0), p.Diag)
	}
	r.Cond, r.Unless = cond, unless
	return true
}

// warnBytes warns of a condition of an HTTP proxy that reads bytes where there is
// a message.
func warnBytes(cond lb.Cond, px *lb.Proxy, pos diag.Pos, d *diag.List) {
	c, ok := cond.(*acl.Cond)
	if !ok || px == nil || px.Mode != conf.HTTP || c.Use()&sample.UseBytes == 0 {
		return
	}
	d.Add(diag.Entry{Sev: diag.Warning, Bare: true, Form: diag.FormHidden, Pos: pos,
		Msg: "Proxy '" + px.Name + "': L6 sample fetches ignored on HTTP proxies (declared at " + pos.File + ":" + itoa(pos.Line) + ")."})
}

// compileCond compiles "if ..." or "unless ..." for a place.
func compileCond(words []cfg.Word, sc *sample.Scope, place sample.Place, warn func(int, string)) (lb.Cond, bool, error) {
	own := *sc
	own.Place = place
	if own.Warn == nil {
		own.Warn = warn
	}
	c, unless, err := acl.Compile(words, &own)
	if err != nil {
		return nil, false, err
	}
	return c, unless, nil
}

// badCond reports an error of the condition.
func (p *Parser) badCond(err error, row *Action) {
	var se *sample.Error
	if !errors.As(err, &se) {
		se = &sample.Error{Msg: err.Error()}
	}
	e := diag.Entry{Sev: diag.Alert, Pos: p.pos(p.next+se.Word, se.At, se.Len), Hint: se.Hint}
	what := phrases[p.Set] + " " + p.Name() + "'"
	switch {
	case se.Late:
		e.Msg, e.Form, e.Bare = se.Msg, diag.FormTight, true
	case p.Set == conf.Redirect:
		e.Msg = "error detected in " + p.owner() + " while parsing redirect rule : error in condition: " + se.Msg + "."
	case row.Name == "redirect":
		e.Msg = "error detected in " + p.owner() + " while parsing '" + what + " rule : error in condition: " + se.Msg + "."
	case isTCP(p.Set):
		e.Msg = "'" + what + " : error detected in " + p.owner() + " while parsing '" + p.Peek() + "' condition : " + se.Msg
	default:
		e.Msg = "error detected while parsing an '" + what + " condition : " + se.Msg + "."
	}
	p.failed = true
	p.Diag.Add(e)
}

// junk reports a word that neither belongs to the action nor begins a condition.
func (p *Parser) junk(row *Action) {
	p.failed = true
	word := p.Peek()
	e := diag.Entry{Sev: diag.Alert, Pos: p.pos(p.next, 0, 0), Hint: diag.Maybe(word, append(row.Literals(), "if", "unless"))}
	what := "'" + phrases[p.Set] + " " + p.Name() + "'"
	if isTCP(p.Set) {
		e.Msg = what + " only accepts 'if' or 'unless', in " + p.owner() + " (got '" + word + "')"
	} else {
		e.Form = diag.FormTight
		e.Msg = what + " expects either 'if' or 'unless' followed by a condition but found '" + word + "'."
	}
	p.Diag.Add(e)
}

// special are the actions that the messages of tcp rules list first and in an
// order of their own.
const special = "'accept', 'reject', 'capture', 'expect-proxy', 'expect-netscaler-cip', 'track-sc0' ... 'track-sc2', "

// later reports a name that HAProxy knows and that is not built yet.
func (p *Parser) later(name string) bool {
	head, _, _ := strings.Cut(name, "(")
	d, ok := keyword.Later(phrases[p.Set], head)
	if !ok {
		return false
	}
	p.failed = true
	p.Diag.Add(diag.Entry{Sev: diag.Alert, Pos: p.pos(0, 0, 0), Msg: d.Say("'" + phrases[p.Set] + " " + head + "'")})
	return true
}

// unknown reports a name that no action of the rule set has.
func (p *Parser) unknown(name string, known []string) {
	if p.later(name) {
		return
	}
	best := ""
	bare := keyword.LaterNames(phrases[p.Set])
	list := make([]string, 0, len(known))
	tcp := isTCP(p.Set)
	for _, k := range known {
		base := strings.TrimSuffix(k, "(*)")
		bare = append(bare, base)
		if tcp && (strings.Contains(special, "'"+base+"'") || base == "expect-proxy" || strings.HasPrefix(base, "track-sc")) {
			continue
		}
		list = append(list, "'"+k+"'")
	}
	head, _, _ := strings.Cut(name, "(")
	if near := diag.Suggest(head, bare); near != "" {
		best = " Did you mean '" + near + "' maybe ?"
	}
	p.failed = true
	e := diag.Entry{Sev: diag.Alert, Pos: p.pos(0, 0, 0)}
	switch {
	case p.Set == conf.TCPResCont:
		e.Msg = "'tcp-response content' expects 'accept', 'close', 'reject', " + strings.Join(list, ", ") + " in " + p.owner() + " (got '" + name + "')." + best
	case tcp:
		e.Msg = "'" + phrases[p.Set] + "' expects " + special + strings.Join(list, ", ") + " in " + p.owner() + " (got '" + name + "')." + best
	default:
		missing := ""
		if name == "" {
			missing = " (missing argument)"
		}
		e.Form = diag.FormTight
		e.Msg = "'" + phrases[p.Set] + "' expects " + strings.Join(list, ", ") + ", but got '" + name + "'" + missing + "." + best
	}
	p.Diag.Add(e)
}
