package pool

import (
	"net/netip"

	"segue/internal/sched"
)

// SocksRequest asks a SOCKS4 proxy for a connection to addr, which is IPv4:
// version 4, CONNECT, port, address and a user.
func SocksRequest(addr netip.AddrPort) [16]byte {
	ip, port := addr.Addr().Unmap().As4(), addr.Port()
	return [...]byte{4, 1, byte(port >> 8), byte(port), ip[0], ip[1], ip[2], ip[3], 'H', 'A', 'P', 'r', 'o', 'x', 'y', 0}
}

// SocksReply is what the proxy answers.
type SocksReply [8]byte

// Granted reports whether the connection was made.
func (r *SocksReply) Granted() bool { return r[0] == 0 && r[1] == 90 }

// AskSocks asks the SOCKS4 proxy at the other end of c for a connection to
// addr. Manual 5.2 "socks4". c is closed after a failure.
func AskSocks(t *sched.Task, c *sched.Conn, addr netip.AddrPort, deadline int64) Failure {
	req := SocksRequest(addr)
	var timeout int64 // of the write; sixteen bytes hardly ever wait
	if deadline != 0 {
		timeout = max(deadline-t.Now(), 1)
	}
	_, st := c.Write(t, req[:], timeout)
	var reply SocksReply
	for n := 0; n < len(reply) && st == sched.OK; {
		var k int
		k, st = c.Read(t, reply[n:], deadline)
		n += k
	}
	switch {
	case st == sched.OK && reply.Granted():
		return None
	case st == sched.TimedOut:
		c.Close()
		return TimedOut
	case st == sched.Stopped:
		c.Close()
		return Stopped
	}
	c.Close()
	return Refused
}
