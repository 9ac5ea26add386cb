package vars

import (
	"errors"
	"strings"

	"segue/internal/hash"
	"segue/internal/lb"
	"segue/internal/sample"
)

// scope is where a variable lives.
type scope uint8

const (
	proc scope = iota
	sess
	txn
	req
	res
	check
	parent // of a parent stream, which does not exist here
)

var scopes = map[string]scope{
	"proc": proc, "sess": sess, "txn": txn, "req": req, "res": res, "check": check,
	"psess": parent, "ptxn": parent, "preq": parent, "pres": parent,
}

// Variable is a variable of a configuration. It is immutable.
type Variable struct {
	Name   string // with its scope
	scope  scope
	id     uint64 // hash of the name without scope
	limits *limits
	proc   *procVar // scope proc
}

var _ sample.Var = (*Variable)(nil)

// Vars implements sample.Vars.
type Vars struct{}

var _ sample.Vars = Vars{}

// Var implements sample.Vars.
func (Vars) Var(name string, sc *sample.Scope) (sample.Var, error) {
	v, err := Find(name, sc)
	if err != nil {
		return nil, err // not a nil *Variable in an interface
	}
	return v, nil
}

// Find returns the variable of a name with its scope ("txn.x"). Messages are
// HAProxy's.
func Find(name string, sc *sample.Scope) (*Variable, error) {
	prefix, bare, _ := strings.Cut(name, ".")
	s, ok := scopes[prefix]
	if name == "" {
		return nil, errors.New("Empty variable name cannot be accepted")
	}
	if !ok || bare == "" {
		return nil, errors.New("invalid variable name '" + name + "'. A variable name must start with its scope. " +
			"The scope can be 'proc', '(p)sess', '(p)txn', '(p)req', '(p)res' or 'check'")
	}
	for i := range len(bare) {
		if c := bare[i]; c-'0' > 9 && (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' && c != '.' {
			return nil, errors.New("invalid syntax at char '" + bare[i:i+1] + "'")
		}
	}
	v := &Variable{Name: name, scope: s, id: hash.XXH64([]byte(bare), 0), limits: noLimits}
	if sc != nil && sc.Gen != nil {
		v.limits = limitsOf(sc.Gen)
	}
	if s == proc {
		v.proc = procOf(sc, name)
	}
	return v, nil
}

// procOf finds or makes the process's variable of a name.
func procOf(sc *sample.Scope, name string) *procVar {
	if sc == nil || sc.Gen == nil || sc.Gen.State == nil {
		return &procVar{}
	}
	return ProcVar(sc.Gen.State, name)
}

// ProcVar finds or makes the process's variable of a name with its scope. It
// outlives configurations.
func ProcVar(st *lb.State, name string) *procVar {
	return st.Object("vars/"+name, func() any { return &procVar{} }).(*procVar)
}
