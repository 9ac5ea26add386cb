package link

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"io"
	"net"
	"sync"

	"segue/internal/lb"
	"segue/internal/process/handover"
)

// heirs are the processes that have got our state and serve in our place, or
// will. When the last stream has ended, each hears what was counted since it got
// the state.
type heirs struct {
	mu    sync.Mutex
	base  *lb.Tally // of the last Export; nil: there was none that counts
	conns map[*net.UnixConn]lb.Tally
}

// exported notes what Export has told.
func (h *heirs) exported(base *lb.Tally) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.base = base
}

// keep holds a duplicate of the connection over which a newcomer has got the
// state, until the newcomer is gone or has heard the rest.
func (h *heirs) keep(u *net.UnixConn, base lb.Tally) {
	f, err := u.File()
	if err != nil {
		return
	}
	c, err := net.FileConn(f)
	f.Close()
	if err != nil {
		return
	}
	own := c.(*net.UnixConn) // a duplicate of one
	h.mu.Lock()
	if h.conns == nil {
		h.conns = map[*net.UnixConn]lb.Tally{}
	}
	h.conns[own] = base
	h.mu.Unlock()
	go func() {
		own.Read(make([]byte, 1)) //nolint:errcheck // it says nothing more: this is its end
		h.mu.Lock()
		delete(h.conns, own)
		h.mu.Unlock()
		own.Close()
	}()
}

// Rest implements process.Engine.
func (w *Worker) Rest(out io.Writer) (bool, error) {
	h := &w.heirs
	h.mu.Lock()
	defer h.mu.Unlock()
	for c, base := range h.conns {
		if b, err := encodeRest(w.since(base)); err == nil {
			handover.SendRest(c, b) //nolint:errcheck // the newcomer counts on
		}
		c.CloseWrite() //nolint:errcheck // as above
	}
	if h.base == nil {
		return false, nil
	}
	b, err := encodeRest(w.since(*h.base))
	if err == nil {
		_, err = out.Write(b)
	}
	return err == nil, err
}

// since is what was counted after base was taken.
func (w *Worker) since(base lb.Tally) lb.Tally {
	t := w.state.Since(base)
	if w.engine != nil {
		t.Process = lb.CountSince(base.Process, w.count())
	}
	return t
}

func encodeRest(t lb.Tally) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(&t)
	return b.Bytes(), err
}

// Add implements process.Engine.
func (w *Worker) Add(r io.Reader) error {
	var t lb.Tally
	if err := gob.NewDecoder(r).Decode(&t); err != nil {
		return fmt.Errorf("cannot read what the old process has counted: %w", err)
	}
	w.state.Add(t)
	if w.engine != nil {
		w.engine.Process.AddCount(t.Process)
	}
	return nil
}
