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
// collector took half of the time of a validator and of a worker that starts,
// and what it found was little.
func unhurried(size int) (end func()) {
	if size > smallText {
		return func() {}
	}
	old := debug.SetGCPercent(400)
	return func() { debug.SetGCPercent(old) }
}

func sizeOf(srcs []cfg.Source) (n int) {
	for _, s := range srcs {
		n += len(s.Data)
	}
	return n
}
