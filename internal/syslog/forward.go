package syslog

import (
	"context"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of how long a Forwarder waits before it connects again: it doubles
// from one to the other, and begins anew when a connection has carried
// something.
const (
	retryMin = 100 * time.Millisecond
	retryMax = 2 * time.Second
)

// forwardBatch is how many bytes one write carries, roughly.
const forwardBatch = 32 << 10

// Forward is where and how a Forwarder sends.
type Forward struct {
	Network string // "tcp", "unix"
	// Address is asked before each connection, because a server may move; "" is
	// for now nowhere.
	Address func() string
	// OctetCount frames as RFC 6587 3.4.1, else each message ends with a line
	// feed (3.4.2).
	OctetCount       bool
	Connect, Timeout time.Duration // for a connection, and for data to be taken; 0 = none
	Dial             func(ctx context.Context, network, address string) (net.Conn, error)
	// Connected is told of each connection; may be nil.
	Connected func()
}

// A Forwarder sends a ring's messages over a stream connection, from a goroutine
// of its own. It connects at once, and again whenever the connection is lost.
type Forwarder struct {
	buf  *Buffer
	how  atomic.Pointer[Forward]
	lost atomic.Uint64 // messages that were overwritten before they could be sent
	kick chan struct{} // of capacity 1: how has changed
	stop context.CancelFunc
	quit context.Context
	done chan struct{}
	once sync.Once
	over atomic.Int64 // unix ns until which it may go on after stop
}

// NewForwarder starts one.
func NewForwarder(b *Buffer, how Forward) *Forwarder {
	f := &Forwarder{buf: b, kick: make(chan struct{}, 1), done: make(chan struct{})}
	f.quit, f.stop = context.WithCancel(context.Background())
	f.how.Store(&how)
	go f.run(b.Reader())
	return f
}

// Update changes where and how it sends. A connection to the same address with
// the same framing goes on.
func (f *Forwarder) Update(how Forward) {
	old := f.how.Swap(&how)
	if old.Network == how.Network && old.Address() == how.Address() && old.OctetCount == how.OctetCount {
		return
	}
	select {
	case f.kick <- struct{}{}:
	default:
	}
}

// Lost is how many messages were overwritten before they could be sent.
func (f *Forwarder) Lost() uint64 { return f.lost.Load() }

// Close sends what is left if there is a connection, for at most the given time.
func (f *Forwarder) Close(patience time.Duration) {
	f.once.Do(func() {
		f.over.Store(time.Now().Add(patience).UnixNano())
		f.stop()
	})
	limit := time.NewTimer(patience + 50*time.Millisecond)
	defer limit.Stop()
	select {
	case <-f.done:
	case <-limit.C:
	}
}

// run connects and serves until Close.
func (f *Forwarder) run(r *Reader) {
	defer close(f.done)
	defer r.Close()
	wait := retryMin
	for {
		how := f.how.Load()
		if conn := f.dial(how); conn != nil {
			if f.serve(conn, how, r) {
				wait = retryMin
			}
		}
		pause := time.NewTimer(wait)
		select {
		case <-f.quit.Done():
			pause.Stop()
			return
		case <-f.kick:
			pause.Stop()
		case <-pause.C:
			wait = min(2*wait, retryMax)
		}
	}
}

// dial connects, or returns nil.
func (f *Forwarder) dial(how *Forward) net.Conn {
	address := how.Address()
	if address == "" {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// Close lets a connection that is being made carry what waits for it.
	undo := context.AfterFunc(f.quit, func() {
		left := time.NewTimer(time.Until(time.Unix(0, f.over.Load())))
		defer left.Stop()
		select {
		case <-left.C:
			cancel()
		case <-ctx.Done():
		}
	})
	defer undo()
	if how.Connect > 0 {
		var done context.CancelFunc
		ctx, done = context.WithTimeout(ctx, how.Connect)
		defer done()
	}
	dial := how.Dial
	if dial == nil {
		var d net.Dialer
		dial = d.DialContext
	}
	conn, err := dial(ctx, how.Network, address)
	if err != nil {
		return nil
	}
	if how.Connected != nil {
		how.Connected()
	}
	return conn
}

// serve sends until the connection ends or must end, and reports whether it has
// carried anything.
func (f *Forwarder) serve(conn net.Conn, how *Forward, r *Reader) (carried bool) {
	defer conn.Close()
	r.Hold(true)
	defer r.Hold(false)
	gone := make(chan struct{})
	go func() { // a log server says nothing; when it ends, so do we
		defer close(gone)
		io.Copy(io.Discard, conn) //nolint:errcheck // its end is what we wait for
	}()
	frame := appendLegacy
	if how.OctetCount {
		frame = appendCounted
	}
	b := new(batchOf)
	for {
		r.Peek(b, forwardBatch, frame)
		f.lost.Add(b.lost)
		if len(b.ends) > 0 {
			select {
			case <-gone:
				return carried // they wait for the next connection
			default:
			}
			if !f.write(conn, how, r, b) {
				return carried
			}
			carried = true
			continue
		}
		select {
		case <-r.wake:
		case <-gone:
			return carried
		case <-f.kick:
			return true
		case <-f.quit.Done():
			return carried // nothing is left
		}
	}
}

// write sends a batch. What was sent as a whole counts as read.
func (f *Forwarder) write(conn net.Conn, how *Forward, r *Reader, b *batchOf) bool {
	var until time.Time
	if how.Timeout > 0 {
		until = time.Now().Add(how.Timeout)
	}
	// Close does not wait for ever: it moves the deadline of a write that hangs.
	undo := context.AfterFunc(f.quit, func() { conn.SetWriteDeadline(time.Unix(0, f.over.Load())) }) //nolint:errcheck // it is open
	if f.quit.Err() != nil {
		until = time.Unix(0, f.over.Load())
	}
	conn.SetWriteDeadline(until) //nolint:errcheck // it is open
	n, err := conn.Write(b.frames)
	undo()
	whole := 0
	for whole < len(b.ends) && b.ends[whole] <= n {
		whole++
	}
	r.Advance(b, whole)
	return err == nil
}

// appendLegacy is RFC 6587 3.4.2, non-transparent framing.
func appendLegacy(dst, line []byte) []byte { return append(append(dst, line...), '\n') }

// appendCounted is RFC 6587 3.4.1, octet counting.
func appendCounted(dst, line []byte) []byte {
	dst = strconv.AppendInt(dst, int64(len(line)), 10)
	return append(append(dst, ' '), line...)
}
