package admin

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"segue/internal/command"
	"segue/internal/conf"
	"segue/internal/lb"
)

func itoa(n int) string { return strconv.Itoa(n) }

// level is the HAProxy version whose runtime API is spoken.
const level = "3.4.0"

// processRows are the commands on the process as a whole.
func processRows() []command.Command {
	return []command.Command{
		{Doc: doc("set maxconn global", "<value>", "change the per-process maxconn setting"), Level: command.Admin, Run: setMaxConnGlobal},
		{Doc: doc("set rate-limit", "<setting> <value>", "change a rate limiting value"), Level: command.Admin, Run: setRateLimit},
		{Doc: doc("show activity", "[-1|0|thread_num]", "show per-thread activity stats (for support/developers)"), Level: command.Operator, Run: showActivity},
		{Doc: doc("show cli sockets", "", "dump list of cli sockets"), Run: showCLISockets},
		{Doc: doc("show env", "[var]", "dump environment variables known to the process"), Level: command.Operator, Run: showEnv},
		{Doc: doc("show startup-logs", "", "report logs emitted during HAProxy startup"), Level: command.Operator, Run: showStartupLogs},
		{Doc: doc("show threads", "", "show some threads debugging information"), Run: showThreads},
		{Doc: doc("show version", "", "show version of the current process"), Run: func(c *command.Call) { c.Info(level) }},
	}
}

// showEnv lists the environment as the configuration has left it.
func showEnv(c *command.Call) {
	want, found := c.Arg(2), false
	g := c.Process.Gen.Load()
	seen := map[string]bool{}
	show := func(name, value string) {
		if seen[name] || want != "" && name != want {
			return
		}
		if strings.HasPrefix(name, "HAPROXY_") && strings.HasSuffix(name, "_LOG_FMT") {
			return // only the configuration's. Manual 2.3
		}
		seen[name], found = true, true
		c.Out = append(append(c.Out, name...), '=')
		c.Say(value)
	}
	for _, kv := range os.Environ() {
		name, value, _ := strings.Cut(kv, "=")
		if v, ok := g.Conf.Env[name]; ok {
			value = v
		} else if g.Conf.Env != nil {
			continue // unset by the configuration
		}
		show(name, value)
	}
	for _, name := range sorted(g.Conf.Env) {
		show(name, g.Conf.Env[name])
	}
	show("HAPROXY_CLI", strings.Join(cliSockets(g), ";"))
	if want != "" && !found {
		c.Fail("Variable not found")
	}
}

func sorted(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func showCLISockets(c *command.Call) {
	c.Say("# socket lvl processes")
	g := c.Process.Gen.Load()
	for i, name := range cliSockets(g) {
		word := g.Conf.Global.StatsSockets[i].Level
		if word == "" {
			word = "operator"
		}
		c.Say(name + " " + word + " all")
	}
}

// cliSockets are the addresses of the stats sockets.
func cliSockets(g *lb.Generation) (names []string) {
	for _, b := range g.Conf.Global.StatsSockets {
		names = append(names, socketName(&b.Addr))
	}
	return names
}

// socketName is an address with its family.
func socketName(a *conf.Addr) string {
	switch a.Kind {
	case conf.AddrUnix:
		return "unix@" + a.Host
	case conf.AddrAbns:
		return "abns@" + a.Host
	case conf.AddrAbnsz:
		return "abnsz@" + a.Host
	case conf.AddrSockpair:
		return "sockpair@" + itoa(a.FD)
	}
	family := "ipv4@"
	if a.IP.Is6() || a.V6 {
		family = "ipv6@"
	}
	host := "0.0.0.0"
	if a.IP.IsValid() {
		host = a.IP.String()
	} else if a.V6 {
		host = "::"
	}
	return family + host + ":" + itoa(max(a.Port, 0))
}

// each runs f on every thread in turn.
func each(c *command.Call, f func(th *lb.Thread)) {
	for _, th := range c.Process.Threads {
		c.On(th, func() { f(th) })
	}
}

// showThreads says what every loop has done, one line each.
func showThreads(c *command.Call) {
	each(c, func(th *lb.Thread) {
		mark := "  "
		if th == c.Thread {
			mark = "* "
		}
		c.Say(mark + "Thread " + itoa(th.Index+1) + " : sessions=" + strconv.FormatInt(th.Sessions, 10) +
			" conns=" + strconv.FormatInt(th.Stats.Conns.Load(), 10) + " loops=" + strconv.FormatInt(th.Stats.Iterations.Load(), 10) +
			" panics=" + strconv.FormatInt(th.Stats.Panics.Load(), 10))
	})
}

// showActivity sums what loops count, with each thread's share; a number picks
// one thread, 0 the sums. Manual: management guide 9.3.
func showActivity(c *command.Call) {
	which := -1
	if c.Arg(2) != "" {
		which = atoi(c.Arg(2))
	}
	if which < -1 || which > len(c.Process.Threads) {
		c.Fail("Thread ID number must be between -1 and nbthread")
		return
	}
	c.Say("thread_id: " + itoa(c.Thread.Index+1) + " (1.." + itoa(len(c.Process.Threads)) + ")")
	wall := c.Thread.WallNow()
	c.Say("date_now: " + strconv.FormatFloat(float64(wall/1e3)/1e6, 'f', 6, 64))
	c.Say("uptime_now: " + strconv.FormatFloat(float64((wall-c.Process.Started)/1e3)/1e6, 'f', 6, 64))
	rows := []struct {
		name   string
		of     func(th *lb.Thread) int64
		values []int64
	}{
		{name: "curr_rq", of: func(th *lb.Thread) int64 { busy, _ := th.Tasks(); return int64(busy) }},
		{name: "loops", of: func(th *lb.Thread) int64 { return th.Stats.Iterations.Load() }},
		{name: "avg_loop_us", of: averageLoop},
		{name: "conns", of: func(th *lb.Thread) int64 { return th.Stats.Conns.Load() }},
		{name: "sessions", of: func(th *lb.Thread) int64 { return th.Sessions }},
		{name: "accept_shed", of: func(th *lb.Thread) int64 { return th.Stats.Shed.Load() }},
		{name: "spliced_bytes", of: func(th *lb.Thread) int64 { return th.Stats.Spliced.Load() }},
		{name: "panics", of: func(th *lb.Thread) int64 { return th.Stats.Panics.Load() }},
	}
	each(c, func(th *lb.Thread) {
		for i := range rows {
			rows[i].values = append(rows[i].values, rows[i].of(th))
		}
	})
	for _, r := range rows {
		share(c, r.name, r.values, which)
	}
}

// averageLoop is in µs, of the iterations that were timed.
func averageLoop(th *lb.Thread) int64 {
	n := int64(0)
	for i := range th.Stats.Busy.Count {
		n += th.Stats.Busy.Count[i].Load()
	}
	return th.Stats.Busy.Sum.Load() / 1e3 / max(n, 1)
}

// share prints the sum of the threads' values, or their average where the name
// says so, and the values unless one column is asked for.
func share(c *command.Call, name string, values []int64, which int) {
	sum := int64(0)
	for _, v := range values {
		sum += v
	}
	if strings.HasPrefix(name, "avg_") {
		sum /= int64(len(values))
	}
	if which > 0 {
		sum = values[which-1]
	}
	c.Out = append(append(c.Out, name...), ": "...)
	c.Out = strconv.AppendInt(c.Out, sum, 10)
	if which < 0 && len(values) > 1 {
		c.Out = append(c.Out, " [ "...)
		for _, v := range values {
			c.Out = append(strconv.AppendInt(c.Out, v, 10), ' ')
		}
		c.Out = append(c.Out, ']')
	}
	c.Say("")
}

// hardLimit is the most that maxconn may be set to.
func hardLimit(p *lb.Process) int64 {
	if n := p.HardMaxConn.Load(); n > 0 {
		return n
	}
	return 1 << 40
}

// setMaxConnGlobal changes global maxconn; 0 brings the configured one back.
func setMaxConnGlobal(c *command.Call) {
	if c.Arg(3) == "" {
		c.Fail("Expects an integer value.")
		return
	}
	c.Process.Mu.Lock()
	defer c.Process.Mu.Unlock()
	n, hard := int64(atoi(c.Arg(3))), hardLimit(c.Process)
	if n == 0 {
		n = hard
	}
	if n < 0 || n > hard {
		c.Fail("Value out of range.")
		return
	}
	c.Process.MaxConn.Store(n)
}

const rateLimitHelp = `'set rate-limit' only supports :
   - 'connections global' to set the per-process maximum connection rate
   - 'sessions global' to set the per-process maximum session rate
   - 'ssl-sessions global' to set the per-process maximum SSL session rate
   - 'http-compression global' to set the per-process maximum compression speed in kB/s`

// setRateLimit changes the process's limits of new connections and sessions.
func setRateLimit(c *command.Call) {
	if c.Arg(3) != "global" {
		c.Fail(rateLimitHelp)
		return
	}
	if c.Arg(4) == "" {
		c.Fail("Expects an integer value.")
		return
	}
	n := int64(atoi(c.Arg(4)))
	if n < 0 {
		c.Fail("Value out of range.")
		return
	}
	switch c.Arg(2) {
	case "connections":
		c.Process.ConnRateLimit.Store(n)
	case "sessions":
		c.Process.SessRateLimit.Store(n)
	case "ssl-sessions":
		c.Process.SSLRateLimit.Store(n)
		c.Warn("'set rate-limit ssl-sessions' has no effect yet: Segue does not terminate TLS.")
	case "http-compression":
		c.Process.CompressionLimit.Store(n)
		c.Warn("'set rate-limit http-compression' has no effect yet: Segue does not compress.")
	default:
		c.Fail(rateLimitHelp)
	}
}

// atoi reads a number as C's atoi does: what is none is 0.
func atoi(s string) int {
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	if errors.Is(err, strconv.ErrRange) {
		return -1 // what HAProxy 3.4 makes of it: out of range everywhere
	}
	return n
}
