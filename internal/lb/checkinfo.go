package lb

import "sync/atomic"

// CheckInfo is what statistics and commands show of a health or agent check.
type CheckInfo struct {
	Enabled, Paused    bool
	Running            bool   // a check is under way
	Done               bool   // at least one has ended
	Status             string // "L7OK"
	Desc               string // Status in words
	Last               string // what the last one said
	HasCode            bool
	Code               int
	Duration           int64 // of the last one, ms
	Rise, Fall, Health int
	Fails, Downs       int64
	StatusNum, Result  int // as "show servers state" numbers them
	State              int // bits of "show servers state"
}

// Checks is what package health keeps in ServerState.Health, as far as
// statistics need it.
type Checks interface {
	// CheckInfo describes the health check, or the agent check.
	CheckInfo(agent bool) CheckInfo
	// Carry copies what another process needs to go on with the checks.
	Carry() *CarriedHealth
}

// CheckInfo describes one of the server's checks; the zero value is for a
// server without it.
func (srv *Server) CheckInfo(agent bool) CheckInfo {
	if c, ok := srv.State.Health.Load().(Checks); ok {
		return c.CheckInfo(agent)
	}
	return CheckInfo{}
}

// Cell holds a value of another package. A command may read it on one thread
// while a reload writes it on another.
type Cell struct{ p atomic.Pointer[any] }

// Load returns the value, nil before the first Store.
func (c *Cell) Load() any {
	if v := c.p.Load(); v != nil {
		return *v
	}
	return nil
}

// Store replaces the value; nil empties the cell.
func (c *Cell) Store(v any) { c.p.Store(&v) }
