package admin

import (
	"math"
	"net/netip"
	"strconv"
	"strings"

	"segue/internal/command"
	"segue/internal/health"
	"segue/internal/lb"
	"segue/internal/resolve"
)

const setServerUsage = "usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send | " +
	"check-addr | check-port | fqdn | health | ssl | state | weight"

// setServer changes one thing of a server. Management guide 9.3 "set server".
func setServer(c *command.Call) {
	srv := liveServer(c, c.Arg(2))
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
		setFQDN(c, srv, word)
	case "ssl":
		if srv.State.Dynamic {
			c.Fail("'set server <srv> ssl' not supported on dynamic servers")
			return
		}
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

// setFQDN gives the server another host name, which is looked up at once.
func setFQDN(c *command.Call, srv *lb.Server, word string) {
	m := resolve.Of(c.Process)
	old := srv.Hostname()
	switch {
	case word == "":
		c.Fail("set server <b>/<s> fqdn requires a FQDN.")
	case !m.Follows(srv):
		c.Fail("set server <b>/<s> fqdn failed because no resolution is configured.")
	case srv.FollowsSRV():
		c.Fail("set server <b>/<s> fqdn failed because SRV resolution is configured.")
	case !fqdnChars(word):
		c.Fail("invalid fqdn '" + word + "' by 'stats socket command'")
	case strings.HasPrefix(word, ".") || strings.Contains(word, ".."):
		c.Fail("could not update " + srv.Proxy.Name + "/" + srv.Name + " FQDN by 'stats socket command'")
	case old == word:
		c.Warn("no need to change the FDQN by 'stats socket command'")
	case m.Rename(srv, strings.ToLower(word)):
		if old == "" {
			old = "(null)"
		}
		c.Warn(srv.Proxy.Name + "/" + srv.Name + " changed its FQDN from " + old + " to " + word + " by 'stats socket command'")
	}
}

// maxFQDN is how long a name may be. RFC 1035 2.3.4.
const maxFQDN = 253

// fqdnChars reports whether a name has the characters and the length that a name
// may have. That its labels are short enough is for the name servers to say.
func fqdnChars(s string) bool {
	return len(s) <= maxFQDN && strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("-_.", r)
	}) < 0
}

// parseIP reads an address as configurations write it: "*" is any, an IPv6 one
// may stand in brackets. It has no zone.
func parseIP(word string) (ip netip.Addr, ok bool) {
	if word == "*" {
		return netip.IPv4Unspecified(), true
	}
	if strings.HasPrefix(word, "[") && strings.HasSuffix(word, "]") {
		word = word[1 : len(word)-1]
	}
	ip, err := netip.ParseAddr(word)
	return ip, err == nil && ip.Zone() == ""
}

// setAddr is "addr <addr> [port <port>]": it says what it has changed.
func setAddr(c *command.Call, srv *lb.Server) {
	if c.Arg(4) == "" {
		c.Fail("set server <b>/<s> addr requires an address and optionally a port.")
		return
	}
	ip, ok := parseIP(c.Arg(4))
	if !ok {
		c.Fail("Invalid addr '" + c.Arg(4) + "'")
		return
	}
	if srv.State.Addr.Load() == nil {
		// HAProxy's words: a server without an address has no family either.
		c.Warn("Update for the current server address family is only supported through configuration file.")
		return
	}
	word := ""
	if c.Arg(5) == "port" {
		if word = c.Arg(6); !isPort(c, word) {
			return
		}
	}
	c.Process.Mu.Lock()
	msg := changeAddr(srv, ip, word)
	c.Process.Mu.Unlock()
	health.Moved(srv)
	health.SetResolves(srv, true, "")
	c.Warn(msg)
}

// isPort answers what is no port. HAProxy 3.4 sends to port 4464 for 70000, and to
// 80 for "80x".
func isPort(c *command.Call, word string) bool {
	switch n, rest, ok := leadingInt(word); {
	case !ok || n == math.MaxInt64 || n == math.MinInt64 || rest != "":
		c.Fail("problem converting port '" + word + "' to an int")
	case n < -65535 || n > 65535:
		c.Fail("provided port is not valid")
	default:
		return true
	}
	return false
}

// changeAddr gives the server its new address, closes idle connections to the
// old one and returns what to say. "" for the port keeps the one that there is;
// one with a sign is added to the client's. As in HAProxy 3.4, a server with
// checks keeps its port when they have none of their own.
func changeAddr(srv *lb.Server, ip netip.Addr, word string) string {
	said, signed := "", word != "" && (word[0] == '+' || word[0] == '-')
	if signed && checksPort(srv) {
		word = ""
	}
	if word == "" {
		said = srv.Move(netip.AddrPortFrom(ip, srv.Port()))
	} else {
		n, _, _ := leadingInt(word)
		said = srv.MovePort(ip, uint16(n), signed)
	}
	if said == "" {
		return "nothing changed"
	}
	return said + " by 'stats socket command'"
}

// checksPort reports whether the checks of srv go to its own port.
func checksPort(srv *lb.Server) bool {
	check, _, _ := health.Look(srv)
	return check.Configured && check.Port == 0
}
