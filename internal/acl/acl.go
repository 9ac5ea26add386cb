package acl

import (
	"segue/internal/lb"
	"segue/internal/pattern"
	"segue/internal/sample"
)

// ACL is a named or anonymous ACL: it passes if one of its expressions does.
type ACL struct {
	name  string // "" for { }
	exprs []*expr
}

// expr is one "acl" line: a sample compared with patterns.
type expr struct {
	word   string // the keyword as written, for messages
	sample *sample.Expr
	method pattern.Method
	want   sample.Type // what the sample is cast to; Any: left as it is
	sets   pattern.Group
}

// use returns what the ACL's expressions draw on.
func (a *ACL) use() (u sample.Use) {
	for _, e := range a.exprs {
		u |= e.sample.Use()
	}
	return u
}

// test tries the expressions until one passes.
func (a *ACL) test(s *lb.Stream) result {
	res := fail
	for _, e := range a.exprs {
		if res = max(res, e.test(s)); res == pass {
			break
		}
	}
	return res
}

// test tries the values of the sample until one matches.
func (e *expr) test(s *lb.Stream) result {
	mark := sample.Mark(s.Thread)
	outer, iter := s.Iterate, s.Iter // of the expression that holds "acl(...)"
	v := sample.Take(s)
	res := fail
	for ok := e.sample.First(s, v); ; ok = e.sample.Next(s, v) {
		if !ok {
			if s.Missing && !s.Final {
				res = missing
			}
			break
		}
		again := v.Flags&sample.NotLast != 0
		mayChange := v.Flags&sample.MayChange != 0
		if e.match(s, v) {
			res = pass
			break
		}
		if !again {
			if mayChange && !s.Final {
				res = missing
			}
			break
		}
		sample.Release(s.Thread, mark)
	}
	e.sample.Done(s)
	sample.Give(s)
	s.Iterate, s.Iter = outer, iter
	sample.Release(s.Thread, mark)
	return res
}

// match compares one value with the patterns.
func (e *expr) match(s *lb.Stream, v *sample.Value) bool {
	if e.method == pattern.Found {
		return true
	}
	if !sample.Cast(s, v, e.want) {
		return false
	}
	if e.method == pattern.Bool {
		return v.Int != 0
	}
	in := v.Input()
	return e.sets.Match(&in) != nil
}

// Wants returns the type that samples must have for a match method.
func Wants(m pattern.Method) sample.Type {
	switch m {
	case pattern.Found:
		return sample.Any
	case pattern.Bool:
		return sample.Bool
	case pattern.Int:
		return sample.Int
	case pattern.IP:
		return sample.Addr
	case pattern.Bin:
		return sample.Bin
	}
	return sample.Str
}
