package syslog

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
)

const (
	// ringHead is what HAProxy 3.4 takes of a ring's size for itself, in bytes,
	// seen by how many messages its rings hold.
	ringHead = 192
	// recordHead is what each message takes beside its text: its length.
	recordHead = 2
	// minBuffer keeps a ring of next to no size useful.
	minBuffer = MinLen + recordHead
)

// MaxPayload is the longest message, in bytes, that a Buffer of a size holds.
func MaxPayload(size int) int { return min(max(size-ringHead-4, minBuffer), MaxLen) }

// A Buffer is a ring: it keeps the newest messages, without their line feeds,
// within a number of bytes. Any thread may use it; its lock is held for one copy
// and never across a wait. Manual 12.5.
type Buffer struct {
	Name string
	desc atomic.Pointer[string]
	// dropped are messages that found no room because a connected reader is
	// behind, and those that the ring is too small for.
	dropped atomic.Uint64

	mu          sync.Mutex
	data        []byte // records in a circle: length, text
	head, tail  uint64 // of the oldest record, and behind the newest; modulo len(data)
	first, next uint64 // numbers of the oldest record and of the next one
	readers     []*Reader
}

// NewBuffer makes a ring of size bytes.
func NewBuffer(name string, size int) *Buffer {
	b := &Buffer{Name: name, data: make([]byte, max(size-ringHead, minBuffer))}
	b.Describe(name)
	return b
}

// Describe sets what "show events" says about the ring.
func (b *Buffer) Describe(text string) { b.desc.Store(&text) }

// Desc is what Describe said.
func (b *Buffer) Desc() string { return *b.desc.Load() }

// Dropped is how many messages found no room.
func (b *Buffer) Dropped() uint64 { return b.dropped.Load() }

// Resize keeps as many of the newest messages as the new size holds.
func (b *Buffer) Resize(size int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := max(size-ringHead, minBuffer)
	if n == len(b.data) {
		return
	}
	old := &Buffer{data: b.data, head: b.head, tail: b.tail}
	b.data, b.head, b.tail, b.next = make([]byte, n), 0, 0, b.first
	var line []byte
	for at := old.head; at < old.tail; {
		line, at = old.record(line[:0], at)
		b.insert(line)
	}
	for _, r := range b.readers {
		r.at = b.head
		for num := b.first; num < r.num && r.at < b.tail; num++ {
			r.at += recordHead + b.length(r.at)
		}
	}
}

// Deliver implements Outlet.
func (b *Buffer) Deliver(_ int, buf []byte, ends []int) (dropped int) {
	b.mu.Lock()
	start := 0
	for _, end := range ends {
		line := buf[start:end]
		start = end
		if n := len(line); n > 0 && line[n-1] == '\n' {
			line = line[:n-1]
		}
		if !b.put(line) {
			dropped++
		}
	}
	for _, r := range b.readers {
		r.rouse()
	}
	b.mu.Unlock()
	if dropped > 0 {
		b.dropped.Add(uint64(dropped))
	}
	return dropped
}

// put makes room for a message unless a connected reader still needs it. The
// caller has the lock.
func (b *Buffer) put(line []byte) bool {
	need := uint64(recordHead + len(line))
	room := uint64(len(b.data))
	if need > room || len(line) > MaxLen {
		return false
	}
	for _, r := range b.readers {
		if r.holds && b.tail+need > max(r.at, b.head)+room {
			return false
		}
	}
	b.insert(line)
	return true
}

// insert overwrites the oldest messages. The caller has the lock and knows that
// the message fits.
func (b *Buffer) insert(line []byte) {
	need := uint64(recordHead + len(line))
	room := uint64(len(b.data))
	if need > room {
		b.first, b.head = b.next, b.tail
		b.first++
		b.next++
		return
	}
	for b.tail+need > b.head+room {
		b.head += recordHead + b.length(b.head)
		b.first++
	}
	var n [recordHead]byte
	binary.LittleEndian.PutUint16(n[:], uint16(len(line)))
	b.write(n[:])
	b.write(line)
	b.next++
}

// write copies bytes to the tail.
func (b *Buffer) write(p []byte) {
	n := copy(b.data[b.tail%uint64(len(b.data)):], p)
	copy(b.data, p[n:])
	b.tail += uint64(len(p))
}

// length is that of the message whose record begins at at.
func (b *Buffer) length(at uint64) uint64 {
	size := uint64(len(b.data))
	return uint64(b.data[at%size]) | uint64(b.data[(at+1)%size])<<8
}

// record appends the message at at and returns where the next one begins.
func (b *Buffer) record(dst []byte, at uint64) ([]byte, uint64) {
	size, n := uint64(len(b.data)), b.length(at)
	from := (at + recordHead) % size
	part := min(n, size-from)
	dst = append(dst, b.data[from:from+part]...)
	dst = append(dst, b.data[:n-part]...)
	return dst, at + recordHead + n
}

// Since returns the messages from number from on, as far as they are there, and
// the number of the next one.
func (b *Buffer) Since(from uint64) (lines []string, next uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	num := b.first
	for at := b.head; at < b.tail; num++ {
		if num < from {
			at += recordHead + b.length(at)
			continue
		}
		var line []byte
		line, at = b.record(nil, at)
		lines = append(lines, string(line))
	}
	return lines, b.next
}

// A Reader goes through a Buffer's messages. It belongs to one goroutine.
type Reader struct {
	b     *Buffer
	at    uint64        // where its next message begins
	num   uint64        // the number of that one
	holds bool          // nothing that it has not read is overwritten
	wake  chan struct{} // of capacity 1: there may be messages
}

// Reader makes a reader that begins with the oldest message.
func (b *Buffer) Reader() *Reader {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := &Reader{b: b, at: b.head, num: b.first, wake: make(chan struct{}, 1)}
	b.readers = append(b.readers, r)
	return r
}

// Close lets the Buffer forget the reader.
func (r *Reader) Close() {
	r.b.mu.Lock()
	defer r.b.mu.Unlock()
	for i, x := range r.b.readers {
		if x == r {
			r.b.readers = append(r.b.readers[:i], r.b.readers[i+1:]...)
			return
		}
	}
}

// rouse tells the reader of messages.
func (r *Reader) rouse() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Hold says whether messages that the reader has not read may be overwritten:
// not while it is connected.
func (r *Reader) Hold(on bool) {
	r.b.mu.Lock()
	r.holds = on
	r.b.mu.Unlock()
}

// Pending reports whether there are messages that were not read.
func (r *Reader) Pending() bool {
	r.b.mu.Lock()
	defer r.b.mu.Unlock()
	return r.num < r.b.next
}

// batchOf is what Peek took: as much as one write sends.
type batchOf struct {
	frames []byte
	ends   []int  // where each message's frame ends
	lost   uint64 // messages that were overwritten before they were read
	base   uint64 // the number of the first one
}

// Peek copies the next messages, framed, up to some bytes; they stay unread
// until Advance.
func (r *Reader) Peek(into *batchOf, most int, frame func(dst, line []byte) []byte) {
	b := r.b
	b.mu.Lock()
	defer b.mu.Unlock()
	into.frames, into.ends, into.lost = into.frames[:0], into.ends[:0], 0
	if r.num < b.first {
		into.lost = b.first - r.num
		r.num, r.at = b.first, b.head
	}
	into.base = r.num
	var line [512]byte
	text := line[:0]
	for at := r.at; at < b.tail && len(into.frames) < most; {
		text, at = b.record(text[:0], at)
		into.frames = frame(into.frames, text)
		into.ends = append(into.ends, len(into.frames))
	}
}

// Advance marks the first n messages of a batch as read.
func (r *Reader) Advance(from *batchOf, n int) {
	b := r.b
	b.mu.Lock()
	defer b.mu.Unlock()
	for ; n > 0; n-- {
		if r.num >= b.first && r.num < b.next { // else Peek finds its place again
			r.at += recordHead + b.length(r.at)
		}
		r.num++
	}
}
