package syslog

import (
	"bytes"
	"sync"
)

// ringBytes bounds what a Ring keeps: the events of weeks, where nothing is
// wrong, and of the last minutes, where everything is.
const ringBytes = 256 << 10

// A Ring keeps the newest lines of what happened, for "show events". It is for
// rare events: appending takes a lock and copies. The zero Ring is ready.
type Ring struct {
	mu    sync.Mutex
	lines []string
	first uint64 // number of lines[0]
	size  int
	stamp Stamp
}

// Append adds an event with its time (unix ns), and drops the oldest ones when
// there is no room.
func (r *Ring) Append(lev Level, now int64, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	line := r.stamp.AppendHeader(nil, Timed, 0, lev, now, &Header{}, nil, nil)
	for _, c := range []byte(text) {
		if c < ' ' {
			c = ' ' // one event is one line
		}
		line = append(line, c)
	}
	r.lines = append(r.lines, string(line))
	r.size += len(line)
	r.trim()
}

// trim drops the oldest lines. The caller has the lock.
func (r *Ring) trim() {
	n := 0
	for r.size > ringBytes {
		r.size -= len(r.lines[n])
		r.lines[n] = ""
		n++
	}
	r.lines = r.lines[n:]
	r.first += uint64(n)
}

// Deliver implements Outlet: "log ring@buf0".
func (r *Ring) Deliver(_ int, buf []byte, ends []int) (dropped int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	start := 0
	for _, end := range ends {
		line := string(bytes.TrimRight(buf[start:end], "\n"))
		start = end
		r.lines = append(r.lines, line)
		r.size += len(line)
	}
	r.trim()
	return 0
}

// Since returns the lines from number from on, as far as they are there, and the
// number of the next one.
func (r *Ring) Since(from uint64) (lines []string, next uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	next = r.first + uint64(len(r.lines))
	from = max(from, r.first)
	if from < next {
		lines = append(lines, r.lines[from-r.first:]...)
	}
	return lines, next
}
