package pool

import (
	"net/netip"

	"segue/internal/sched"
)

// AskSocks asks the SOCKS4 proxy at the other end of c for a connection to
// addr, which is IPv4. Manual 5.2 "socks4"; the request is version 4, CONNECT,
// port, address and a user, the second byte of the answer is 90 when it was
// granted. c is closed after a failure.
func AskSocks(t *sched.Task, c *sched.Conn, addr netip.AddrPort, deadline int64) Failure {
	ip, port := addr.Addr().Unmap().As4(), addr.Port()
	req := [...]byte{4, 1, byte(port >> 8), byte(port), ip[0], ip[1], ip[2], ip[3], 'H', 'A', 'P', 'r', 'o', 'x', 'y', 0}
	_, st := c.Write(t, req[:], deadline)
	var reply [8]byte
	for n := 0; n < len(reply) && st == sched.OK; {
		var k int
		k, st = c.Read(t, reply[n:], deadline)
		n += k
	}
	switch {
	case st == sched.OK && reply[0] == 0 && reply[1] == 90:
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
