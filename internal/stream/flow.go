package stream

import (
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/wire/h1"
)

// coding is how a body's framing changes on its way.
type coding uint8

const (
	sameCoding coding = iota // the receiver gets the framing that came
	toPayload                // chunked to an HTTP/1.0 client (RFC 9112 7)
	dropped                  // a body that the receiver does not expect
	plain                    // no framing at all: TCP and tunnels
)

type flowState uint8

const (
	flowWaits flowState = iota // for what arm arms
	flowMoved                  // some bytes went on, then it waits
	flowDone
	flowFailed // srcFailed, dstFailed or bad says why
)

// flow moves the bytes of one direction without waiting: its owner parks the
// task on what arm names. Bytes stay in the loop's scratch while the receiver
// takes them at once; what it does not take is copied into buf, which the flow
// owns.
type flow struct {
	s        *lb.Stream
	src, dst *sched.Conn
	body     *h1.Body
	coding   coding
	up       bool // from the client to the server

	out                  []byte // to be written
	buf                  []byte // memory of out across waits
	size                 int    // of the next read
	moved                int64  // payload and framing bytes written
	finished             bool
	srcFailed, dstFailed bool
	srcEOF               bool
	bad                  h1.Error
	round                int

	pipe    sched.Splicer // see splice.go
	splices spliceMode
	bulk    bool // the source sends much at a time
	framing bool // a spliced chunk has ended, its line feed is to come
}

const (
	minRead = 16 << 10
	maxRead = sched.ScratchSize - 4096 // leaves room for chunk framing
	rounds  = 16                       // reads in a row before the others get their turn
)

// step moves what can be moved now.
func (f *flow) step() flowState {
	state := flowWaits
	if f.size == 0 {
		f.size = 4 * minRead
	}
	for f.round = 0; f.round < rounds; f.round++ {
		if len(f.out) > 0 {
			n, st := f.send(f.out)
			f.moved += int64(n)
			if n > 0 {
				state = flowMoved
			}
			if st == sched.Broken {
				f.dstFailed = true
				return flowFailed
			}
			if n < len(f.out) {
				f.keep(f.out[n:])
				return state
			}
			f.out, f.buf = nil, f.buf[:0]
		}
		if f.pipe.Held() > 0 {
			moved, st := f.drain()
			if moved {
				state = flowMoved
			}
			switch st {
			case sched.Again:
				return state
			case sched.Broken:
				return flowFailed
			}
			continue
		}
		if f.finished {
			return flowDone
		}
		switch f.receive() {
		case sched.OK:
		case sched.Again:
			return state
		default:
			return flowFailed
		}
	}
	return flowMoved
}

// send writes what it can of p. The client's connection ends in the segment of
// its last bytes.
func (f *flow) send(p []byte) (int, sched.Status) {
	if f.finished && !f.up && f.s.Flags&lb.CloseClient != 0 && f.pipe.Held() == 0 {
		return f.dst.TryLast(p)
	}
	return f.dst.TryWrite(p, false)
}

// keep moves what the receiver did not take to the flow's own memory and reads
// less next time. buf has bytes only as long as out is their end.
func (f *flow) keep(rest []byte) {
	if len(f.buf) < len(rest) || &rest[0] != &f.buf[len(f.buf)-len(rest)] {
		f.buf = append(f.buf[:0], rest...)
		f.out = f.buf
	} else {
		f.out = rest
	}
	f.size = max(f.size/2, minRead)
}

// receive takes something from the source, through the pipe where that pays.
func (f *flow) receive() sched.Status {
	if f.splices != spliceNever && f.canSplice() {
		return f.fill()
	}
	return f.read()
}

// read receives once and makes out of it what is to be written.
func (f *flow) read() sched.Status {
	th := f.s.Thread
	size := f.size
	if f.framing {
		size = framingRead
	}
	if f.up && f.body != nil {
		size = min(size, BodyRoom(f.s))
	}
	n, st := f.src.TryRead(th.Scratch[:size])
	switch st {
	case sched.OK:
		f.bulk = n >= bulkRead || f.framing && f.bulk
		f.framing = false
		f.size = min(f.size*2, maxRead)
		return f.feed(th.Scratch[:n])
	case sched.EOF:
		return f.atEOF()
	case sched.Broken:
		f.srcFailed = true
	}
	return st
}

// atEOF is the end of the source, which ends a body that has no other end.
func (f *flow) atEOF() sched.Status {
	f.srcEOF = true
	if f.coding == plain || f.body.Endless() {
		f.finished = true
		return sched.OK
	}
	f.srcFailed = true
	return sched.EOF
}

// reject ends a body that is wrong at p[at], and keeps the bytes around that for
// "show errors".
func (f *flow) reject(p []byte, at int, e h1.Error) sched.Status {
	f.bad = e
	if size := limit(f.s); len(p) > size {
		from := min(max(at-size/2, 0), len(p)-size)
		p, at = p[from:from+size], at-from
	}
	px := f.s.Front
	if !f.up {
		px = f.s.Back
	}
	keepBad(f.s, px, !f.up, p, at, e.String())
	return sched.Broken
}

// feed passes received bytes through the body's framing.
func (f *flow) feed(p []byte) sched.Status {
	switch f.coding {
	case plain:
		f.out = p
		f.count(len(p))
		return sched.OK
	case sameCoding:
		out, n, done, e := f.body.Feed(p)
		if e != h1.OK {
			return f.reject(p, n, e)
		}
		f.out = out
		f.count(n)
		if f.up {
			f.s.ReqBytes += int64(len(out) - n)
			if f.s.Back.RetryOn {
				f.remember(out)
			}
		}
		f.finished = done
		f.over(p[n:])
		return sched.OK
	}
	out, n, done, e := f.body.Decode(p)
	if e != h1.OK {
		return f.reject(p, n, e)
	}
	f.count(n)
	f.finished = done
	if f.coding == toPayload {
		f.out = out
	}
	f.over(p[n:])
	return sched.OK
}

// remember keeps body bytes that the request may have to be sent with again.
func (f *flow) remember(p []byte) {
	s := f.s
	if s.Flags&lb.NoL7Retry == 0 && s.ReqBytes == int64(len(s.Pending)+len(p)) && len(s.Pending)+len(p) <= repeatRoom(s) {
		s.Pending = append(s.Pending, p...)
	}
}

// over takes what was received behind the body: the client's next request, or
// bytes of a server that nobody asked for.
func (f *flow) over(p []byte) {
	switch {
	case len(p) == 0:
	case f.up:
		f.s.Session.Partial = append(f.s.Session.Partial[:0], p...)
	default:
		f.s.Flags |= lb.CloseServer
	}
}

func (f *flow) count(n int) {
	if f.up {
		f.s.BytesIn += int64(n)
		f.s.ReqBytes += int64(n)
		f.s.ToServer += int64(n)
	} else {
		f.s.FromServer += int64(n)
	}
}

// arm registers the task for what the flow waits for. It returns false when
// that is already there.
func (f *flow) arm(t *sched.Task) bool {
	if f.holds() {
		return f.dst.ArmWrite(t)
	}
	if f.finished {
		return true
	}
	return f.src.ArmRead(t)
}

// ended reports whether all has been written.
func (f *flow) ended() bool { return f.finished && !f.holds() }

// holds says that bytes wait for the receiver.
func (f *flow) holds() bool { return len(f.out) > 0 || f.pipe.Held() > 0 }

// forsaken says that forsake was called.
func (f *flow) forsaken() bool { return f.up && f.coding == dropped }

// forsake reads on without a receiver: a server that has answered may close
// before it has read everything, and its client does not know that yet.
func (f *flow) forsake() bool {
	if !f.dstFailed {
		return false
	}
	f.free()
	f.dstFailed, f.coding, f.out, f.splices = false, dropped, nil, spliceNever
	f.s.Flags |= lb.CloseServer
	return true
}
