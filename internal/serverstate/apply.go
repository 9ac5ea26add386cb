package serverstate

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"segue/internal/lb"
)

// Bits of srv_admin_state, management guide 9.3.
const (
	forcedMaint = 0x01
	confMaint   = 0x04
	forcedDrain = 0x08
	fqdnChanged = 0x40
)

// Bits of srv_check_state and srv_agent_state, management guide 9.3.
const (
	checkConfigured = 0x02
	checkEnabled    = 0x04
)

// Apply gives a server that is new to this process what r says of it, as far as
// the configuration did not change. now is in unix seconds. fileWins takes the
// file's address where it is not known what was configured. It returns a
// warning, "" for none.
func Apply(srv *lb.Server, r *Record, now int64, fileWins bool) (warning string) {
	if r.Oper < 0 {
		return "" // a comment without its server
	}
	st := srv.State
	st.Mu.Lock()
	defer st.Mu.Unlock()
	text, was := st.Adopted, r.Configured
	if was == nil {
		was = &lb.ServerConf{Weight: r.ConfWeight, Disabled: r.Admin&confMaint != 0}
	}
	if was.Weight == text.Weight {
		st.Weight.Store(int32(r.Weight))
	}
	warning = address(srv, r, fileWins)
	switch {
	case r.Admin&forcedMaint != 0 && r.Admin&confMaint == 0:
		st.Admin.Or(uint32(lb.ForcedMaint))
	case was.Disabled && text.Disabled && r.Admin&forcedMaint == 0:
		// disabled by the text then and now, enabled by an operator since
		st.Admin.And(^uint32(lb.ConfMaint))
	}
	if r.Admin&forcedDrain != 0 {
		st.Admin.Or(uint32(lb.ForcedDrain))
	}
	if (srv.Conf.Check || srv.Conf.AgentCheck) && r.Admin&forcedMaint == 0 {
		st.Oper.Store(int32(r.Oper))
	}
	st.LastChange.Store(now - r.Since)
	more := checks(srv, r, was)
	if warning != "" && more != "" {
		warning += "; "
	}
	return warning + more
}

// checks notes for package health what the file says of the checks; st.Mu is
// held. The port and addresses of checks follow the same rule as the server's.
func checks(srv *lb.Server, r *Record, was *lb.ServerConf) (warning string) {
	h := &lb.CarriedHealth{FromFile: true}
	h.Check = lb.CarriedCheck{
		Configured: r.CheckState&checkConfigured != 0, Enabled: r.CheckState&checkEnabled != 0,
		Health: r.Health, Status: r.Status, Result: r.Result,
	}
	h.Agent = lb.CarriedCheck{Configured: r.AgentState&checkConfigured != 0, Enabled: r.AgentState&checkEnabled != 0}
	if port, text := r.CheckPort, srv.State.Adopted.CheckPort; port > 0 && port != text && srv.Conf.Check {
		switch {
		case r.Configured == nil:
			warning = fmt.Sprintf("server '%s/%s': the state file says check port %d, the configuration %d; the configuration wins",
				srv.Proxy.Name, srv.Name, port, text)
		case was.CheckPort == text:
			h.Check.SetPort = port
		}
	}
	srv.State.Carried = h
	return warning
}

// address applies the rule to address and port; st.Mu is held.
func address(srv *lb.Server, r *Record, fileWins bool) (warning string) {
	st := srv.State
	if named(srv, r) {
		return ""
	}
	if r.Configured == nil && !fileWins && r.FQDN != "" && strings.EqualFold(r.FQDN, st.Adopted.Addr) {
		return namePort(srv, r)
	}
	cur := st.Addr.Load()
	if cur == nil || !r.Addr.IsValid() {
		return ""
	}
	file := netip.AddrPortFrom(r.Addr.Unmap(), uint16(r.Port))
	if srv.Conf.Addr.PortSign != 0 {
		file = netip.AddrPortFrom(file.Addr(), cur.Port()) // it is relative to the client's
	}
	if file == netip.AddrPortFrom(cur.Addr().Unmap(), cur.Port()) {
		return ""
	}
	text := st.Adopted
	if was := r.Configured; was != nil {
		if was.Addr == text.Addr && was.Port == text.Port {
			st.Addr.Store(&file)
		}
		return ""
	}
	if fileWins {
		st.Addr.Store(&file)
		return ""
	}
	return differs(srv, file.String(), cur.String())
}

// namePort compares the ports of a server with a name that did not change.
// "init-addr" has said whether the file's address counts. Manual 5.2.
func namePort(srv *lb.Server, r *Record) (warning string) {
	text := srv.State.Adopted
	port := max(text.Port, 0)
	if r.Port == port || srv.Conf.Addr.PortSign != 0 {
		return ""
	}
	return differs(srv, net.JoinHostPort(r.FQDN, strconv.Itoa(r.Port)), net.JoinHostPort(text.Addr, strconv.Itoa(port)))
}

func differs(srv *lb.Server, file, text string) (warning string) {
	return fmt.Sprintf("server '%s/%s': the state file says %s, the configuration %s; the configuration wins "+
		"(setenv SEGUE_STATE_ADDRESSES file for the opposite)", srv.Proxy.Name, srv.Name, file, text)
}

// named gives a server what name servers had said of it: the name from its SRV
// label, or one that was set at run time, with address and port. "init-addr" says
// whether an old address counts. Manual 5.2.
func named(srv *lb.Server, r *Record) bool {
	st := srv.State
	fromSRV := srv.FollowsSRV() && strings.EqualFold(r.SRV, srv.Conf.Addr.Host)
	set := r.Admin&fqdnChanged != 0 && srv.Conf.Resolvers != "" && !srv.FollowsSRV() &&
		(r.Configured == nil || r.Configured.Addr == st.Adopted.Addr)
	last := len(srv.Conf.InitAddr) == 0 || slices.Contains(srv.Conf.InitAddr, "last")
	if !last || !fromSRV && !set || r.FQDN == "" {
		return false
	}
	st.FQDN.Store(&r.FQDN)
	st.Admin.Or(uint32(lb.FQDNChanged))
	if !r.Addr.IsValid() {
		st.NextPort.Store(int32(r.Port))
		return true
	}
	to := netip.AddrPortFrom(r.Addr.Unmap(), uint16(r.Port))
	st.Addr.Store(&to)
	st.Admin.And(^uint32(lb.ResolveMaint))
	return true
}
