package vars

import (
	"strings"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/keyword"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/rule"
	"segue/internal/sample"
)

// Feature returns the words of this package.
func Feature() *catalog.Feature {
	return &catalog.Feature{Name: "vars", Fetches: fetches(), Converters: converters(), Actions: actions()}
}

func actions() []rule.Action {
	all := rule.In(conf.TCPReqConn, conf.TCPReqSess, conf.TCPReqCont, conf.HTTPReq, conf.TCPResCont, conf.HTTPRes, conf.HTTPAfterRes,
		conf.HTTPCheck, conf.TCPCheck)
	doc := func(name, args, text string) keyword.Doc {
		return keyword.Doc{Name: name, Args: args, Section: "4.4", Text: text}
	}
	return []rule.Action{
		{Doc: doc("set-var", "(<var-name>[,<cond>...]) <expr>", "Sets a variable to the value of an expression."), Sets: all, Prefix: true, Parse: parseSet},
		{Doc: doc("set-var-fmt", "(<var-name>[,<cond>...]) <fmt>", "Sets a variable to a formatted string."), Sets: all, Prefix: true, Parse: parseFmt},
		{Doc: doc("unset-var", "(<var-name>)", "Clears a variable."), Sets: all, Prefix: true, Parse: parseUnset},
	}
}

const expects = "Expects 'set-var(<var-name>)', 'set-var-fmt(<var-name>)' or 'unset-var(<var-name>)'"

// name reads the variable and the conditions between the parentheses of the
// action's name; nil after an error.
func name(p *rule.Parser) (*Variable, conds) {
	word := p.Name()
	_, inner, open := strings.Cut(word, "(")
	if !open {
		p.Fail("invalid or incomplete action '%s'. "+expects, word)
		return nil, 0
	}
	end := strings.IndexByte(inner, ')')
	if end < 0 {
		p.Fail("incomplete argument after action '%s'. "+expects, word)
		return nil, 0
	}
	parts := strings.Split(inner[:end], ",")
	c, err := parseConds(parts[1:])
	if err == nil {
		var v *Variable
		if v, err = Find(parts[0], p.Scope); err == nil && v.scope == parent {
			p.Fail("variable '%s' of a parent stream cannot be changed", parts[0])
			return nil, 0
		} else if err == nil {
			return v, c
		}
	}
	p.Fail("%s", err)
	return nil, 0
}

type setAction struct {
	v     *Variable
	conds conds
	expr  *sample.Expr
}

func parseSet(p *rule.Parser) lb.Action {
	v, c := name(p)
	if v == nil {
		return nil
	}
	e := p.Expr()
	if e == nil {
		return nil
	}
	return &setAction{v: v, conds: c, expr: e}
}

// Exec implements lb.Action. A failed expression leaves the variable as it is.
func (a *setAction) Exec(s *lb.Stream) lb.Verdict {
	mark := sample.Mark(s.Thread)
	v, verdict := sample.Take(s), lb.Continue
	if a.expr.Eval(s, v) {
		store(s, a.v, a.conds, v)
	} else if s.Missing && !s.Final && s.Flags&lb.IsTCP != 0 {
		verdict = lb.More
	}
	sample.Give(s)
	sample.Release(s.Thread, mark)
	return verdict
}

type fmtAction struct {
	v     *Variable
	conds conds
	fmt   *logfmt.Format
}

func parseFmt(p *rule.Parser) lb.Action {
	v, c := name(p)
	if v == nil {
		return nil
	}
	f := p.Format(logfmt.Options{})
	if f == nil {
		return nil
	}
	return &fmtAction{v: v, conds: c, fmt: f}
}

// Exec implements lb.Action.
func (a *fmtAction) Exec(s *lb.Stream) lb.Verdict {
	th := s.Thread
	th.Line = a.fmt.AppendTo(th.Line[:0], s)
	v := sample.Take(s)
	v.SetStr(th.Line)
	store(s, a.v, a.conds, v)
	sample.Give(s)
	return lb.Continue
}

type unsetAction struct{ v *Variable }

func parseUnset(p *rule.Parser) lb.Action {
	v, _ := name(p)
	if v == nil {
		return nil
	}
	return &unsetAction{v}
}

// Exec implements lb.Action.
func (a *unsetAction) Exec(s *lb.Stream) lb.Verdict {
	a.v.Set(s, nil)
	return lb.Continue
}
