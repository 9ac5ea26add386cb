package link

import (
	"runtime/debug"

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
func sparing() (end func()) { return percent(15) }

func percent(n int) (end func()) {
	old := debug.SetGCPercent(n)
	return func() { debug.SetGCPercent(old) }
}

// beside keeps the heap from doubling while a generation is linked in a process
// that serves another one. It is no limit in bytes: one that is met by what is
// alive makes the collector run all the time.
func beside() (end func()) { return percent(50) }

func sizeOf(srcs []cfg.Source) (n int) {
	for _, s := range srcs {
		n += len(s.Data)
	}
	return n
}

// limitMemory makes the collector keep the process below the megabytes of "-m",
// 0 = any, as long as what is in use is less. It returns them in bytes.
func limitMemory(megabytes int) int64 {
	limit := int64(min(max(megabytes, 0), 1<<30)) << 20
	if limit > 0 {
		debug.SetMemoryLimit(limit)
	}
	return limit
}
