package sample

import "segue/internal/lb"

// Mark returns the height of the thread's arena, to be given to Release when
// the values computed since then are not needed any more. An evaluation
// never waits, so no other task comes between.
//
//	mark := sample.Mark(s.Thread)
//	if expr.Eval(s, v) { use(v) }
//	sample.Release(s.Thread, mark)
func Mark(th *lb.Thread) int { return len(th.Tmp) }

// keepArena is the size above which an arena that became empty is given back.
const keepArena = 1 << 18

// Release frees what was computed since Mark returned mark.
func Release(th *lb.Thread, mark int) {
	if mark == 0 && cap(th.Tmp) > keepArena {
		th.Tmp = nil
		return
	}
	if mark <= len(th.Tmp) {
		th.Tmp = th.Tmp[:mark]
	}
}

// Begin returns the empty tail of the arena for appending; End makes what was
// appended part of it. No other evaluation may run in between.
//
//	b := sample.Begin(s.Thread)
//	b = append(b, ...)
//	v.Bytes = sample.End(s.Thread, b)
func Begin(th *lb.Thread) []byte { return th.Tmp[len(th.Tmp):] }

// End keeps b, which began as Begin's result, and returns it.
func End(th *lb.Thread, b []byte) []byte {
	n := len(th.Tmp)
	if cap(th.Tmp)-n >= len(b) && len(b) > 0 && n < cap(th.Tmp) && &th.Tmp[:n+1][n] == &b[0] {
		th.Tmp = th.Tmp[:n+len(b)]
		return b[:len(b):len(b)]
	}
	th.Tmp = append(th.Tmp, b...) // b outgrew the arena: the arena grows, too
	return th.Tmp[n:len(th.Tmp):len(th.Tmp)]
}

// SetString makes v a string of its own, copied to the arena.
func (v *Value) SetString(th *lb.Thread, s string) {
	v.Type, v.Bytes = Str, End(th, append(Begin(th), s...))
}
