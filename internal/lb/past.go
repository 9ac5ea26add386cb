package lb

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// PastConn is what is known of the stream's last connection to a server once that
// was given back, which is before the log line is written.
type PastConn struct {
	Tried, Made bool
	RTT, RTTVar uint32 // µs; of a connection that was Made
}

// Remember keeps what log lines show of the connection that the stream is about to
// give back. It costs two system calls: only formats that show it pay.
func (s *Stream) Remember() {
	if s.SrvConn == nil || !s.Front.Log.Server || !s.SrvConn.Conn.IsOpen() {
		return
	}
	fd := s.SrvConn.Conn.FD()
	s.BackSrc = SocketAddr(int(fd))
	s.Past = PastConn{Tried: true, Made: true}
	var info unix.TCPInfo
	n := uint32(unsafe.Sizeof(info))
	if _, _, e := syscall.RawSyscall6(syscall.SYS_GETSOCKOPT, uintptr(fd), unix.IPPROTO_TCP, unix.TCP_INFO, uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&n)), 0); e == 0 {
		s.Past.RTT, s.Past.RTTVar = info.Rtt, info.Rttvar
	} else {
		s.Past.Made = false // a UNIX socket has no such numbers
	}
}

// HasServerConn says whether the stream has a connection to a server, or had one
// when it ended.
func (s *Stream) HasServerConn() bool { return s.SrvConn != nil || s.Past.Tried }
