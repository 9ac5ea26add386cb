package actions

import (
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"segue/internal/lb"
	"segue/internal/rule"
)

type silentDrop struct{ ttl int } // 0: none at all

func parseSilentDrop(p *rule.Parser) lb.Action {
	if p.Peek() != "rst-ttl" {
		return &silentDrop{}
	}
	p.Next()
	w := p.Next()
	n, err := strconv.Atoi(w)
	if w == "" {
		return p.Fail("missing rst-ttl value\n")
	}
	if err != nil || n < 1 || n > 255 {
		return p.Fail("invalid character starting at '%s' (value 1-255 expected)\n", w)
	}
	return &silentDrop{ttl: n}
}

// Exec implements lb.Action. The socket is put into repair mode, where closing
// it says nothing to the peer; where that is not permitted, or another reach
// is asked for, a reset leaves that dies after ttl hops.
func (a *silentDrop) Exec(s *lb.Stream) lb.Verdict {
	if s.Session.Conn.IsOpen() {
		vanish(int(s.Session.Conn.FD()), a.ttl)
	}
	denied(s)
	drop(s)
	return lb.Abort
}

// vanish prepares a socket for being closed unnoticed.
func vanish(fd, ttl int) {
	if ttl == 0 && syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, unix.TCP_REPAIR, 1) == nil {
		return
	}
	ttl = max(ttl, 1)
	// A linger of 0 makes the close send a reset, whatever is in the buffers.
	_ = syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
	if syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, syscall.IP_TTL, ttl) != nil {
		_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_IPV6, syscall.IPV6_UNICAST_HOPS, ttl)
	}
}
