package acl

import (
	"segue/internal/cfg"
	"segue/internal/lb"
	"segue/internal/pattern"
	"segue/internal/sample"
)

// ACL is a named or anonymous ACL: it passes if one of its expressions does.
type ACL struct {
	name  string
	exprs []*expr
}

// expr is one "acl" line: a sample compared with patterns.
type expr struct {
	sample *sample.Expr
	want   sample.Type // what the sample is cast to
	kind   pattern.Kind
	sets   pattern.Group
}

// Table is the named ACLs of one proxy. It is only used while a generation
// is linked.
type Table struct {
	acls map[string]*ACL
}

// NewTable returns a table without ACLs.
func NewTable() *Table { return &Table{acls: map[string]*ACL{}} }

// Add compiles an "acl" line: words are the name, the keyword, flags and
// patterns. Errors are of type *sample.Error, whose Word counts in words.
func (t *Table) Add(words []cfg.Word, sc *sample.Scope) error {
	return nil
}

// Cond implements sample.ACLs.
func (t *Table) Cond(name string, sc *sample.Scope) (lb.Cond, error) {
	return nil, nil
}

func compileTerms(words []cfg.Word, i int, sc *sample.Scope) (*Cond, error) {
	return nil, nil
}

func (a *ACL) test(s *lb.Stream) result { return fail }
