package core

import (
	"strconv"
	"strings"
	"time"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/diag"
)

// checkWord is the parser of a word that the checks' feature reads as text.
func checkWord(value string) serverParse {
	return func(c *conf.Context, s *conf.ServerWords, i int) {
		if s.CheckWords == nil {
			s.CheckWords = make(map[string]string)
		}
		v := value
		if c.Took > 0 {
			v = c.Line.Text(i + 1)
		}
		s.CheckWords[c.Line.Text(i)] = v
	}
}

// forgetCheckWord is the parser of a "no-" word.
func forgetCheckWord(name string) serverParse {
	return func(_ *conf.Context, s *conf.ServerWords, _ int) { delete(s.CheckWords, name) }
}

// serverCheckWords lists the words of server lines about health checks.
// Manual 5.2.
func serverCheckWords() []catalog.ServerWord {
	type sw = conf.ServerWords
	return []catalog.ServerWord{
		{Doc: doc("addr", "<ipv4|ipv6>", "5.2", "Sends checks to this address."), NArgs: 1, Parse: serverCheckAddr},
		{Doc: doc("agent-addr", "<addr>", "5.2", "Sends agent checks to this address."), NArgs: 1, Parse: serverAgentAddr},
		{Doc: doc("agent-check", "", "5.2", "Asks an agent about the server."), Parse: sflag(func(s *sw) *bool { return &s.AgentCheck }, true)},
		{Doc: doc("agent-inter", "<delay>", "5.2", "Sets the interval of agent checks."), NArgs: 1, Parse: stime(func(s *sw) *time.Duration { return &s.AgentInter })},
		{Doc: doc("agent-port", "<port>", "5.2", "Sets the agent's port."), NArgs: 1, Parse: sint(func(s *sw) *int { return &s.AgentPort })},
		{Doc: doc("agent-send", "<string>", "5.2", "Sends a text to the agent."), NArgs: 1, Parse: stext(func(s *sw) *string { return &s.AgentSend })},
		{Doc: doc("check", "", "5.2", "Checks the server's health."), Parse: sflag(func(s *sw) *bool { return &s.Check }, true)},
		{Doc: doc("check-alpn", "<protocols>", "5.2", "Sets the ALPN of checks."), NArgs: 1, Parse: checkWord("")},
		{Doc: doc("check-pool-conn-name", "<name>", "5.2", "Names the connections that checks may share."), NArgs: 1, Parse: checkWord("")},
		{Doc: doc("check-proto", "<name>", "5.2", "Forces the protocol of checks."), NArgs: 1, Parse: serverCheckProto},
		{Doc: doc("check-reuse-pool", "", "5.2", "Lets checks use idle connections."), Parse: checkWord("on")},
		{Doc: doc("check-send-proxy", "", "5.2", "Sends a PROXY header with checks."), Parse: checkWord("on")},
		{Doc: doc("check-sni", "<sni>", "5.2", "Names the connections that checks may share; later also their SNI."), NArgs: 1, Parse: checkWord("")},
		{Doc: doc("check-sni-auto", "", "5.2", "Takes the SNI of checks from the Host header."), Parse: checkWord("on")},
		{Doc: doc("check-ssl", "", "5.2", "Checks through TLS."), Parse: checkWord("on")},
		{Doc: doc("check-via-socks4", "", "5.2", "Checks through the SOCKS4 proxy."), Parse: checkWord("on")},
		{Doc: doc("downinter", "<delay>", "5.2", "Sets the interval while the server is down."), NArgs: 1, Parse: stime(func(s *sw) *time.Duration { return &s.DownInter })},
		{Doc: doc("error-limit", "<count>", "5.2", "Sets how many errors on-error waits for."), NArgs: 1, Parse: serverErrorLimit},
		{Doc: doc("fall", "<count>", "5.2", "Sets how many failed checks take a server down."), NArgs: 1, Parse: serverCount(func(s *sw) *int { return &s.Fall })},
		{Doc: doc("fastinter", "<delay>", "5.2", "Sets the interval during a transition."), NArgs: 1, Parse: stime(func(s *sw) *time.Duration { return &s.FastInter })},
		{Doc: doc("healthcheck", "<name>", "5.2", "Names the healthcheck section."), NArgs: 1, Lax: true, Parse: checkWord("")},
		{Doc: doc("inter", "<delay>", "5.2", "Sets the interval of checks."), NArgs: 1, Parse: stime(func(s *sw) *time.Duration { return &s.Inter })},
		{Doc: doc("no-agent-check", "", "5.2", "Undoes agent-check."), Parse: sflag(func(s *sw) *bool { return &s.AgentCheck }, false)},
		{Doc: doc("no-check", "", "5.2", "Undoes check."), Parse: sflag(func(s *sw) *bool { return &s.Check }, false)},
		{Doc: doc("no-check-reuse-pool", "", "5.2", "Undoes check-reuse-pool."), Parse: forgetCheckWord("check-reuse-pool")},
		{Doc: doc("no-check-send-proxy", "", "5.2", "Undoes check-send-proxy."), Parse: forgetCheckWord("check-send-proxy")},
		{Doc: doc("no-check-sni-auto", "", "5.2", "Undoes check-sni-auto."), Parse: forgetCheckWord("check-sni-auto")},
		{Doc: doc("no-check-ssl", "", "5.2", "Undoes check-ssl."), Parse: forgetCheckWord("check-ssl")},
		{Doc: doc("observe", "<mode>", "5.2", "Watches the traffic for errors."), NArgs: 1, Parse: serverObserve},
		{Doc: doc("on-error", "<mode>", "5.2", "Says what a limit of errors does."), NArgs: 1, Parse: soneOf(func(s *sw) *string { return &s.OnError }, "expects one of 'fastinter', 'fail-check', 'sudden-death' or 'mark-down' but got '%s'", "fastinter", "fail-check", "sudden-death", "mark-down")},
		{Doc: doc("on-marked-down", "<action>", "5.2", "Says what going down does to sessions."), NArgs: 1, Parse: soneOf(func(s *sw) *string { return &s.OnMarkedDown }, "expects 'shutdown-sessions' but got '%s'", "shutdown-sessions")},
		{Doc: doc("on-marked-up", "<action>", "5.2", "Says what coming up does to sessions."), NArgs: 1, Parse: soneOf(func(s *sw) *string { return &s.OnMarkedUp }, "expects 'shutdown-backup-sessions' but got '%s'", "shutdown-backup-sessions")},
		{Doc: doc("port", "<port>", "5.2", "Sends checks to this port."), NArgs: 1, Parse: serverPort},
		{Doc: doc("rise", "<count>", "5.2", "Sets how many good checks bring a server up."), NArgs: 1, Parse: serverCount(func(s *sw) *int { return &s.Rise })},
	}
}

// serverCheckProto takes what the checks that there are speak; that it suits the
// server's check is known only when the backend is linked.
func serverCheckProto(c *conf.Context, s *conf.ServerWords, i int) {
	if builtProto(c, i, "h1", "none", "spop") {
		checkWord("")(c, s, i)
	}
}

// serverCount is the parser of rise and fall.
func serverCount(field func(s *conf.ServerWords) *int) serverParse {
	return func(c *conf.Context, s *conf.ServerWords, i int) {
		n := number(c, i+1)
		if n <= 0 {
			wordf(c, i+1, "'%s' has to be > 0.", c.Line.Text(i))
			return
		}
		*field(s) = n
	}
}

func serverErrorLimit(c *conf.Context, s *conf.ServerWords, i int) {
	n := number(c, i+1)
	if n <= 0 {
		wordf(c, i+1, "error-limit has to be > 0.")
		return
	}
	s.ErrorLimit = n
}

func serverPort(c *conf.Context, s *conf.ServerWords, i int) {
	s.CheckPort = number(c, i+1)
}

// serverCheckAddr reads where checks go: an address that can be resolved now.
func serverCheckAddr(c *conf.Context, s *conf.ServerWords, i int) {
	a, err := parseAddr(c, c.Line.Text(i+1))
	text, named := a.Text, a.Kind == conf.AddrHost
	if err == nil {
		a, err = placedAddr(c, text, 0)
	}
	if err != nil {
		wordf(c, i+1, "'addr' : %v", err)
		return
	}
	if named { // for a worker that cannot look it up
		text = a.IP.String()
		if a.IP.Is6() {
			text = "[" + text + "]"
		}
		if a.Port > 0 {
			text += ":" + strconv.Itoa(a.Port)
		}
	}
	s.CheckAddr = text
}

// serverAgentAddr reads where the agent is: a bare address or host name.
func serverAgentAddr(c *conf.Context, s *conf.ServerWords, i int) {
	text := c.Expand(c.Line.Text(i + 1))
	if text == "" {
		wordf(c, i+1, "parsing agent-addr failed. Check if '%s' is correct address.", c.Line.Text(i+1))
		return
	}
	if strings.Trim(text, "[]*") != "" {
		_, err := conf.ParseIP(strings.Trim(text, "[]"))
		host := conf.Addr{Kind: conf.AddrHost, Host: text}
		if err != nil && (strings.ContainsAny(text, ":/@") || host.Find(c.Lookup) != nil) {
			wordf(c, i+1, "parsing agent-addr failed. Check if '%s' is correct address.", text)
			return
		}
		if host.IP.IsValid() {
			if text = host.IP.String(); host.IP.Is6() {
				text = "[" + text + "]"
			}
		}
	}
	s.AgentAddr = text
}

// serverObserve keeps what is watched. HAProxy prints an error about layer7
// without HTTP and starts all the same; the mode is that of the lines above.
func serverObserve(c *conf.Context, s *conf.ServerWords, i int) {
	soneOf(func(s *conf.ServerWords) *string { return &s.Observe }, "expects one of 'none', 'layer4', 'layer7' but got '%s'", "none", "layer4", "layer7")(c, s, i)
	if s.Observe == "layer7" && c.Proxy != nil && !isHTTP(c.Proxy) {
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Continue: true, Form: diag.FormBracket, Pos: c.Line.Pos(i + 1),
			Msg: catalog.ServerPrefix(c) + "'layer7' can only be used in http proxies.."})
	}
}
