package admin

import (
	"errors"
	"strconv"

	"segue/internal/command"
	"segue/internal/health"
	"segue/internal/lb"
	"segue/internal/queue"
)

// serverRows are the commands on one server.
func serverRows() []command.Command {
	return []command.Command{
		{Doc: doc("disable agent", "", "disable agent checks"), Level: command.Admin, Run: switchCheck(true, false)},
		{Doc: doc("disable health", "", "disable health checks"), Level: command.Admin, Run: switchCheck(false, false)},
		{Doc: doc("disable server", "(DEPRECATED)", "disable a server for maintenance (use 'set server' instead)"), Level: command.Admin, Run: switchServer(false)},
		{Doc: doc("enable agent", "", "enable agent checks"), Level: command.Admin, Run: switchCheck(true, true)},
		{Doc: doc("enable health", "", "enable health checks"), Level: command.Admin, Run: switchCheck(false, true)},
		{Doc: doc("enable server", " (DEPRECATED)", "enable a disabled server (use 'set server' instead)"), Level: command.Admin, Run: switchServer(true)},
		{Doc: doc("get weight", "<bk>/<srv>", "report a server's current weight"), Run: getWeight},
		{Doc: doc("set maxconn server", "<bk>/<srv>", "change a server's maxconn setting"), Level: command.Admin, Run: setMaxConnServer},
		{Doc: doc("set server", "<bk>/<srv> [opts]", "change a server's state, weight, address or ssl"), Level: command.Admin, Run: setServer},
		{Doc: doc("set weight", "<bk>/<srv>  (DEPRECATED)", "change a server's weight (use 'set server' instead)"), Level: command.Admin, Run: func(c *command.Call) {
			if srv := liveServer(c, c.Arg(2)); srv != nil {
				setWeight(c, srv, c.Arg(3))
			}
		}},
	}
}

// switchServer is "set server <s> state ready" or "maint" by another name: both
// end a drain, too, as HAProxy 3.4 can be seen to do.
func switchServer(on bool) func(c *command.Call) {
	return func(c *command.Call) {
		srv := liveServer(c, c.Arg(2))
		switch {
		case srv == nil:
		case on:
			health.SetAdmin(srv, health.Ready)
		default:
			health.SetAdmin(srv, health.Maint)
		}
	}
}

// switchCheck is enable and disable of "health" and "agent".
func switchCheck(agent, on bool) func(c *command.Call) {
	return func(c *command.Call) {
		srv := liveServer(c, c.Arg(2))
		if srv == nil || health.EnableCheck(srv, agent, on) || !on {
			return
		}
		if agent {
			c.Fail("Agent was not configured on this server, cannot enable.")
		} else {
			c.Fail("Health check was not configured on this server, cannot enable.")
		}
	}
}

func getWeight(c *command.Call) {
	if srv := server(c, c.Arg(2)); srv != nil {
		c.Info(strconv.Itoa(int(srv.State.Weight.Load())) + " (initial " + strconv.Itoa(srv.Conf.Weight) + ")")
	}
}

// maxWeight is the largest weight that a server can have. Manual 5.2 "weight".
const maxWeight = 256

// setWeight sets a weight, absolute or relative to the configured one. A
// percentage beyond the largest weight stops there.
func setWeight(c *command.Call, srv *lb.Server, word string) bool {
	if word == "" {
		c.Fail("Require <weight> or <weight%>.")
		return false
	}
	n, rest, ok := leadingInt(word)
	relative := rest == "%"
	switch {
	case !ok:
		c.Fail("Empty weight string empty or preceded by garbage")
		return false
	case relative && n < 0:
		c.Fail("Relative weight must be positive.")
		return false
	case relative:
		n = min(int64(srv.Conf.Weight)*min(n, 100*maxWeight)/100, maxWeight)
	case rest != "":
		c.Fail("Trailing garbage in weight string")
		return false
	case n < 0 || n > maxWeight:
		c.Fail("Absolute weight can only be between 0 and 256 inclusive.")
		return false
	}
	if srv.Proxy.StaticWeights() && n != 0 && n != int64(srv.Conf.Weight) {
		c.Fail("Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.")
		return false
	}
	c.Process.Mu.Lock()
	srv.State.Weight.Store(int32(n))
	c.Process.Mu.Unlock()
	health.Reweighed(srv)
	return true
}

// leadingInt reads the number at the start of a word, as C's strtol does: one
// that is too large is the largest.
func leadingInt(word string) (n int64, rest string, ok bool) {
	end := 0
	for end < len(word) && (word[end] >= '0' && word[end] <= '9' || end == 0 && (word[0] == '-' || word[0] == '+')) {
		end++
	}
	n, err := strconv.ParseInt(word[:end], 10, 64)
	return n, word[end:], err == nil || errors.Is(err, strconv.ErrRange)
}

func setMaxConnServer(c *command.Call) {
	srv := liveServer(c, c.Arg(3))
	if srv == nil {
		return
	}
	word := c.Arg(4)
	n, rest, ok := leadingInt(word)
	switch {
	case word == "":
		c.Fail("Require <maxconn>.")
		return
	case !ok:
		c.Fail("maxconn string empty or preceded by garbage")
		return
	case rest != "":
		c.Fail("Trailing garbage in maxconn string")
		return
	}
	n = max(n, 0)
	if srv.MinConn.Load() == srv.MaxConn.Load() {
		srv.MinConn.Store(n) // a server without minconn has one limit, however busy
	}
	srv.MaxConn.Store(n)
	queue.Changed(srv)
}
