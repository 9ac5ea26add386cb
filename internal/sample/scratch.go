package sample

import "segue/internal/lb"

// depth is how many evaluations may nest without allocating: an ACL, the fetch
// "acl" in it, a variable in a converter ...
const depth = 8

// scratch is a stream's stack of values, kept when the stream is recycled.
type scratch struct {
	values [depth]Value
	used   int
}

// Take returns an empty Value for an evaluation; Give takes back the last one.
// A local variable would do, but escapes to the heap, because rows are called
// through function values.
//
//	v := sample.Take(s)
//	ok := expr.Eval(s, v) && use(v)
//	sample.Give(s)
func Take(s *lb.Stream) *Value {
	sc, ok := s.Scratch.(*scratch)
	if !ok {
		sc = new(scratch)
		s.Scratch = sc
	}
	sc.used++
	if sc.used > depth {
		return new(Value)
	}
	v := &sc.values[sc.used-1]
	*v = Value{}
	return v
}

// Give takes back the Value of the last Take.
func Give(s *lb.Stream) {
	if sc, ok := s.Scratch.(*scratch); ok && sc.used > 0 {
		sc.used--
	}
}
