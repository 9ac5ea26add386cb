package link

import (
	"net"
	"net/netip"

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
	if px.Conf.Dispatch != "" && len(px.Servers) == 0 {
		l.dispatch(px)
	}
}

// dispatch makes the server behind a dispatch line or "option transparent": it
// is in no list, is not balanced and is always up. Manual 4.2.
func (l *linker) dispatch(px *lb.Proxy) {
	a, err := conf.ParseAddr(px.Conf.Dispatch)
	if err != nil {
		return // reported where the line was read
	}
	c := &conf.Server{Line: px.Conf.Line, Name: "<dispatch>", Addr: a, ServerWords: px.Conf.DefServer.Clone()}
	px.Dispatch = l.server(px, c)
	px.Dispatch.ID = -1
}

func (l *linker) server(px *lb.Proxy, c *conf.Server) *lb.Server {
	st, existed := l.draft.Server(px.Name, c.Name)
	srv := &lb.Server{Conf: c, Proxy: px, State: st, Name: c.Name}
	l.route(px, srv)
	srv.MaxConn.Store(int64(c.MaxConn))
	srv.MinConn.Store(int64(c.MinConn))
	now := configured(c)
	st.Mu.Lock()
	old := st.Adopted
	st.Mu.Unlock()
	var addr *netip.AddrPort
	if !existed || old.Addr != now.Addr || old.Port != now.Port {
		addr = l.address(px, srv)
	}
	if !existed {
		adoptServer(srv, old, now, false, addr) // nobody else knows it yet
		l.fresh[srv] = true
		return srv
	}
	l.adopt = append(l.adopt, func() {
		l.keepLimit(srv, old)
		adoptServer(srv, old, now, true, addr)
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

// unresolved puts a server without an address in maintenance, at activation.
func (l *linker) unresolved(srv *lb.Server) {
	l.adopt = append(l.adopt, func() { srv.State.Admin.Or(uint32(lb.ResolveMaint)) })
}

// adoptServer applies the one rule of adoption: the configuration's value wins
// where the configuration changed; otherwise the runtime's survives.
func adoptServer(srv *lb.Server, old, now lb.ServerConf, existed bool, addr *netip.AddrPort) {
	st := srv.State
	st.Mu.Lock()
	defer st.Mu.Unlock()
	if !existed {
		st.Oper.Store(int32(lb.Running))
	}
	if !existed || old.Weight != now.Weight {
		st.Weight.Store(int32(now.Weight))
	}
	if addr != nil {
		if prev := st.Addr.Swap(addr); prev != nil && *prev != *addr {
			st.Epoch.Add(1)
		}
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

// address is where the server is, nil when that is not known. Manual 5.2 "init-addr".
func (l *linker) address(px *lb.Proxy, srv *lb.Server) *netip.AddrPort {
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
		if ip, ok = l.resolve(px, srv); !ok {
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

// resolve looks a server's name up as init-addr says.
func (l *linker) resolve(px *lb.Proxy, srv *lb.Server) (netip.Addr, bool) {
	order := srv.Conf.InitAddr
	if len(order) == 0 {
		order = []string{"last", "libc"}
	}
	for _, how := range order {
		switch how {
		case "libc":
			ips, err := net.LookupIP(srv.Conf.Addr.Host)
			if err == nil && len(ips) > 0 {
				ip, _ := netip.AddrFromSlice(ips[0])
				return ip.Unmap(), true
			}
		case "none":
			l.unresolved(srv)
			return netip.Addr{}, false
		case "last":
		default:
			if ip, err := netip.ParseAddr(how); err == nil {
				return ip, true
			}
		}
	}
	if srv.Conf.Resolvers != "" {
		l.unresolved(srv)
		return netip.Addr{}, false
	}
	l.d.Add(diag.Entry{Sev: diag.Alert, Pos: srv.Conf.Line.Pos(2), Form: diag.FormBracket,
		Msg: "'server " + px.Name + "/" + srv.Name + "' : could not resolve address '" + srv.Conf.Addr.Host + "'."})
	return netip.Addr{}, false
}
