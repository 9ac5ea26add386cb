package rate

// second is Counter's period in ms.
const second = 1000

// Counter counts events per second.
type Counter struct{ c PeriodCounter }

// Add counts n events and returns the running second's number with them.
func (c *Counter) Add(now int64, n uint32) uint32 { return c.c.Add(now, second, n) }

// Read is the number of events per second, rounded down.
func (c *Counter) Read(now int64) uint32 { return c.c.Read(now, second) }

// Remaining is how many more events may happen now without exceeding limit
// events per second, when pend more are known to be under way.
func (c *Counter) Remaining(now int64, limit, pend uint32) uint32 {
	return c.c.Remaining(now, second, limit, pend)
}

// NextDelay is how long to wait, in ms, until the next event keeps to limit
// events per second, when pend more are under way; 0 if it may happen at once.
func (c *Counter) NextDelay(now int64, limit, pend uint32) uint32 {
	return c.c.NextDelay(now, second, limit, pend)
}

// State and SetState carry a counter over to another process; see
// PeriodCounter.
func (c *Counter) State(now int64) (age, curr, prev uint32) { return c.c.State(now) }

// SetState makes the counter what State returned elsewhere.
func (c *Counter) SetState(now int64, age, curr, prev uint32) { c.c.SetState(now, age, curr, prev) }
