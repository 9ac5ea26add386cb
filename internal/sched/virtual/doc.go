// Package virtual is a sched.System without a kernel: sockets are byte queues,
// time passes only when everything waits, and a run is the same every time.
//
//	sys := virtual.New()
//	l := sched.NewLoop(0, sys)
//	a, b := sys.Pair(64 << 10) // two ends of a connection
//	sys.Run(l)                 // until nothing will ever happen again
//
// One loop's thread owns a System; only Wake may be called from others. There
// is no other thread's work to wait for: Loop.Go and Task.Do are not for it.
package virtual
