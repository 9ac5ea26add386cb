package link

import (
	"runtime/debug"
	"runtime/metrics"

	"segue/internal/cfg"
)

// smallText is the size of a configuration up to which memory is spent to save
// time, in bytes. Reading and linking allocate 60 bytes for each.
const smallText = 8 << 20

// unhurried lets the heap of a process that has nothing else in it grow while a
// text of size bytes is read and linked, and returns what ends that: the
// collector took half of the time of a worker that starts, and what it found was
// little.
func unhurried(size int) (end func()) {
	if size > smallText {
		return func() {}
	}
	return percent(400)
}

// sparing keeps the heap of a validator small: what it takes comes on top of what
// the worker has that serves meanwhile.
func sparing() (end func()) { return percent(30) }

func percent(n int) (end func()) {
	old := debug.SetGCPercent(n)
	return func() { debug.SetGCPercent(old) }
}

// linkedBytes is what a byte of text comes to while it is linked: the generation,
// and the words that it is made of.
const linkedBytes = 36

// beside bounds the heap while a text of size bytes is linked in a process that
// serves another generation, and returns what ends that. The collector would let
// the heap double, garbage of reloads before included; with a bound it runs once
// or twice and finds most of that.
func beside(size int) (end func()) {
	fixed, live := memory()
	limit := fixed + live + live/8 + uint64(size)*linkedBytes
	old := debug.SetMemoryLimit(-1)
	if int64(limit) >= old {
		return func() {}
	}
	debug.SetMemoryLimit(int64(limit))
	return func() { debug.SetMemoryLimit(old) }
}

// memory is what the runtime has from the system beside the heap, and what of the
// heap was alive when the collector ran last, in bytes.
func memory() (fixed, live uint64) {
	s := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/released:bytes"}, {Name: "/memory/classes/heap/unused:bytes"},
	}
	metrics.Read(s)
	fixed = s[1].Value.Uint64()
	for _, heap := range s[2:] {
		fixed -= heap.Value.Uint64()
	}
	return fixed, s[0].Value.Uint64()
}

func sizeOf(srcs []cfg.Source) (n int) {
	for _, s := range srcs {
		n += len(s.Data)
	}
	return n
}
