package acl

import (
	"segue/internal/cfg"
	"segue/internal/lb"
	"segue/internal/sample"
)

// Compile compiles the words of a condition: words[0] is "if" or "unless", and
// all the rest belongs to it. sc.ACLs must be a *Table or nil. Errors are of
// type *sample.Error, whose Word counts in words.
func Compile(words []cfg.Word, sc *sample.Scope) (c *Cond, unless bool, err error) {
	if len(words) == 0 || words[0].Text != "if" && words[0].Text != "unless" {
		return nil, false, &sample.Error{Msg: "conditions must start with either 'if' or 'unless'"}
	}
	c, err = compileTerms(words, 1, sc)
	return c, words[0].Text == "unless", err
}

// Cond is a compiled condition: it passes if all terms of one of its suites do.
type Cond struct {
	suites [][]term
	use    sample.Use
}

var _ lb.Cond = (*Cond)(nil)

// term is an ACL, perhaps negated.
type term struct {
	acl *ACL
	not bool
}

// Use returns what the ACLs of the condition draw on, taken together.
func (c *Cond) Use() sample.Use { return c.use }

// Eval implements lb.Cond. It sets s.Missing if and only if the answer may
// still change; it returns false then.
func (c *Cond) Eval(s *lb.Stream) bool {
	res := c.test(s)
	s.Missing = res == missing
	return res == pass
}

// result is the outcome of a test. The values are ordered: "or" takes the
// greatest, "and" the smallest.
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
			r := suite[i].acl.test(s)
			if suite[i].not {
				r = pass - r
			}
			if all = min(all, r); all == fail {
				break
			}
		}
		if res = max(res, all); res == pass {
			break
		}
	}
	return res
}
