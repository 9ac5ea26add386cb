package admin

import (
	"net/netip"
	"strconv"
	"strings"

	"segue/internal/command"
	"segue/internal/health"
	"segue/internal/lb"
)

const setServerUsage = "usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send | " +
	"check-addr | check-port | fqdn | health | ssl | state | weight"

// setServer changes one thing of a server. Management guide 9.3 "set server".
func setServer(c *command.Call) {
	srv := server(c, c.Arg(2))
	if srv == nil {
		return
	}
	word := c.Arg(4)
	switch c.Arg(3) {
	case "weight":
		setWeight(c, srv, word)
	case "state":
		setState(c, srv, word)
	case "health":
		setHealth(c, srv, word)
	case "agent":
		setAgent(c, srv, word)
	case "agent-send":
		if !health.SetAgentSend(srv, word) {
			c.Fail("agent checks are not enabled on this server.")
		}
	case "agent-addr", "check-addr":
		setCheckAddr(c, srv)
	case "agent-port", "check-port":
		setCheckPort(c, srv)
	case "addr":
		setAddr(c, srv)
	case "fqdn":
		setFQDN(c, word)
	case "ssl":
		c.Fail("'set server <srv> ssl' cannot be set.  default-server should define ssl settings")
	default:
		c.Fail(setServerUsage)
	}
}

func setState(c *command.Call, srv *lb.Server, word string) {
	switch word {
	case "ready":
		health.SetAdmin(srv, health.Ready)
	case "drain":
		health.SetAdmin(srv, health.Drain)
	case "maint":
		health.SetAdmin(srv, health.Maint)
	default:
		c.Fail("'set server <srv> state' expects 'ready', 'drain' and 'maint'.")
	}
}

func setHealth(c *command.Call, srv *lb.Server, word string) {
	if srv.Track != nil {
		c.Fail("cannot change health on a tracking server.")
		return
	}
	switch word {
	case "up":
		health.SetHealth(srv, health.Up, "")
	case "stopping":
		health.SetHealth(srv, health.Stopping, "")
	case "down":
		health.SetHealth(srv, health.Down, "")
	default:
		c.Fail("'set server <srv> health' expects 'up', 'stopping', or 'down'.")
	}
}

func setAgent(c *command.Call, srv *lb.Server, word string) {
	_, agent, _ := health.Look(srv)
	if !agent.Enabled {
		c.Fail("agent checks are not enabled on this server.")
		return
	}
	switch word {
	case "up":
		health.SetAgent(srv, health.Up, "")
	case "down":
		health.SetAgent(srv, health.Down, "")
	default:
		c.Fail("'set server <srv> agent' expects 'up' or 'down'.")
	}
}

// checkOf says which check "agent-..." and "check-..." name, and answers when
// the server does not have it.
func checkOf(c *command.Call, srv *lb.Server) (agent, ok bool) {
	check, agentView, _ := health.Look(srv)
	if agent = strings.HasPrefix(c.Arg(3), "agent"); agent {
		if !agentView.Configured {
			c.Fail("agent checks are not enabled on this server")
		}
		return true, agentView.Configured
	}
	if !check.Configured {
		c.Fail("health checks are not enabled on this server")
	}
	return false, check.Configured
}

// setCheckAddr is "agent-addr <addr> [port <port>]" and the same for checks.
func setCheckAddr(c *command.Call, srv *lb.Server) {
	if c.Arg(4) == "" {
		c.Fail("set server <b>/<s> " + c.Arg(3) + " requires an address and optionally a port.")
		return
	}
	agent, ok := checkOf(c, srv)
	if !ok {
		return
	}
	ip, err := netip.ParseAddr(c.Arg(4))
	if err != nil {
		c.Fail("invalid addr '" + c.Arg(4) + "'")
		return
	}
	port := -1
	if c.Arg(5) == "port" {
		if port = checkPort(c, c.Arg(6)); port < 0 {
			return
		}
	}
	health.SetAddr(srv, agent, ip.String())
	if port >= 0 {
		health.SetPort(srv, agent, port)
	}
}

func setCheckPort(c *command.Call, srv *lb.Server) {
	if c.Arg(4) == "" {
		c.Fail("set server <b>/<s> " + c.Arg(3) + " requires a port.")
		return
	}
	agent, ok := checkOf(c, srv)
	if !ok {
		return
	}
	if port := checkPort(c, c.Arg(4)); port >= 0 {
		health.SetPort(srv, agent, port)
	}
}

// checkPort reads a port, or answers and returns -1.
func checkPort(c *command.Call, word string) int {
	n, err := strconv.Atoi(word)
	switch {
	case err != nil:
		c.Fail("provided port is not an integer")
		return -1
	case n < 0 || n > 65535:
		c.Fail("provided port is invalid")
		return -1
	}
	return n
}

// setFQDN would name a server anew; there are no resolvers yet that could look
// the name up.
func setFQDN(c *command.Call, word string) {
	if word == "" {
		c.Fail("set server <b>/<s> fqdn requires a FQDN.")
		return
	}
	c.Fail("set server <b>/<s> fqdn failed because no resolution is configured.")
}

// setAddr is "addr <addr> [port <port>]": it says what it has changed.
func setAddr(c *command.Call, srv *lb.Server) {
	if c.Arg(4) == "" {
		c.Fail("set server <b>/<s> addr requires an address and optionally a port.")
		return
	}
	ip, err := netip.ParseAddr(c.Arg(4))
	if err != nil {
		c.Fail("Invalid addr '" + c.Arg(4) + "'")
		return
	}
	port := -1
	if c.Arg(5) == "port" {
		n, rest, ok := leadingInt(c.Arg(6))
		switch {
		case !ok || rest != "" || c.Arg(6)[0] == '+' || srv.Conf.Addr.PortSign != 0:
			c.Fail("problem converting port '" + c.Arg(6) + "' to an int")
			return
		case n < 0 || n > 65535:
			c.Fail("provided port is not valid")
			return
		}
		port = int(n)
	}
	c.Process.Mu.Lock()
	msg := changeAddr(srv, ip, port)
	c.Process.Mu.Unlock()
	health.SetResolves(srv, true, "")
	c.Warn(msg)
}

// changeAddr gives the server its new address, closes idle connections to the
// old one and returns what to say. A port of -1 keeps the one that there is.
func changeAddr(srv *lb.Server, ip netip.Addr, port int) string {
	st := srv.State
	var old netip.AddrPort
	if p := st.Addr.Load(); p != nil {
		old = *p
	}
	var said []string
	if ip != old.Addr() {
		from := "no address"
		if old.Addr().IsValid() {
			from = old.Addr().String()
		}
		said = append(said, "IP changed from '"+from+"' to '"+ip.String()+"'")
	}
	next := old.Port()
	if port >= 0 && uint16(port) != next {
		said = append(said, "port changed from '"+strconv.Itoa(int(next))+"' to '"+strconv.Itoa(port)+"'")
		next = uint16(port)
	}
	if len(said) == 0 {
		return "nothing changed"
	}
	to := netip.AddrPortFrom(ip, next)
	st.Addr.Store(&to)
	st.Epoch.Add(1)
	return strings.Join(said, ", ") + " by 'stats socket command'"
}
