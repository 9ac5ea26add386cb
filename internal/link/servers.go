package link

import (
	"net/netip"
	"strings"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
)

// servers makes the servers of a backend and finds their state again.
func (l *linker) servers(px *lb.Proxy) {
	if px.Back == nil {
		return
	}
	for _, c := range px.Conf.Servers {
		px.Servers = append(px.Servers, l.server(px, c))
	}
	for i, srv := range px.Servers {
		srv.Index = i
		if srv.ID = srv.Conf.ID; srv.ID == 0 {
			srv.ID = i + 1
		}
		px.ByName[srv.Name] = srv
	}
	switch {
	case len(px.Servers) > 0:
	case px.Conf.Dispatch != "":
		l.dispatch(px, px.Conf.Dispatch)
	case px.Back != nil && px.Options&conf.OptTransparent != 0:
		l.dispatch(px, "0.0.0.0") // whatever the client asked for
	}
}

// dispatch makes the server behind a dispatch line or "option transparent": it
// is in no list, is not balanced and is always up. Manual 4.2.
func (l *linker) dispatch(px *lb.Proxy, addr string) {
	a, err := conf.ParseAddr(addr)
	if err != nil {
		return // reported where the line was read
	}
	c := &conf.Server{Line: px.Conf.Line, Name: "<dispatch>", Addr: a, ServerWords: px.Conf.DefServer}
	px.Dispatch = l.server(px, c)
	px.Dispatch.ID = -1
}

func (l *linker) server(px *lb.Proxy, c *conf.Server) *lb.Server {
	st, existed := l.serverState(px, c.Name)
	srv := &lb.Server{Conf: c, Proxy: px, State: st, Name: c.Name}
	l.route(px, srv)
	l.transport(px, c)
	srv.MaxConn.Store(int64(c.MaxConn))
	srv.MinConn.Store(int64(c.MinConn))
	now := configured(c)
	st.Mu.Lock()
	old := st.Adopted
	st.Mu.Unlock()
	var addr *netip.AddrPort
	moved := !existed || old.Addr != now.Addr || old.Port != now.Port
	if moved {
		addr = l.address(px, srv, existed)
	}
	if !existed {
		adoptServer(srv, old, now, false, moved, addr) // nobody else knows it yet
		l.fresh[srv] = true
		return srv
	}
	l.adopt = append(l.adopt, func() {
		l.keepLimit(srv, old)
		adoptServer(srv, old, now, true, moved, addr)
	})
	return srv
}

// keepLimit carries over what "set maxconn server" said, if the configuration
// says what it said before.
func (l *linker) keepLimit(srv *lb.Server, old lb.ServerConf) {
	if old.MaxConn != srv.Conf.MaxConn {
		return
	}
	if limit := srv.State.Limit; limit >= 0 {
		srv.State.Limit = -1
		srv.MaxConn.Store(limit)
		return
	}
	if l.prev == nil {
		return
	}
	if px := l.prev.Backs[srv.Proxy.Name]; px != nil {
		if was := px.ByName[srv.Name]; was != nil && was.State == srv.State {
			srv.MaxConn.Store(was.MaxConn.Load())
		}
	}
}

// adoptServer applies the one rule of adoption: the configuration's value wins
// where the configuration changed; otherwise the runtime's survives.
func adoptServer(srv *lb.Server, old, now lb.ServerConf, existed, moved bool, addr *netip.AddrPort) {
	st := srv.State
	st.Mu.Lock()
	defer st.Mu.Unlock()
	if !existed {
		st.Oper.Store(int32(lb.Running))
	}
	if !existed || old.Weight != now.Weight {
		st.Weight.Store(int32(now.Weight))
	}
	if moved {
		adoptAddr(srv, addr)
	}
	if !existed || old.Disabled != now.Disabled {
		if now.Disabled {
			st.Admin.Or(uint32(lb.ConfMaint))
		} else {
			st.Admin.And(^uint32(lb.ConfMaint))
		}
	}
	st.Adopted = now
}

// configured is what the text says of the values that may change at runtime.
func configured(c *conf.Server) lb.ServerConf {
	addr := c.Addr.Host
	if c.Addr.Kind == conf.AddrIP {
		addr = c.Addr.IP.String()
	}
	return lb.ServerConf{Addr: addr, Port: c.Addr.Port, Weight: c.Weight, CheckPort: c.CheckPort, SSL: c.SSL, Disabled: c.Disabled, MaxConn: c.MaxConn}
}

// adoptAddr gives the server the address of its line, nil if it is not known:
// one with a name is in maintenance until name servers say where it is.
func adoptAddr(srv *lb.Server, addr *netip.AddrPort) {
	st := srv.State
	prev := st.Addr.Swap(addr)
	if prev != nil && (addr == nil || *prev != *addr) {
		st.Epoch.Add(1)
	}
	st.FQDN.Store(nil)
	st.NextPort.Store(0)
	st.PortMap.Store(0)
	st.Admin.And(^uint32(lb.FQDNChanged | lb.ResolveMaint))
	if addr == nil && srv.Conf.Addr.Kind == conf.AddrHost {
		st.Admin.Or(uint32(lb.ResolveMaint))
	}
}

// transport refuses servers behind datagrams where streams are forwarded: "mode
// log" alone sends them. Manual 4.2 "mode log". A template has many servers.
func (l *linker) transport(px *lb.Proxy, c *conf.Server) {
	if n := len(px.Servers); n > 0 && sameLine(&px.Servers[n-1].Conf.Line, &c.Line) {
		return
	}
	if c.Addr.Dgram && px.Mode != conf.Log {
		l.d.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormBracket, Pos: c.Line.Pos(2),
			Msg: "unsupported transport for server address in '" + modeName(px.Mode) + "' backend."})
	}
}

// sameLine reports whether a and b are one line; those of the runtime API have no
// file, and one number.
func sameLine(a, b *cfg.Line) bool {
	return a.File == b.File && a.Num == b.Num && a.Raw == b.Raw && a.Raw != ""
}

// address is where the server is, nil when that is not known. Manual 5.2 "init-addr".
func (l *linker) address(px *lb.Proxy, srv *lb.Server, existed bool) *netip.AddrPort {
	a := &srv.Conf.Addr
	var ip netip.Addr
	switch a.Kind {
	case conf.AddrIP:
		ip = a.IP
		if !ip.IsValid() {
			ip = netip.IPv4Unspecified()
		}
	case conf.AddrHost:
		var ok bool
		if ip, ok = l.resolve(px, srv, existed); !ok {
			return nil
		}
	default:
		return nil
	}
	port := max(a.Port, 0)
	if a.PortSign != 0 {
		port = 0
	}
	ap := netip.AddrPortFrom(ip, uint16(port))
	return &ap
}

// resolve looks a server's name up as init-addr says. Only "libc" blocks.
func (l *linker) resolve(px *lb.Proxy, srv *lb.Server, existed bool) (ip netip.Addr, ok bool) {
	if srv.FollowsSRV() {
		return ip, false
	}
	order := srv.Conf.InitAddr
	if len(order) == 0 {
		order = []string{"last", "libc"}
		if srv.Conf.Resolvers != "" {
			order = append(order, "none") // the name may be found later
		}
	}
	tried := false
	for _, how := range order {
		switch how {
		case "libc":
			tried = true
			if ip, ok = l.libc(srv); ok {
				return ip, true
			}
		case "none":
			if tried {
				l.unresolved(px, srv, diag.Notice, "could not resolve address", ", disabling server")
			}
			return ip, false
		case "last":
			if ip, ok = l.last(px, srv, existed); ok {
				return ip, true
			}
		default:
			if ip, err := netip.ParseAddr(how); err == nil {
				if tried {
					l.unresolved(px, srv, diag.Notice, "could not resolve address", ", falling back to configured address")
				}
				return ip, true
			}
		}
	}
	what := "could not resolve address"
	if !tried {
		what = "no method found to resolve address"
	}
	if l.lenient {
		l.unresolved(px, srv, diag.Notice, what, ", disabling server")
	} else {
		l.unresolved(px, srv, diag.Alert, what, "")
	}
	return ip, false
}

// last is the address that a server's name had last: where the server is while it
// keeps its name, else what the state file says. The check of a reload knows only
// the file, so that what it found there must do for the worker, too.
func (l *linker) last(px *lb.Proxy, srv *lb.Server, existed bool) (netip.Addr, bool) {
	if existed {
		st := srv.State
		st.Mu.Lock()
		same := strings.EqualFold(st.Adopted.Addr, srv.Conf.Addr.Host)
		st.Mu.Unlock()
		if at := st.Addr.Load(); same && at != nil && st.FQDN.Load() == nil {
			return at.Addr(), true
		}
	}
	if r := l.record(px, srv); r != nil && r.Addr.IsValid() && strings.EqualFold(r.FQDN, srv.Conf.Addr.Host) {
		return r.Addr.Unmap(), true
	}
	return netip.Addr{}, false
}

// unresolved tells what became of a name that could not be looked up.
func (l *linker) unresolved(px *lb.Proxy, srv *lb.Server, sev diag.Severity, what, then string) {
	l.d.Add(diag.Entry{Sev: sev, Bare: true, Pos: srv.Conf.Line.Pos(2), Form: diag.FormBracket,
		Msg: "'server " + px.Name + "/" + srv.Name + "' : " + what + " '" + srv.Conf.Addr.Host + "'" + then + "."})
}

// libc asks the system's resolver.
func (l *linker) libc(srv *lb.Server) (netip.Addr, bool) {
	ips, err := l.ask("ip", srv.Conf.Addr.Host)
	if err != nil {
		return netip.Addr{}, false
	}
	for _, ip := range ips {
		if ip.Is4() || l.m.Global.DNSFamilies != "ipv4" {
			return ip, true
		}
	}
	return netip.Addr{}, false
}
