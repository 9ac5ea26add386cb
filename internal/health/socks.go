package health

import (
	"net/netip"

	"segue/internal/conf"
	"segue/internal/pool"
	"segue/internal/sched"
)

// viaSocks reports whether a connect step goes through the server's SOCKS4
// proxy. Manual 5.2 "check-via-socks4".
func (c *Check) viaSocks(cn *connect) bool {
	w := c.job.srv.Conf.ServerWords
	if w.Socks4 == "" {
		return false
	}
	_, on := w.CheckWords["check-via-socks4"]
	return cn.socks4 || cn.standard && on
}

// detour aims at the proxy and notes where it shall connect to.
func (c *Check) detour() bool {
	a, err := conf.ParseAddr(c.job.srv.Conf.Socks4)
	if err != nil || !a.IP.IsValid() || a.Port <= 0 || !c.target.Addr.Addr().Unmap().Is4() {
		return false
	}
	c.job.dest = c.target.Addr
	c.target.Addr = netip.AddrPortFrom(a.IP, uint16(a.Port))
	return true
}

// socks asks the proxy for the connection.
func (c *Check) socks(t *sched.Task, deadline int64, o *outcome) bool {
	req := pool.SocksRequest(c.job.dest)
	c.io.out = append(c.io.out[:0], req[:]...)
	st := &c.job.plan.steps[c.io.step]
	if !c.flush(t, st, deadline, o) {
		return false
	}
	var reply pool.SocksReply
	for n := 0; n < len(reply); {
		k, s := c.conn.Read(t, reply[n:], deadline)
		n += k
		switch s {
		case sched.OK:
			continue
		case sched.EOF:
			o.desc = "SOCKS4 Proxy read error during handshake" + c.where(st)
		case sched.Broken:
			o.desc = "SOCKS4 Proxy handshake aborted by server" + c.where(st)
		default:
			c.broken(s, st, o)
			return false
		}
		o.status = SockErr
		return false
	}
	if !reply.Granted() {
		o.status, o.desc = SockErr, "SOCKS4 Proxy deny the request"+c.where(st)
		return false
	}
	return true
}
