package core

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/unit"
)

type serverParse = func(c *conf.Context, s *conf.ServerWords, i int)

// sflag is the parser of a word that sets a switch.
func sflag(field func(s *conf.ServerWords) *bool, to bool) serverParse {
	return func(_ *conf.Context, s *conf.ServerWords, _ int) { *field(s) = to }
}

// stext is the parser of a word that stores its argument.
func stext(field func(s *conf.ServerWords) *string) serverParse {
	return func(c *conf.Context, s *conf.ServerWords, i int) { *field(s) = c.Line.Text(i + 1) }
}

// sint is the parser of a word with a number that has no limits of its own.
func sint(field func(s *conf.ServerWords) *int) serverParse {
	return func(c *conf.Context, s *conf.ServerWords, i int) { *field(s) = number(c, i+1) }
}

// stime is the parser of a word with a timer in milliseconds, at least 1.
func stime(field func(s *conf.ServerWords) *time.Duration) serverParse {
	return func(c *conf.Context, s *conf.ServerWords, i int) {
		if d, ok := serverTime(c, i); ok {
			*field(s) = d
		}
	}
}

// soneOf is the parser of a word whose argument is one of a few. expects is
// the message's text behind the word; a %s in it shows what was there instead.
func soneOf(field func(s *conf.ServerWords) *string, expects string, known ...string) serverParse {
	return func(c *conf.Context, s *conf.ServerWords, i int) {
		got := c.Line.Text(i + 1)
		if slices.Contains(known, got) {
			*field(s) = got
			return
		}
		wordf(c, i+1, "'%s' %s", c.Line.Text(i), strings.ReplaceAll(expects, "%s", got))
	}
}

// serverWords lists the words of server lines except those about checks and
// TLS. Manual 5.2.
func serverWords() []catalog.ServerWord {
	type sw = conf.ServerWords
	return []catalog.ServerWord{
		{Doc: doc("backup", "", "5.2", "Used only when no other server is left."), Parse: sflag(func(s *sw) *bool { return &s.Backup }, true)},
		{Doc: doc("cc", "<algo>", "5.2", "Sets the congestion control algorithm."), NArgs: 1, Parse: stext(func(s *sw) *string { return &s.CC })},
		{Doc: doc("cookie", "<value>", "5.2", "Sets the server's value of the persistence cookie."), NArgs: 1, Parse: stext(func(s *sw) *string { return &s.Cookie })},
		{Doc: doc("disabled", "", "5.2", "Starts in maintenance."), Parse: sflag(func(s *sw) *bool { return &s.Disabled }, true)},
		{Doc: doc("enabled", "", "5.2", "Undoes disabled."), Parse: sflag(func(s *sw) *bool { return &s.Disabled }, false)},
		{Doc: doc("guid", "<guid>", "5.2", "Sets a globally unique identifier."), NArgs: 1, NoDefault: true, Parse: serverGUID},
		{Doc: doc("hash-key", "{ id | addr | addr-port | guid }", "5.2", "Says what places the server on a consistent hash."), NArgs: 1, Parse: soneOf(func(s *sw) *string { return &s.HashKey }, "has to be 'id', 'id32', 'guid', 'addr', or 'addr-port'", "id", "id32", "addr", "addr-port", "guid")},
		{Doc: doc("id", "<value>", "5.2", "Sets the server's number."), NArgs: 1, NoDefault: true, Parse: serverID},
		{Doc: doc("idle-ping", "<delay>", "5.2", "Pings idle HTTP/2 servers."), NArgs: 1, Parse: stime(func(s *sw) *time.Duration { return &s.IdlePing })},
		{Doc: doc("init-addr", "{last | libc | none | <ip>},[...]", "5.2", "Says where the address comes from at start."), NArgs: 1, Lax: true, Parse: serverInitAddr},
		{Doc: doc("init-state", "{ fully-up | up | down | fully-down }", "5.2", "Sets the state at start."), NArgs: 1, Parse: soneOf(func(s *sw) *string { return &s.InitState }, "expects one of 'none', 'fully-up', 'up', 'down', or 'fully-down' but got '%s'", "none", "fully-up", "up", "down", "fully-down")},
		{Doc: doc("log-bufsize", "<bufsize>", "5.2", "Sets the ring of a log server."), NArgs: 1, Parse: serverLogBuf},
		{Doc: doc("log-proto", "{ legacy | octet-count }", "5.2", "Sets the framing of a log server."), NArgs: 1, Parse: soneOf(func(s *sw) *string { return &s.LogProto }, "expects one of 'legacy' or 'octet-count' but got '%s'", "legacy", "octet-count")},
		{Doc: doc("max-reuse", "<count>", "5.2", "Limits the requests of one connection."), NArgs: 1, Parse: serverMaxReuse},
		{Doc: doc("maxconn", "<maxconn>", "5.2", "Limits concurrent requests."), NArgs: 1, Lax: true, Parse: sint(func(s *sw) *int { return &s.MaxConn })},
		{Doc: doc("maxqueue", "<maxqueue>", "5.2", "Limits the server's queue."), NArgs: 1, Lax: true, Parse: sint(func(s *sw) *int { return &s.MaxQueue })},
		{Doc: doc("minconn", "<minconn>", "5.2", "Sets the limit at low load; maxconn follows fullconn."), NArgs: 1, Lax: true, Parse: sint(func(s *sw) *int { return &s.MinConn })},
		{Doc: doc("namespace", "<name>", "5.2", "Connects in a network namespace."), NArgs: 1, Parse: serverNamespace},
		{Doc: doc("no-backup", "", "5.2", "Undoes backup."), Parse: sflag(func(s *sw) *bool { return &s.Backup }, false)},
		{Doc: doc("no-send-proxy", "", "5.2", "Undoes send-proxy."), Parse: sendProxy(0, 1)},
		{Doc: doc("no-send-proxy-v2", "", "5.2", "Undoes send-proxy-v2."), Parse: sendProxy(0, 2)},
		{Doc: doc("no-tfo", "", "5.2", "Undoes tfo."), Parse: sflag(func(s *sw) *bool { return &s.TFO }, false)},
		{Doc: doc("non-stick", "", "5.2", "Never entered in stick tables."), Parse: sflag(func(s *sw) *bool { return &s.NonStick }, true)},
		{Doc: doc("pool-conn-name", "<expr>", "5.2", "Names the connections that may be shared."), NArgs: 1, Parse: serverPoolName},
		{Doc: doc("pool-low-conn", "<max>", "5.2", "Keeps threads from taking idle connections of others while there are fewer."), NArgs: 1, Parse: sint(func(s *sw) *int { return &s.PoolLowConn })},
		{Doc: doc("pool-max-conn", "<max>", "5.2", "Limits idle connections; -1 is no limit."), NArgs: 1, Parse: serverPoolMax},
		{Doc: doc("pool-purge-delay", "<delay>", "5.2", "Sets the interval at which half the idle connections go."), NArgs: 1, Parse: stime(func(s *sw) *time.Duration { return &s.PoolPurge })},
		{Doc: doc("proto", "<name>", "5.2", "Forces the connection's protocol."), NArgs: 1, Parse: serverProto},
		{Doc: doc("proxy-v2-options", "<option>[,<option>]*", "5.2", "Adds fields to the PROXY header."), NArgs: 1, Parse: serverProxyV2Options},
		{Doc: doc("redir", "<prefix>", "5.2", "Redirects GET and HEAD to a prefix."), NArgs: 1, Parse: stext(func(s *sw) *string { return &s.Redir })},
		{Doc: doc("resolve-net", "<network>[,<network[,...]]", "5.2", "Prefers addresses of a network."), NArgs: 1, Parse: serverResolveNet},
		{Doc: doc("resolve-opts", "<option>,<option>,...", "5.2", "Sets options of name resolution."), NArgs: 1, Lax: true, Parse: serverResolveOpts},
		{Doc: doc("resolve-prefer", "<family>", "5.2", "Prefers an address family."), NArgs: 1, Parse: serverResolvePrefer},
		{Doc: doc("resolvers", "<id>", "5.2", "Names the resolvers section."), NArgs: 1, Parse: stext(func(s *sw) *string { return &s.Resolvers })},
		{Doc: doc("send-proxy", "", "5.2", "Sends a PROXY header, version 1."), Parse: sendProxy(1, 1)},
		{Doc: doc("send-proxy-v2", "", "5.2", "Sends a PROXY header, version 2."), Parse: sendProxy(2, 2)},
		{Doc: doc("set-proxy-v2-tlv-fmt", "(<id>) <fmt>", "5.2", "Adds a field to the PROXY header."), NArgs: 1, Lax: true, Parse: serverTLV},
		{Doc: doc("shard", "<shard>", "5.2", "Sets the shard of a peer."), NArgs: 1, Lax: true, Parse: sint(func(s *sw) *int { return &s.Shard })},
		{Doc: doc("slowstart", "<start_time_in_ms>", "5.2", "Raises the weight slowly after a return."), NArgs: 1, Parse: serverSlowStart},
		{Doc: doc("socks4", "<addr>:<port>", "5.2", "Connects through a SOCKS4 proxy."), NArgs: 1, Parse: serverSocks},
		{Doc: doc("source", "<addr>[:<pl>[-<ph>]] [usesrc ...] [interface <name>]", "5.2", "Sets the source address."), NArgs: -1, Parse: serverSource},
		{Doc: doc("stick", "", "5.2", "Undoes non-stick."), Parse: sflag(func(s *sw) *bool { return &s.NonStick }, false)},
		{Doc: doc("strict-maxconn", "", "5.2", "Counts idle connections as well."), Parse: sflag(func(s *sw) *bool { return &s.StrictMaxConn }, true)},
		{Doc: doc("tcp-md5sig", "<password>", "5.2", "Signs TCP segments, RFC 2385."), NArgs: 1, Parse: stext(func(s *sw) *string { return &s.MD5 })},
		{Doc: doc("tcp-ut", "<delay>", "5.2", "Sets TCP_USER_TIMEOUT."), NArgs: 1, Parse: serverUserTimeout},
		{Doc: doc("tfo", "", "5.2", "Sends data with the SYN."), Parse: sflag(func(s *sw) *bool { return &s.TFO }, true)},
		{Doc: doc("track", "[<backend>/]<server>", "5.2", "Takes the state of another server."), NArgs: 1, Parse: stext(func(s *sw) *string { return &s.Track })},
		{Doc: doc("usesrc", "", "5.2", "Belongs behind source; refused alone."), Parse: serverUseSrcAlone},
		{Doc: doc("weight", "<weight>", "5.2", "Sets the share of the load, 0 to 256."), NArgs: 1, Lax: true, Parse: serverWeight},
		{Doc: doc("ws", "{ auto | h1 | h2 }", "5.2", "Chooses the protocol for WebSocket."), NArgs: 1, Parse: serverWS},
	}
}

// serverWS takes what is true: connections to servers are HTTP/1.
func serverWS(c *conf.Context, s *conf.ServerWords, i int) {
	switch w := c.Line.Text(i + 1); w {
	case "auto", "h1":
		s.WS = w
	case "h2":
		wordf(c, i+1, "'ws h2' is not built yet in this version")
	default:
		wordf(c, i+1, "'ws' has to be 'auto', 'h1' or 'h2'")
	}
}

// serverProto takes the protocols that there are.
func serverProto(c *conf.Context, s *conf.ServerWords, i int) {
	if w := c.Line.Text(i + 1); builtProto(c, i, "h1", "none") {
		s.Proto = w
	}
}

// builtProto reports whether the protocol behind word i is one of built, and
// why it is not.
func builtProto(c *conf.Context, i int, built ...string) bool {
	word, w := c.Line.Text(i), c.Line.Text(i+1)
	switch {
	case !slices.Contains(protos[:], w):
		wordf(c, i+1, "'%s' :  unknown MUX protocol '%s'", word, w)
	case !slices.Contains(built, w):
		wordf(c, i+1, "'%s %s' is not built yet in this version", word, w)
	default:
		return true
	}
	return false
}

// serverTime reads word i+1 as the timer of word i, in milliseconds.
func serverTime(c *conf.Context, i int) (time.Duration, bool) {
	text, name := c.Line.Text(i+1), c.Line.Text(i)
	d, err := unit.ParseTime(text, time.Millisecond)
	var te *unit.TimeError
	srv := c.Line.Text(1)
	if c.Line.Text(0) == "default-server" {
		srv = c.Line.Text(0)
	}
	bad := errors.As(err, &te)
	if d == 0 && (!bad || te.Reason == unit.ErrTrailing) && strings.HasSuffix(name, "inter") {
		// Checks without a pause would take all there is.
		wordf(c, i+1, "invalid value 0 for argument '%s' of server %s.", name, srv)
		return 0, false
	}
	if !bad {
		warnSmall(c, i, d, srv)
		return d, true
	}
	switch te.Reason {
	case unit.ErrTrailing:
		c.Warnf(i+1, "%s", te.Message(name))
		return d, true
	case unit.ErrOverflow:
		wordf(c, i+1, "timer overflow in argument <%s> to <%s> of server %s, maximum value is 2147483647 ms (~24.8 days).", text, name, srv)
	case unit.ErrEmpty:
		wordf(c, i+1, "unexpected character '' in '%s' argument of server %s.", name, srv)
	default:
		wordf(c, i+1, "unexpected character '%c' in '%s' argument of server %s.", text[te.Pos], name, srv)
	}
	return 0, false
}

// warnSmall warns about a check's interval that was meant to be in seconds:
// a bare number below 100.
func warnSmall(c *conf.Context, i int, d time.Duration, srv string) {
	text, name := c.Line.Text(i+1), c.Line.Text(i)
	last := text[len(text)-1]
	if d >= 100*time.Millisecond || last < '0' || last > '9' || !strings.HasSuffix(name, "inter") {
		return
	}
	report(c, diag.Warning, diag.FormBracket, i+1, "%s'%s %s' in server '%s' is suspiciously small for a value in milliseconds. "+
		"Please use an explicit unit ('%sms') if that was the intent.", catalog.ServerPrefix(c), name, text, srv, text)
}

func serverID(c *conf.Context, s *conf.ServerWords, i int) {
	text := c.Line.Text(i + 1)
	digits := text[:len(text)-len(strings.TrimLeft(text, "0123456789"))]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 || n > 1<<32-1 {
		wordf(c, i+1, "'id' : custom id has to be between 1 and 4294967295.")
		return
	}
	if digits != text {
		c.Warnf(i+1, "'%s' is not an integer; it is read as %d.", text, n)
	}
	s.ID = int(n)
}

func serverLogBuf(c *conf.Context, s *conf.ServerWords, i int) {
	if s.LogBufSize = number(c, i+1); s.LogBufSize <= 0 {
		wordf(c, i+1, "log-bufsize has to be > 0.")
	}
}

func serverMaxReuse(c *conf.Context, s *conf.ServerWords, i int) {
	n := number(c, i+1)
	if n < -1 {
		wordf(c, i+1, "'max-reuse' must be >= -1.")
		return
	}
	s.MaxReuse = n
}

func serverPoolMax(c *conf.Context, s *conf.ServerWords, i int) {
	n := number(c, i+1)
	if n < -1 {
		wordf(c, i+1, "'pool-max-conn' must be >= -1")
		return
	}
	s.PoolMaxConn = n
}

func serverPoolName(c *conf.Context, s *conf.ServerWords, i int) {
	s.PoolConnName = wordLine(c, i+1)
}

// wordLine is a line of one word, for expressions that are compiled later.
func wordLine(c *conf.Context, i int) *cfg.Line {
	l := *c.Line
	l.Words = slices.Clone(l.Words[i : i+1])
	return &l
}

func serverWeight(c *conf.Context, s *conf.ServerWords, i int) {
	n := number(c, i+1)
	if n < 0 || n > 256 {
		wordf(c, i+1, "weight of server %s is not within 0 and 256 (%d).", c.Line.Text(1), n)
		return
	}
	s.Weight, s.WeightSet = n, true
}

func serverUserTimeout(c *conf.Context, s *conf.ServerWords, i int) {
	d, err := unit.ParseTime(c.Line.Text(i+1), time.Millisecond)
	if err != nil {
		timerError(wordf, c, i, err, "'"+c.Line.Text(i)+"' : expects a positive delay in milliseconds")
		return
	}
	s.TCPUserTimeout = d
}

// serverSlowStart counts a bare number in milliseconds and keeps whole
// seconds, as HAProxy does.
func serverSlowStart(c *conf.Context, s *conf.ServerWords, i int) {
	if d, ok := serverTime(c, i); ok {
		s.SlowStart = (d + time.Second - 1) / time.Second * time.Second
	}
}

func serverUseSrcAlone(c *conf.Context, _ *conf.ServerWords, i int) {
	wordf(c, i, "'usesrc' only allowed after a 'source' statement.")
}

func serverGUID(c *conf.Context, s *conf.ServerWords, i int) {
	if r := badGUID(c.Line.Text(i + 1)); r != "" {
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormBracket, Pos: c.Line.Pos(i + 1),
			Msg: catalog.ServerPrefix(c) + "'guid': invalid character '" + r + "'"})
		return
	}
	s.GUID = c.Line.Text(i + 1)
}
