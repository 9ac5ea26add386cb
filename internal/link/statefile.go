package link

import (
	"encoding/gob"
	"fmt"
	"io"

	"segue/internal/lb"
)

// exportState writes what outlives a configuration for a new worker.
func exportState(st *lb.State, w io.Writer) error {
	if err := gob.NewEncoder(w).Encode(st.Snapshot()); err != nil {
		return fmt.Errorf("cannot write the state: %w", err)
	}
	return nil
}

// importState reads what exportState wrote.
func importState(st *lb.State, r io.Reader) error {
	var s lb.Snapshot
	if err := gob.NewDecoder(r).Decode(&s); err != nil {
		return fmt.Errorf("cannot read the state: %w", err)
	}
	st.Restore(&s)
	return nil
}
