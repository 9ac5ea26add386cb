package link

import (
	"encoding/gob"
	"fmt"
	"io"

	"segue/internal/lb"
	"segue/internal/pattern"
)

// carried is what a worker hands to the next one.
type carried struct {
	State lb.Snapshot
	Files []pattern.RefState // maps and ACLs that were changed at runtime
	// MaxConn is the process's limit where it was changed at runtime.
	MaxConn, Configured int64
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
		c.Configured, c.MaxConn = int64(last.Model.Global.MaxConn), e.Process.MaxConn.Load()
		// Commands add and delete servers under the same lock.
		e.Process.Mu.Lock()
		c.State = w.state.Snapshot(last.Gen, e.Process.Threads[0].Clock()/1e6)
		e.Process.Mu.Unlock()
	}
	if err := gob.NewEncoder(out).Encode(&c); err != nil {
		return lb.Tally{}, fmt.Errorf("cannot write the state: %w", err)
	}
	return c.State.Tally(), nil
}

// importState reads what exportState wrote.
func (w *Worker) importState(r io.Reader) error {
	var c carried
	if err := gob.NewDecoder(r).Decode(&c); err != nil {
		return fmt.Errorf("cannot read the state: %w", err)
	}
	w.state.Restore(&c.State)
	w.files = pattern.ImportRefs(c.Files)
	if c.MaxConn != c.Configured {
		w.maxConn, w.maxConnWas = c.MaxConn, c.Configured
	}
	return nil
}
