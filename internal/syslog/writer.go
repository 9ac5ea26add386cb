package syslog

import "net/netip"

// Bounds of what one Writer holds between two calls of Flush. A loop's turn
// handles at most a few hundred streams.
const (
	maxBuffer = 256 << 10 // bytes
	maxLines  = 4096
)

// Writer is a loop's own end of a Sink. It grows its buffer in the first turns
// and allocates nothing later.
type Writer struct {
	sink  *Sink
	stamp Stamp
	buf   []byte // framed lines, one after the other
	ends  []int  // where each line ends in buf
	now   int64  // of the last Append, ns
	sock  socket // for datagram targets
	loop  int    // for Outlet.Deliver
	addr  rawAddr
	known netip.AddrPort // what addr is
}

// NewWriter makes a Writer for one loop. Close it when the loop ends.
func (s *Sink) NewWriter() *Writer { return s.WriterOf(0) }

// WriterOf is NewWriter for the loop of a number, which an Outlet is told.
func (s *Sink) WriterOf(loop int) *Writer {
	return &Writer{sink: s, sock: socket{fd: -1, failed: s.failed}, addr: s.addr, loop: loop}
}

// Pass keeps a line that is framed already until Flush, for where datagrams go
// to now.
func (w *Writer) Pass(now int64, to netip.AddrPort, line []byte) {
	if to != w.known {
		w.Flush() // what is for the old address
		w.known = to
		if w.addr.setUDP(to) != nil {
			w.known = netip.AddrPort{}
			w.sink.dropped.Add(1)
			return
		}
	}
	if len(w.buf)+len(line) > maxBuffer || len(w.ends) >= maxLines {
		w.sink.dropped.Add(1)
		return
	}
	w.now = now
	w.buf = append(w.buf, line...)
	w.ends = append(w.ends, len(w.buf))
}

// Append frames one message and keeps it until Flush. now is wall time in ns
// since 1970. msgid and sd may be empty. Messages above the sink's level,
// outside its sample and empty ones are not sent and not counted as dropped.
//
// Nothing is kept of the arguments. No lock, no system call, and no allocation
// once the buffer has grown (BenchmarkAppend).
func (w *Writer) Append(lev Level, now int64, h *Header, msgid, sd, msg []byte) {
	cfg := &w.sink.cfg
	if lev > cfg.Level || len(msg) == 0 {
		return
	}
	if cfg.Sampling.Size > 0 && !cfg.Sampling.takes(w.sink.seen.Add(1)-1) {
		return
	}
	if len(w.buf)+cfg.MaxLen > maxBuffer || len(w.ends) >= maxLines {
		w.sink.dropped.Add(1)
		return
	}
	w.now = now
	w.buf = w.stamp.AppendLine(w.buf, cfg.MaxLen, cfg.Format, cfg.Facility, max(lev, cfg.MinLevel), now, h, msgid, sd, msg)
	w.ends = append(w.ends, len(w.buf))
}

// Flush hands over what was appended, without ever waiting. It reports whether
// lines are left because a socket is full; a loop that has nothing else to
// do should call again soon (10 ms), or they wait for its next turn.
func (w *Writer) Flush() (pending bool) {
	if len(w.ends) == 0 {
		return false
	}
	if p := w.sink.pump; p != nil {
		p.put(w.buf, w.ends)
		w.reset()
		return false
	}
	if out := w.sink.cfg.Outlet; out != nil {
		w.sink.dropped.Add(uint64(out.Deliver(w.loop, w.buf, w.ends)))
		w.reset()
		return false
	}
	done := w.sock.send(&w.addr, w.buf, w.ends, w.now, &w.sink.dropped)
	w.forget(done)
	return len(w.ends) > 0
}

// forget takes the first n lines out of the buffer.
func (w *Writer) forget(n int) {
	if n == len(w.ends) {
		w.reset()
		return
	}
	if n == 0 {
		return
	}
	off := w.ends[n-1]
	w.buf = w.buf[:copy(w.buf, w.buf[off:])]
	w.ends = w.ends[:copy(w.ends, w.ends[n:])]
	for i := range w.ends {
		w.ends[i] -= off
	}
}

func (w *Writer) reset() { w.buf, w.ends = w.buf[:0], w.ends[:0] }

// Close tries once more to send what is left, counts as dropped what cannot be
// sent, and closes the Writer's socket.
func (w *Writer) Close() {
	w.Flush()
	w.sink.dropped.Add(uint64(len(w.ends)))
	w.reset()
	w.sock.close()
}
