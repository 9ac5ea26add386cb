package acl

import (
	"fmt"
	"strings"

	"segue/internal/cfg"
	"segue/internal/lb"
	"segue/internal/sample"
)

// Cond is a compiled condition: it passes if all terms of one of its suites do.
type Cond struct {
	suites [][]term
}

var _ lb.Cond = (*Cond)(nil)

// term is an ACL, perhaps negated.
type term struct {
	acl *ACL
	not bool
}

// Use returns what the ACLs of the condition draw on, taken together.
func (c *Cond) Use() (u sample.Use) {
	for _, suite := range c.suites {
		for _, t := range suite {
			u |= t.acl.use()
		}
	}
	return u
}

// Eval implements lb.Cond. It sets s.Missing if and only if the answer may
// still change; it returns false then.
func (c *Cond) Eval(s *lb.Stream) bool {
	res := c.test(s)
	s.Missing = res == missing
	return res == pass
}

// result is the outcome of a test. The values are ordered: "or" takes the
// greatest, and negation mirrors them.
type result uint8

const (
	fail result = iota
	missing
	pass
)

func (c *Cond) test(s *lb.Stream) result {
	res := fail
	for _, suite := range c.suites {
		all := pass
		for i := range suite {
			all = suite[i].acl.test(s)
			if suite[i].not {
				all = pass - all
			}
			if all != pass { // "missing" ends the suite, too
				break
			}
		}
		if res = max(res, all); res == pass {
			break
		}
	}
	return res
}

// Compile compiles the words of a condition: words[0] is "if" or "unless", and
// all the rest belongs to it. sc.ACLs must be a *Table or nil. Errors are of
// type *sample.Error, whose Word counts in words.
//
// ACLs that cannot match in sc.Place are warned of and kept, as in HAProxy.
func Compile(words []cfg.Word, sc *sample.Scope) (c *Cond, unless bool, err error) {
	if len(words) == 0 || words[0].Text != "if" && words[0].Text != "unless" {
		return nil, false, &sample.Error{Msg: "conditions must start with either 'if' or 'unless'"}
	}
	t, _ := sc.ACLs.(*Table)
	if t == nil {
		t = NewTable()
	}
	p := condParser{table: t, words: words, i: 1, sc: sc}
	if c, err = p.parse(); err != nil {
		return nil, false, err
	}
	if msg := c.Conflict(sc.Place); msg != "" && sc.Warn != nil {
		sc.Warn(0, msg)
	}
	return c, words[0].Text == "unless", nil
}

// condParser reads terms up to the end of the line.
type condParser struct {
	table *Table
	words []cfg.Word
	i     int
	sc    *sample.Scope
}

func (p *condParser) parse() (*Cond, error) {
	c := &Cond{}
	var suite []term
	not := false
	for ; p.i < len(p.words); p.i++ {
		text := p.words[p.i].Text
		for strings.HasPrefix(text, "!") {
			not, text = !not, text[1:]
		}
		if text == "" { // a lone "!" belongs to the next word
			continue
		}
		if text == "||" || strings.EqualFold(text, "or") {
			c.suites = appendSuite(c.suites, suite)
			suite, not = nil, false
			continue
		}
		a, err := p.acl(text)
		if err != nil {
			return nil, err
		}
		suite = append(suite, term{a, not})
		not = false
	}
	c.suites = appendSuite(c.suites, suite)
	return c, nil
}

func appendSuite(suites [][]term, suite []term) [][]term {
	if len(suite) == 0 {
		return suites
	}
	return append(suites, suite)
}

// acl reads a name or "{ ... }" and leaves p.i at its last word.
func (p *condParser) acl(text string) (*ACL, error) {
	if text != "{" {
		a, err := p.table.lookup(text, p.sc)
		return a, at(err, p.i)
	}
	end := p.i + 1
	for end < len(p.words) && p.words[end].Text != "}" && p.words[end].Text != "" {
		end++
	}
	if end == len(p.words) || p.words[end].Text == "" {
		return nil, &sample.Error{Msg: "missing closing '}' in condition", Word: p.i}
	}
	e, err := compile(p.table, "", p.words[:end], p.i+1, p.sc)
	if err != nil {
		return nil, err
	}
	p.i = end
	return &ACL{exprs: []*expr{e}}, nil
}

// Conflict says which ACL can not match, or not wholly, in the given place, in
// HAProxy's words, "" if all can.
func (c *Cond) Conflict(where sample.Place) string {
	if where == 0 {
		return ""
	}
	for _, suite := range c.suites {
		for _, t := range suite {
			if t.acl.use().Where()&where != 0 {
				continue
			}
			if t.acl.name != "" {
				return fmt.Sprintf("acl '%s' will never match because it only involves keywords that are incompatible with '%s'", t.acl.name, where)
			}
			return fmt.Sprintf("anonymous acl will never match because it uses keyword '%s' which is incompatible with '%s'", t.acl.exprs[0].word, where)
		}
	}
	for _, suite := range c.suites {
		for _, t := range suite {
			for _, e := range t.acl.exprs {
				if e.sample.Where()&where != 0 {
					continue
				}
				if t.acl.name != "" {
					return fmt.Sprintf("acl '%s' involves keywords '%s' which is incompatible with '%s'", t.acl.name, e.word, where)
				}
				return fmt.Sprintf("anonymous acl involves keyword '%s' which is incompatible with '%s'", e.word, where)
			}
		}
	}
	return ""
}
