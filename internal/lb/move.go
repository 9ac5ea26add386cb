package lb

import (
	"net/netip"
	"strconv"

	"segue/internal/conf"
)

// Hostname is the name behind the server's address: the one that was set at
// run time, by a command or an SRV record, or the configuration's; "" if the
// address is no name's.
func (srv *Server) Hostname() string {
	if p := srv.State.FQDN.Load(); p != nil {
		return *p
	}
	if a := &srv.Conf.Addr; a.Kind == conf.AddrHost && !a.SRV() {
		return a.Host
	}
	return ""
}

// CommandLine is the file of lines that a command of the runtime API brought.
const CommandLine = "<CLI>"

// Added reports whether the server was added at run time and is in no file.
func (srv *Server) Added() bool { return srv.State.Dynamic && srv.Conf.Line.File == CommandLine }

// FollowsSRV reports whether SRV records give the server its name.
func (srv *Server) FollowsSRV() bool { return srv.Conf.Addr.SRV() }

// Port is the port of the server's address, or the one that its next address
// gets while it has none.
func (srv *Server) Port() uint16 {
	if ap := srv.State.Addr.Load(); ap != nil {
		return ap.Port()
	}
	if n := srv.State.NextPort.Load(); n != 0 {
		return uint16(n)
	}
	if a := &srv.Conf.Addr; a.PortSign == 0 && !srv.FollowsSRV() {
		return uint16(max(a.Port, 0))
	}
	return 0
}

// MapsPort reports whether connections go to the port that the client asked
// for, and what is added to it, modulo 65536. Manual 5 "server".
func (srv *Server) MapsPort() (shift uint16, ok bool) {
	switch m := srv.State.PortMap.Load(); {
	case m > 0:
		return uint16(m - 1), true
	case m < 0:
		return 0, false
	}
	a := &srv.Conf.Addr
	if a.PortSign != 0 {
		return uint16(int(a.PortSign) * a.Port), true
	}
	ap := srv.State.Addr.Load()
	return 0, a.Port < 0 || a.Port == 0 && ap != nil && ap.Port() == 0
}

// PortText is the server's port as commands show it: "80", or "+5" where it is
// the client's plus 5.
func (srv *Server) PortText() string {
	if shift, ok := srv.MapsPort(); ok {
		return "+" + strconv.Itoa(int(shift))
	}
	return strconv.Itoa(int(srv.Port()))
}

// MovePort gives the server an address with a port, or, with mapped, with what
// is added to the client's. It says what has changed, as Move does.
func (srv *Server) MovePort(ip netip.Addr, port uint16, mapped bool) (said string) {
	before, kept := srv.PortText(), srv.Port()
	if mapped {
		srv.State.PortMap.Store(int32(port) + 1)
		port = 0
	} else {
		srv.State.PortMap.Store(-1)
	}
	if said = srv.Move(netip.AddrPortFrom(ip, kept)); mapped || kept != port {
		to := netip.AddrPortFrom(ip, port)
		srv.State.Addr.Store(&to)
	}
	after := srv.PortText()
	if after == before {
		return said
	}
	srv.State.Epoch.Add(1)
	if said != "" {
		said += ", "
	}
	return said + "port changed from '" + before + "' to '" + after + "'"
}

// Move gives the server an address and says what has changed: "" for nothing.
// Connections to the old one are not used again. The caller holds Process.Mu.
func (srv *Server) Move(to netip.AddrPort) (said string) {
	st := srv.State
	was, port := "(none)", srv.Port()
	var ip netip.Addr
	if ap := st.Addr.Load(); ap != nil {
		ip, was = ap.Addr(), ap.Addr().Unmap().String()
	}
	if ip != to.Addr() {
		said = "IP changed from '" + was + "' to '" + to.Addr().String() + "'"
	}
	if port != to.Port() {
		if said != "" {
			said += ", "
		}
		said += "port changed from '" + strconv.Itoa(int(port)) + "' to '" + strconv.Itoa(int(to.Port())) + "'"
	}
	if said != "" {
		st.Addr.Store(&to)
		st.NextPort.Store(0)
		st.Epoch.Add(1)
	}
	return said
}

// Unmove takes the server's address away; its port stays for the next one. The
// caller holds Process.Mu.
func (srv *Server) Unmove() {
	st := srv.State
	if st.Addr.Load() == nil {
		return
	}
	st.NextPort.Store(int32(srv.Port()))
	st.Addr.Store(nil)
	st.Epoch.Add(1)
}
