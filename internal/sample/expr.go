package sample

import "segue/internal/lb"

// Expr is a compiled expression. It is immutable and shared by all threads.
type Expr struct {
	Text  string // as written
	fetch *Fetch
	args  []Arg
	steps []step
	out   Type
}

// step is a converter. Its input is cast by the type that the value has at run
// time, which may be narrower than what the fetch promised (addr: IPv4).
type step struct {
	conv *Converter
	args []Arg
}

// Out returns the type of the result; Any when only evaluation tells.
func (e *Expr) Out() Type { return e.out }

// Fetch returns the row of the fetch.
func (e *Expr) Fetch() *Fetch { return e.fetch }

// Args returns the parsed arguments of the fetch.
func (e *Expr) Args() []Arg { return e.args }

// Converted reports whether converters follow the fetch.
func (e *Expr) Converted() bool { return len(e.steps) > 0 }

// Where returns the places in which the expression works.
func (e *Expr) Where() Place { return e.fetch.Use.Where() }

// Use returns what the expression draws on.
func (e *Expr) Use() Use { return e.fetch.Use }

// Eval evaluates e for a use of the whole message: a fetch with several values
// gives the one that the manual names, mostly the last. It returns false when
// there is no value; s.Missing then tells whether more bytes may change that.
// Bytes of v may lie in the arena of s.Thread: see Mark.
func (e *Expr) Eval(s *lb.Stream, v *Value) bool {
	s.Missing = false
	if s.Iterate { // inside an ACL's iteration (fetch "acl")
		saved := s.Iter
		s.Iterate, s.Iter = false, [8]uint32{}
		ok := e.run(s, v)
		s.Iterate, s.Iter = true, saved
		return ok
	}
	s.Iter = [8]uint32{}
	return e.run(s, v)
}

// First evaluates e for the first of its values, Next for the following one as
// long as v has NotLast. The caller must call Done when First was called.
func (e *Expr) First(s *lb.Stream, v *Value) bool {
	s.Missing, s.Iterate, s.Iter = false, true, [8]uint32{}
	return e.run(s, v)
}

// Next evaluates e for the next value; call it only if the last had NotLast.
func (e *Expr) Next(s *lb.Stream, v *Value) bool { return e.run(s, v) }

// Done ends what First began.
func (e *Expr) Done(s *lb.Stream) { s.Iterate = false }

func (e *Expr) run(s *lb.Stream, v *Value) bool {
	*v = Value{}
	return e.fetch.Eval(s, e.args, v) && e.Convert(s, v)
}

// Convert applies the converters to a value that is there already.
func (e *Expr) Convert(s *lb.Stream, v *Value) bool {
	for i := range e.steps {
		st := &e.steps[i]
		if v.Type != st.conv.In && !Cast(s, v, st.conv.In) {
			return false
		}
		if !st.conv.Eval(s, st.args, v) {
			return false
		}
	}
	return true
}

// EvalAs is Eval with a cast of the result to want.
func (e *Expr) EvalAs(s *lb.Stream, want Type, v *Value) bool {
	return e.Eval(s, v) && Cast(s, v, want)
}

// EvalString appends the string form of the value to dst, and false with dst as
// it was when there is none. dst must not be the thread's arena.
func (e *Expr) EvalString(s *lb.Stream, dst []byte) ([]byte, bool) {
	mark := Mark(s.Thread)
	v := Take(s)
	ok := e.Eval(s, v)
	if ok {
		dst, ok = AppendString(dst, v)
	}
	Give(s)
	Release(s.Thread, mark)
	return dst, ok
}
