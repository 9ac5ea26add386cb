package sched

import (
	"net/netip"
	"syscall"
)

// System is what a Loop needs of the operating system. All calls but Wake come
// from the loop's thread and never block, except Poll with a timeout.
type System interface {
	// Now is the monotonic time in nanoseconds; its zero is the process's own.
	Now() int64
	// Poll fills events and returns how many there are. timeout is in ns: 0
	// returns at once, negative waits for ever.
	Poll(events []syscall.EpollEvent, timeout int64) int
	// Wake makes a running or the next Poll return. Any thread may call it.
	Wake()
	// Watch reports edges of fd's readiness with gen in Event.Pad.
	Watch(fd, gen int32) syscall.Errno
	// WatchListener reports, to one of the loops that watch it, that fd has
	// connections to accept, as long as it has.
	WatchListener(fd, gen int32) syscall.Errno
	// Forget ends Watch or WatchListener. Closing fd does so, too.
	Forget(fd int32)
	Recv(fd int32, p []byte) (int, syscall.Errno)
	Send(fd int32, p []byte, more bool) (int, syscall.Errno)
	// Accept returns a connection and the peer's address; the address is zero
	// for unix sockets.
	Accept(fd int32) (int32, netip.AddrPort, syscall.Errno)
	// Splice moves up to n bytes between a pipe and a socket.
	Splice(from, to int32, n int, more bool) (int, syscall.Errno)
	// Pipe makes a pipe of size bytes or, for 0, of the largest size that the
	// system allows up to 1 MB.
	Pipe(size int) (r, w int32, err syscall.Errno)
	// Reset closes with a TCP reset where the socket allows it.
	Reset(fd int32)
	// Shutdown ends the sending side.
	Shutdown(fd int32)
	// Acknowledge acknowledges at once what fd has received, and what comes next.
	Acknowledge(fd int32)
	// SockError is the pending SO_ERROR.
	SockError(fd int32) syscall.Errno
	// Buffered is the number of bytes that wait to be received.
	Buffered(fd int32) int
	Close(fd int32)
}
