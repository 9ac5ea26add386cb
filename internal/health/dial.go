package health

import (
	"net/netip"
	"strings"
	"syscall"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/pool"
	"segue/internal/sched"
	"segue/internal/wire/proxyproto"
)

// aim fills the target of a connect step. Manual 5.2 "addr", "port". It returns
// false when there is no address.
func (c *Check) aim(cn *connect) bool {
	srv, set := c.job.srv, &c.job.set
	t := &c.target
	*t = pool.Target{}
	c.leaveFrom(srv.Source)
	t.Tuning = srv.Proxy.ToServers
	t.Namespace, t.UserTime, t.Congest, t.MD5 = srv.Namespace, int(srv.Conf.TCPUserTimeout/1e6), srv.Conf.CC, srv.Conf.MD5
	host := netip.Addr{}
	port := 0
	switch {
	case cn.addr.Kind != conf.AddrNone:
		if unixTarget(&cn.addr, t) {
			return true
		}
		host, port = cn.addr.IP, max(cn.addr.Port, 0)
	case set.addr != "":
		a, err := conf.ParseAddr(set.addr)
		if err != nil {
			return false
		}
		if unixTarget(&a, t) {
			return true
		}
		if host, port = a.IP, max(a.Port, 0); !host.IsValid() {
			host = resolved(a.Host)
		}
	default:
		if unixTarget(&srv.Conf.Addr, t) {
			return true
		}
		if p := srv.State.Addr.Load(); p != nil {
			host = p.Addr()
		}
	}
	port = c.portOf(cn, port)
	if !host.IsValid() || port <= 0 || port > 65535 {
		return false
	}
	t.Addr = netip.AddrPortFrom(host, uint16(port))
	return true
}

// leaveFrom sets where the connection comes from. Manual 5.2 "source". There is
// no client whose address "usesrc" could take: checks come from the address and
// port before it, as HAProxy's.
func (c *Check) leaveFrom(src *lb.Source) {
	if src == nil {
		return
	}
	t, a := &c.target, &src.Conf.Addr
	t.Device, t.Ports = src.Conf.Interface, src.Ports
	if !a.IP.IsUnspecified() || a.Port > 0 {
		t.Source = netip.AddrPortFrom(a.IP, uint16(max(a.Port, 0)))
	}
}

// hangup ends the connection and gives its source port back.
func (c *Check) hangup() {
	if c.shared != nil {
		c.giveBack()
		return
	}
	c.conn.Reset()
	if t := &c.target; t.Port != 0 {
		t.Ports.Give(t.Port)
		t.Port = 0
	}
}

// portOf is the port of a connect step: the step's own, then its address's,
// then the check's, the check address's and the server's.
func (c *Check) portOf(cn *connect, ofAddr int) int {
	if cn.port > 0 {
		return cn.port
	}
	if cn.portExpr != nil {
		if n, ok := c.number(cn.portExpr); ok && n > 0 {
			return n
		}
	}
	if cn.addr.Kind != conf.AddrNone && ofAddr > 0 {
		return ofAddr
	}
	if c.job.set.port > 0 {
		return c.job.set.port
	}
	if ofAddr > 0 {
		return ofAddr
	}
	if _, mapped := c.job.srv.MapsPort(); mapped {
		return 0
	}
	if p := c.job.srv.State.Addr.Load(); p != nil {
		return int(p.Port())
	}
	return 0
}

// resolved is an address that was looked up when the configuration was linked;
// checks never wait for a name.
func resolved(host string) netip.Addr {
	a, _ := netip.ParseAddr(strings.Trim(host, "[]"))
	return a
}

func unixTarget(a *conf.Addr, t *pool.Target) bool {
	switch a.Kind {
	case conf.AddrUnix:
		t.Unix = a.Host
	case conf.AddrAbns:
		t.Unix = "@" + a.Host
	case conf.AddrAbnsz:
		t.Unix = "\x00" + a.Host
	default:
		return false
	}
	return true
}

// open makes the connection of a connect step.
func (c *Check) open(t *sched.Task, cn *connect, deadline int64, o *outcome) bool {
	if !c.aim(cn) {
		o.status = SockErr
		return false
	}
	// A check that closes at once then never wakes the server's accept.
	c.target.LazyAck, c.target.Mute = cn.talks, cn.mute
	c.conn.Errno = 0
	if c.viaSocks(cn) && !c.detour() {
		o.status = SockErr
		return false
	}
	st := c.own.st
	st.NoteBusy(st.Conns.Load() - st.IdleConns.Load() + 1)
	f, done := pool.None, false
	if c.shares(cn) {
		f, done = c.openShared(t, deadline)
	}
	if !done {
		f = pool.Dial(t, c.own.th, c.conn, &c.target, deadline)
	}
	switch f {
	case pool.None:
		return true
	case pool.TimedOut:
		o.status = L4Timeout
	case pool.Stopped:
		o.status = SockErr
	case pool.NoSource:
		o.status, o.desc = L4Conn, sourceText(c.conn.Errno)
		if c.target.Ports == nil {
			c.own.h.logNoSource(c.job.srv.Proxy)
		}
	case pool.Resources:
		o.status, o.desc = SockErr, resourceText(c.conn.Errno)
	default:
		o.status, o.desc = L4Conn, errorText(c.conn.Errno)
	}
	return false
}

// errorText describes a failed connection in the words that monitoring knows
// from HAProxy's last_chk. The common one costs nothing.
func errorText(e syscall.Errno) string {
	switch e {
	case syscall.ECONNREFUSED:
		return "ECONNREFUSED returned by OS (Connection refused)"
	case syscall.ECONNRESET:
		return "ECONNRESET returned by OS (Connection reset by peer)"
	case syscall.EHOSTUNREACH:
		return "ENETUNREACH returned by OS (No route to host)"
	case 0:
		return "General socket error"
	}
	return "General socket error (" + systemText(e) + ")"
}

func resourceText(e syscall.Errno) string {
	switch e {
	case syscall.EADDRNOTAVAIL, syscall.EAGAIN:
		return "Out of local source ports on the system (" + systemText(e) + ")"
	case syscall.EADDRINUSE:
		return "Local source address already in use (" + systemText(e) + ")"
	case syscall.EMFILE, syscall.ENFILE:
		return "Too many sockets on the process (" + systemText(e) + ")"
	}
	return errorText(e)
}

// sourceText is for an address or port that could not be bound.
func sourceText(e syscall.Errno) string {
	if e == 0 || e == syscall.EADDRINUSE {
		return "Source port range exhausted"
	}
	return "Can't bind to source address (" + systemText(e) + ")"
}

// logNoSource tells that "source" names an address that is not this system's: no
// check will pass before somebody changes that.
func (h *Health) logNoSource(px *lb.Proxy) {
	if h.Hooks.Log != nil {
		h.Hooks.Log(px, emerg, noSource+px.Name+".")
	}
}

const noSource = "Cannot bind to source address before connect() for backend "

// systemText is the C library's text of an error: Go's with a capital.
func systemText(e syscall.Errno) string {
	s := e.Error()
	return strings.ToUpper(s[:1]) + s[1:]
}

// proxyHeader returns the PROXY header that a connection begins with. Manual
// 5.2 "check-send-proxy": version 2 headers are LOCAL.
func (c *Check) proxyHeader(dst []byte, cn *connect) []byte {
	w := c.job.srv.Conf.ServerWords
	version := uint8(0)
	switch {
	case cn.standard:
		_, own := w.CheckWords["check-send-proxy"]
		if own || c.job.set.addr == "" && c.job.set.port == 0 {
			version = w.SendProxy
		}
		if own && version == 0 {
			version = 1
		}
	case cn.sendProxy:
		version = max(w.SendProxy, 1)
	}
	if version == 0 {
		return dst
	}
	fd := int(c.conn.FD())
	src, peer := lb.SocketAddr(fd), lb.PeerAddr(fd)
	if version == 1 {
		return proxyproto.AppendV1(dst, src, peer)
	}
	return proxyproto.AppendV2(dst, proxyproto.CmdLocal, src, peer)
}
