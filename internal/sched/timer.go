package sched

import "math/bits"

// Expirer is called on the loop's thread when its timer is due.
type Expirer interface{ Expire(now int64) }

// Timer is one pending Expire. It is embedded in what it wakes; the zero value
// is ready. It belongs to the loop that it was set on.
type Timer struct {
	next, prev *Timer
	owner      Expirer
	when       int64 // tick
	level      int8
	slot       uint8
}

// Pending reports whether the timer is set.
func (t *Timer) Pending() bool { return t.next != nil }

const (
	tickShift = 20 // a tick is 2^20 ns, 1.05 ms
	slotBits  = 6
	slots     = 1 << slotBits
	levels    = 6 // 64^6 ticks are more than two years
)

// wheel is a hierarchical timer wheel: O(1) to set, move and delete. Level n
// has 64 slots of 64^n ticks; a slot of a higher level is dealt out to the
// levels below when its time begins.
type wheel struct {
	tick  int64 // all timers up to here have fired
	used  [levels]uint64
	heads [levels][slots]Timer
	count int
}

func (w *wheel) init(now int64) {
	w.tick = now >> tickShift
	for l := range w.heads {
		for s := range w.heads[l] {
			h := &w.heads[l][s]
			h.next, h.prev = h, h
		}
	}
}

// set makes t due at the first tick that is not before when (ns).
func (w *wheel) set(t *Timer, owner Expirer, when int64) {
	if t.next != nil {
		w.del(t)
	}
	t.owner = owner
	t.when = max(when>>tickShift+1, w.tick+1)
	w.insert(t)
	w.count++
}

func (w *wheel) insert(t *Timer) {
	level := 0
	if d := uint64(t.when ^ w.tick); d >= slots {
		level = (63 - bits.LeadingZeros64(d)) / slotBits
	}
	if level >= levels {
		level = levels - 1
		t.when = min(t.when, w.tick+(1<<(slotBits*levels))-1)
	}
	slot := uint8(t.when>>(slotBits*level)) & (slots - 1)
	h := &w.heads[level][slot]
	t.level, t.slot = int8(level), slot
	t.prev, t.next = h.prev, h
	h.prev.next = t
	h.prev = t
	w.used[level] |= 1 << slot
}

func (w *wheel) del(t *Timer) {
	if t.next == nil {
		return
	}
	t.prev.next, t.next.prev = t.next, t.prev
	t.next, t.prev = nil, nil
	w.count--
	if h := &w.heads[t.level][t.slot]; h.next == h {
		w.used[t.level] &^= 1 << t.slot
	}
}

// expire fires everything that is due at now.
func (w *wheel) expire(now int64) {
	end := now >> tickShift
	for w.tick < end {
		if w.count == 0 {
			w.tick = end
			return
		}
		next := w.nextTick()
		if next > end {
			w.advance(end)
			return
		}
		w.advance(next)
		h := &w.heads[0][w.tick&(slots-1)]
		for t := h.next; t != h; t = h.next {
			owner := t.owner
			w.del(t)
			owner.Expire(now)
		}
	}
}

// advance moves the wheel's time to tick, up to which nothing is due, and deals
// out the slots of higher levels that begin there.
func (w *wheel) advance(tick int64) {
	old := w.tick
	w.tick = tick
	for l := levels - 1; l > 0; l-- {
		shift := slotBits * l
		if old>>shift == tick>>shift {
			continue
		}
		slot := (tick >> shift) & (slots - 1)
		h := &w.heads[l][slot]
		w.used[l] &^= 1 << slot
		for t := h.next; t != h; {
			n := t.next
			w.insert(t)
			t = n
		}
		h.next, h.prev = h, h
	}
}

// nextTick is the next tick at which something fires or is dealt out.
func (w *wheel) nextTick() int64 {
	for l := 0; l < levels; l++ {
		shift := slotBits * l
		cur := (w.tick >> shift) & (slots - 1)
		if later := w.used[l] >> cur >> 1; later != 0 {
			base := w.tick >> shift
			return (base + 1 + int64(bits.TrailingZeros64(later))) << shift
		}
		if l > 0 {
			continue
		}
	}
	return w.tick + 1<<(slotBits*levels)
}

// wait is how long from now until the next tick of interest, -1 for ever.
func (w *wheel) wait(now int64) int64 {
	if w.count == 0 {
		return -1
	}
	return max(w.nextTick()<<tickShift-now, 0)
}
