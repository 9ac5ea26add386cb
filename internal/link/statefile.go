package link

import (
	"encoding/gob"
	"fmt"
	"io"
	"strings"

	"segue/internal/lb"
	"segue/internal/pattern"
)

// carried is what a worker hands to the next one.
type carried struct {
	State lb.Snapshot
	Files []pattern.RefState // maps and ACLs that were changed at runtime
	// MaxConn is the process's limit where it was changed at runtime.
	MaxConn, Configured int64
	// Older versions do not tell, or do not look at, what follows.
	AutoMaxConn bool
	Dials       map[string]dialed // settings of the process that were changed at runtime
	Process     lb.Numbers        // lb.Process.Count
}

// exportState writes what outlives a configuration for a new worker. What it
// returns is what Since takes.
func (w *Worker) exportState(out io.Writer) (lb.Tally, error) {
	w.mu.Lock()
	e, last := w.engine, w.last
	w.mu.Unlock()
	var c carried
	if last != nil {
		c.Files = last.Files.Export()
		g := &last.Model.Global
		c.Configured, c.MaxConn, c.AutoMaxConn = int64(g.MaxConn), e.Process.MaxConn.Load(), g.AutoMaxConn
		c.Dials, c.Process = dialedOf(e.Process, g), w.count()
		// Commands add and delete servers under the same lock.
		e.Process.Mu.Lock()
		c.State = w.state.Snapshot(last.Gen, e.Process.Threads[0].Clock()/1e6)
		e.Process.Mu.Unlock()
	}
	if err := gob.NewEncoder(out).Encode(&c); err != nil {
		return lb.Tally{}, fmt.Errorf("cannot write the state: %w", err)
	}
	base := c.State.Tally()
	base.Process = c.Process
	return base, nil
}

// importState reads what exportState wrote.
func (w *Worker) importState(r io.Reader) error {
	var c carried
	if err := gob.NewDecoder(r).Decode(&c); err != nil {
		return fmt.Errorf("cannot read the state: %w", err)
	}
	w.state.Restore(&c.State)
	w.files = pattern.ImportRefs(c.Files)
	w.came = inheritance{dials: c.Dials, maxConn: dialed{c.Configured, c.MaxConn}, autoMaxConn: c.AutoMaxConn}
	w.counted = c.Process
	for path, srv := range c.State.Servers {
		if backend, name, ok := strings.Cut(path, "/"); ok && srv.Added {
			w.added = append(w.added, added{backend, name})
		}
	}
	return nil
}

// count is what the process has counted as a whole. The last targets of a process
// that has ended are among the former ones.
func (w *Worker) count() lb.Numbers {
	p := w.engine.Process
	dropped := hooks{w}.DroppedLogs()
	select {
	case <-w.done:
		dropped = 0
	default:
	}
	return p.Count(p.Threads[0].Clock()/1e6, dropped)
}
