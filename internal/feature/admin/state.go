package admin

import (
	"cmp"
	"net/netip"
	"strconv"

	"segue/internal/command"
	"segue/internal/conf"
	"segue/internal/health"
	"segue/internal/lb"
	"segue/internal/serverstate"
)

// stateHeader begins a state file of version 1. Management guide 9.3 "show
// servers state".
const stateHeader = "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight " +
	"srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state " +
	"bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr " +
	"srv_agent_addr srv_agent_port\n"

// backends are those that a "show servers" command asks for; nil after an
// answer that there is none.
func backends(c *command.Call, name string) []*lb.Proxy {
	if name == "" {
		return c.Process.Gen.Load().Proxies
	}
	px := backend(c, name)
	if px == nil {
		c.Fail("Can't find backend.")
		return nil
	}
	return []*lb.Proxy{px}
}

func showServersState(c *command.Call) {
	list := backends(c, c.Arg(3))
	if list == nil {
		return
	}
	c.Out = append(c.Out, stateHeader...)
	for _, px := range list {
		if px.Back == nil {
			continue
		}
		for _, srv := range px.Servers {
			c.Out = appendState(c.Out, srv, c.Session.Anon, c.Process.Started/1e9, c.Thread.WallNow()/1e9)
			if !c.Flush(c) {
				return
			}
		}
	}
	if c.Session.Anon != 0 {
		return
	}
	// Behind the last server's line: who matches several lines at once sees
	// nothing between them.
	for _, px := range list {
		for _, srv := range px.Servers {
			c.Out = serverstate.AppendConfigured(c.Out, srv)
			if !c.Flush(c) {
				return
			}
		}
	}
}

// appendState appends the server's line of a state file. started and now are
// unix s; names are hidden under anon unless that is 0.
func appendState(dst []byte, srv *lb.Server, anon uint32, started, now int64) []byte {
	st, px := srv.State, srv.Proxy
	check, agent, _ := health.Look(srv)
	if !check.Configured {
		unchecked(srv, &check)
	}
	changed := st.LastChange.Load()
	if changed == 0 {
		changed = started
	}
	num := func(n int64) { dst = append(strconv.AppendInt(dst, n, 10), ' ') }
	word := func(s string) {
		if s == "" {
			s = "-"
		}
		dst = append(append(dst, s...), ' ')
	}
	num(int64(px.ID))
	word(hide(anon, px.Name))
	num(int64(srv.ID))
	word(hide(anon, srv.Name))
	ip, port := place(srv)
	word(hideAddr(anon, cmp.Or(ip, "-")))
	num(int64(st.Oper.Load()))
	num(adminBits(lb.Admin(st.Admin.Load()), srv.Conf.Disabled && !srv.State.Dynamic))
	num(int64(st.Weight.Load()))
	num(int64(srv.Conf.Weight))
	num(max(now-changed, 0))
	num(max(int64(check.Status), int64(health.Initial)))
	num(int64(check.Result))
	num(int64(check.Health))
	num(int64(check.Flags()))
	num(int64(agent.Flags()))
	num(bit(px.Conf.ID != 0))
	num(bit(srv.Conf.ID != 0))
	word(hide(anon, srv.Hostname()))
	num(int64(port))
	word(hide(anon, srvRecord(srv)))
	num(bit(srv.Conf.SSL))
	num(int64(checkPortOf(srv, &check)))
	word(hideAddr(anon, overridden(check.Addr, srv.Conf.CheckAddr)))
	word(hideAddr(anon, overridden(agent.Addr, srv.Conf.AgentAddr)))
	return append(strconv.AppendInt(dst, int64(agentPortOf(srv, &agent)), 10), '\n')
}

// unchecked is what HAProxy shows of the check of a server that has none: its
// health, while it is up, counts from rise once a default-server line was read, and the check of
// one that the configuration disables is paused.
func unchecked(srv *lb.Server, check *health.View) {
	if srv.Conf.FromDefault && lb.Oper(srv.State.Oper.Load()) != lb.Stopped {
		check.Health = srv.Conf.Rise
	}
	check.Paused = srv.Conf.Disabled
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// adminBits are the bits of srv_admin_state, which other programs know as
// numbers: SRV_ADMF_* of haproxy/server-t.h. A server that is disabled in the
// configuration counts as in forced maintenance, too, until somebody enables it;
// the bit of the configuration stays. A server that was added at runtime has none.
func adminBits(a lb.Admin, disabled bool) (n int64) {
	for _, b := range [...]struct {
		flag lb.Admin
		bit  int64
	}{
		{lb.ForcedMaint | lb.ConfMaint, 0x01}, {lb.InheritedMaint, 0x02},
		{lb.ForcedDrain, 0x08}, {lb.InheritedDrain, 0x10}, {lb.ResolveMaint, 0x20}, {lb.FQDNChanged, 0x40},
	} {
		if a&b.flag != 0 {
			n |= b.bit
		}
	}
	if disabled {
		n |= 0x04
	}
	return n
}

// place is the address and the port as text and number, "-" for none.
func place(srv *lb.Server) (string, int) {
	ap := srv.State.Addr.Load()
	if ap != nil && ap.IsValid() {
		port := ap.Port()
		if shift, ok := srv.MapsPort(); ok {
			port = shift
		}
		return ap.Addr().Unmap().String(), int(port)
	}
	switch srv.Conf.Addr.Kind {
	case conf.AddrUnix, conf.AddrAbns, conf.AddrAbnsz:
		return "-", 0
	}
	return "", int(srv.Port())
}

// srvRecord is the label that the server's name comes from, "" without one.
func srvRecord(srv *lb.Server) string {
	if srv.FollowsSRV() {
		return srv.Conf.Addr.Host
	}
	return ""
}

// checkPortOf is the port that checks were told to use, 0 for the server's own.
func checkPortOf(srv *lb.Server, v *health.View) int {
	if v.Port != 0 && v.Port != srvPort(srv) {
		return v.Port
	}
	return srv.Conf.CheckPort
}

func agentPortOf(srv *lb.Server, v *health.View) int {
	if v.Port != 0 {
		return v.Port
	}
	return srv.Conf.AgentPort
}

func srvPort(srv *lb.Server) int {
	if ap := srv.State.Addr.Load(); ap != nil {
		return int(ap.Port())
	}
	return 0
}

// overridden is an address of checks where it is not the server's own.
func overridden(now, configured string) string {
	if now == "" {
		now = configured
	}
	if ip, err := netip.ParseAddr(now); err == nil {
		return ip.String()
	}
	return ""
}

// showServersConn lists connections to servers.
func showServersConn(c *command.Call) {
	list := backends(c, c.Arg(3))
	if list == nil {
		return
	}
	c.Out = append(c.Out, "# bkname/svname bkid/svid addr port - purge_delay served used_cur used_max need_est idle_sess "+
		"unsafe_nb safe_nb idle_lim idle_cur idle_per_thr["...)
	c.Out = strconv.AppendInt(c.Out, int64(len(c.Process.Threads)), 10)
	c.Out = append(c.Out, "]\n"...)
	for _, px := range list {
		if px.Back == nil {
			continue
		}
		for _, srv := range px.Servers {
			c.Out = appendConns(c.Out, srv, c.Session.Anon, len(c.Process.Threads))
			if !c.Flush(c) {
				return
			}
		}
	}
}

func appendConns(dst []byte, srv *lb.Server, anon uint32, threads int) []byte {
	st := srv.State
	ip, port := place(srv)
	dst = append(append(append(dst, hide(anon, srv.Proxy.Name)...), '/'), hide(anon, srv.Name)...)
	dst = append(strconv.AppendInt(append(dst, ' '), int64(srv.Proxy.ID), 10), '/')
	dst = append(strconv.AppendInt(dst, int64(srv.ID), 10), ' ')
	dst = append(append(dst, hideAddr(anon, cmp.Or(ip, "-"))...), ' ')
	dst = append(strconv.AppendInt(dst, int64(port), 10), " -"...)
	idle := st.IdleConns.Load()
	safe := min(st.SafeConns.Load(), idle)
	used := max(st.Conns.Load()-idle, 0)
	for _, n := range [...]int64{
		srv.Conf.PoolPurge.Milliseconds(), st.Served.Load(), used, max(used, st.PeakConns.Load()), max(used, st.NeedConns.Load()),
		0, idle - safe, safe, int64(srv.Conf.PoolMaxConn), idle,
	} {
		dst = strconv.AppendInt(append(dst, ' '), n, 10)
	}
	if srv.Conf.PoolMaxConn == 0 {
		threads = 0 // no thread keeps any
	}
	for i := range threads {
		dst = strconv.AppendInt(append(dst, ' '), st.IdleLen(i), 10)
	}
	return append(dst, '\n')
}
