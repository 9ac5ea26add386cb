package core

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/unit"
)

type bindParse = func(c *conf.Context, b *conf.Bind, i int)

// bindWords lists the words of bind lines that do not belong to TLS.
// Manual 5.1.
func bindWords() []catalog.BindWord {
	flag := func(field func(b *conf.Bind) *bool) bindParse {
		return func(_ *conf.Context, b *conf.Bind, _ int) { *field(b) = true }
	}
	text := func(field func(b *conf.Bind) *string) bindParse {
		return func(c *conf.Context, b *conf.Bind, i int) { *field(b) = c.Line.Text(i + 1) }
	}
	return []catalog.BindWord{
		{Doc: doc("accept-netscaler-cip", "<magic number>", "5.1", "Expects the NetScaler Client IP header."), NArgs: 1, Parse: bindCIP},
		{Doc: doc("accept-proxy", "", "5.1", "Expects a PROXY header."), Parse: flag(func(b *conf.Bind) *bool { return &b.AcceptProxy })},
		{Doc: doc("backlog", "<backlog>", "5.1", "Sets the kernel's accept queue."), NArgs: 1, Parse: bindBacklog},
		{Doc: doc("cc", "<algo>", "5.1", "Sets the congestion control algorithm."), NArgs: 1, Parse: text(func(b *conf.Bind) *string { return &b.CC })},
		{Doc: doc("defer-accept", "", "5.1", "Accepts only when data has arrived."), Parse: flag(func(b *conf.Bind) *bool { return &b.DeferAccept })},
		{Doc: doc("expose-fd", "listeners", "5.1", "Lets a successor fetch the listeners."), NArgs: 1, Parse: bindExposeFD},
		{Doc: doc("gid", "<gid>", "5.1", "Sets the socket's group number."), NArgs: 1, Parse: bindGID},
		{Doc: doc("group", "<group>", "5.1", "Sets the socket's group."), NArgs: 1, Parse: bindGroup},
		{Doc: doc("guid-prefix", "<string>", "5.1", "Begins the identifiers of the listeners."), NArgs: 1, Parse: bindGUID},
		{Doc: doc("id", "<id>", "5.1", "Sets the listener's number."), NArgs: 1, Parse: bindID},
		{Doc: doc("idle-ping", "<delay>", "5.1", "Pings idle HTTP/2 clients."), NArgs: 1, Parse: bindIdlePing},
		{Doc: doc("interface", "<interface>", "5.1", "Binds to a network interface."), NArgs: 1, Parse: text(func(b *conf.Bind) *string { return &b.Interface })},
		{Doc: doc("label", "<label>", "5.1", "Labels the listener."), NArgs: 1, Parse: text(func(b *conf.Bind) *string { return &b.Label })},
		{Doc: doc("level", "<level>", "5.1", "Sets what a stats socket may do."), NArgs: 1, Parse: bindLevel},
		{Doc: doc("maxconn", "<maxconn>", "5.1", "Limits the listener's connections."), NArgs: 1, Parse: bindMaxConn},
		{Doc: doc("mode", "<mode>", "5.1", "Sets a unix socket's permissions, in octal."), NArgs: 1, Parse: bindMode},
		{Doc: doc("mss", "<maxseg>", "5.1", "Sets the TCP segment size; negative is relative."), NArgs: 1, Parse: bindMSS},
		{Doc: doc("name", "<name>", "5.1", "Names the listener in statistics."), NArgs: 1, Parse: text(func(b *conf.Bind) *string { return &b.Name })},
		{Doc: doc("namespace", "<name>", "5.1", "Listens in a network namespace."), NArgs: 1, Parse: text(func(b *conf.Bind) *string { return &b.Namespace })},
		{Doc: doc("nbconn", "<nbconn>", "5.1", "Opens connections for reverse HTTP."), NArgs: 1, Parse: bindNothing},
		{Doc: doc("nice", "<nice>", "5.1", "Shifts the priority of the listener's streams."), NArgs: 1, Parse: bindNice},
		{Doc: doc("process", "<all>", "5.1", "The old name of thread, refused."), NArgs: 1, Parse: bindProcess},
		{Doc: doc("proto", "<name>", "5.1", "Forces the connection's protocol."), NArgs: 1, Parse: bindProto},
		{Doc: doc("severity-output", "<format>", "5.1", "Prefixes answers of a stats socket with their severity."), NArgs: 1, Parse: bindSeverity},
		{Doc: doc("shards", "{ <number> | by-thread | by-group }", "5.1", "Sets the number of sockets for each address."), NArgs: 1, Parse: bindShards},
		{Doc: doc("tcp-md5sig", "<password>", "5.1", "Signs TCP segments, RFC 2385."), NArgs: 1, Parse: bindMD5},
		{Doc: doc("tcp-ss", "<mode>", "5.1", "Saves SYN packets."), NArgs: 1, Parse: bindTCPSS},
		{Doc: doc("tcp-ut", "<delay>", "5.1", "Sets TCP_USER_TIMEOUT."), NArgs: 1, Parse: bindTCPUserTimeout},
		{Doc: doc("tfo", "", "5.1", "Turns TCP fast open on."), Parse: flag(func(b *conf.Bind) *bool { return &b.TFO })},
		{Doc: doc("thread", "[<thread-group>/]<thread-set>[,...]", "5.1", "Says which threads accept."), NArgs: 1, Lax: true, Parse: bindThread},
		{Doc: doc("transparent", "", "5.1", "Binds to foreign addresses."), Parse: flag(func(b *conf.Bind) *bool { return &b.Transparent })},
		{Doc: doc("uid", "<uid>", "5.1", "Sets the socket's owner by number."), NArgs: 1, Parse: bindUID},
		{Doc: doc("user", "<user>", "5.1", "Sets the socket's owner."), NArgs: 1, Parse: bindUser},
		{Doc: doc("v4v6", "", "5.1", "Takes both IP families on an IPv6 address."), Parse: flag(func(b *conf.Bind) *bool { return &b.V4V6 })},
		{Doc: doc("v6only", "", "5.1", "Takes IPv6 only."), Parse: flag(func(b *conf.Bind) *bool { return &b.V6Only })},
	}
}

// bindf reports an error at word i of a bind line.
func bindf(c *conf.Context, i int, format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	if c.Section.Kind == "global" {
		c.Alertf(i, "'%s' : '%s'", c.Line.Text(0)+" "+c.Line.Text(1), msg)
		return
	}
	c.Alertf(i, "'%s %s' in section '%s' : %s", c.Line.Text(0), c.Line.Text(1), c.Section.Kind, msg)
}

func bindCIP(c *conf.Context, b *conf.Bind, i int) {
	n := wideInt(c.Line.Text(i + 1))
	if uint32(n) == 0 {
		bindf(c, i+1, "'%s' : invalid value 0, must be >= 0", c.Line.Text(i))
		return
	}
	b.AcceptCIP, b.CIPMagic = true, uint32(n)
}

func bindGUID(c *conf.Context, b *conf.Bind, i int) {
	b.GUID = c.Line.Text(i + 1)
	if r := badGUID(b.GUID); r != "" {
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormBracket, Pos: c.Line.Pos(i + 1),
			Msg: "error on GUID generation : invalid character '" + r + "'. You may fix it by adjusting guid-prefix."})
	}
}

func bindBacklog(c *conf.Context, b *conf.Bind, i int) {
	n, _ := leadingInt(c.Line.Text(i + 1))
	if n < 0 {
		bindf(c, i+1, "'%s' : invalid value %d, must be > 0", c.Line.Text(i), n)
		return
	}
	b.Backlog = n
}

func bindExposeFD(c *conf.Context, b *conf.Bind, i int) {
	if c.Line.Text(i+1) != "listeners" {
		bindf(c, i+1, "'%s' only supports 'listeners' (got '%s')", c.Line.Text(i), c.Line.Text(i+1))
		return
	}
	b.ExposeFD = true
}

func bindGID(c *conf.Context, b *conf.Bind, i int) {
	b.Unix.GID, b.Unix.Group = number(c, i+1), ""
	b.Unix.GIDSet = true
}

func bindUID(c *conf.Context, b *conf.Bind, i int) {
	b.Unix.UID, b.Unix.User = number(c, i+1), ""
	b.Unix.UIDSet = true
}

func bindGroup(c *conf.Context, b *conf.Bind, i int) {
	name := c.Line.Text(i + 1)
	id, ok := c.GroupID(name)
	if !ok {
		bindf(c, i+1, "'%s' : unknown group name '%s'", c.Line.Text(i), name)
		return
	}
	b.Unix.Group, b.Unix.GID, b.Unix.GIDSet = name, id, true
}

func bindUser(c *conf.Context, b *conf.Bind, i int) {
	name := c.Line.Text(i + 1)
	id, ok := c.UserID(name)
	if !ok {
		bindf(c, i+1, "'%s' : unknown user name '%s'", c.Line.Text(i), name)
		return
	}
	b.Unix.User, b.Unix.UID, b.Unix.UIDSet = name, id, true
}

func bindID(c *conf.Context, b *conf.Bind, i int) {
	if _, ok := leadingInt(c.Line.Text(i + 1)); !ok {
		bindf(c, i+1, "'%s' : expects an integer argument, found '%s'", c.Line.Text(i), c.Line.Text(i+1))
		return
	}
	n := int(int32(wideInt(c.Line.Text(i + 1)))) // more wraps, as C's int does
	if n <= 0 {
		bindf(c, i+1, "'%s' : custom id has to be > 0", c.Line.Text(i))
		return
	}
	b.ID = n
}

func bindIdlePing(c *conf.Context, b *conf.Bind, i int) {
	d, err := unit.ParseTime(c.Line.Text(i+1), time.Millisecond)
	if err != nil {
		bindf(c, i+1, "unexpected character '%s' in 'idle-ping' argument on bind line.", badTail(c.Line.Text(i+1)))
		return
	}
	b.IdlePing = d
}

// wideInt reads the integer that s begins with, as C's atoll does.
func wideInt(s string) int64 {
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	n, _ := strconv.ParseInt(s[:end], 10, 64)
	return n
}

// timerError reports that word i+1 is no timer for word i.
func timerError(report func(c *conf.Context, i int, format string, args ...any), c *conf.Context, i int, err error, otherwise string) {
	var te *unit.TimeError
	if errors.As(err, &te) && te.Reason == unit.ErrOverflow {
		report(c, i+1, "timer overflow in argument '%s' to '%s' (maximum value is 2147483647 ms or ~24.8 days)", c.Line.Text(i+1), c.Line.Text(i))
		return
	}
	report(c, i+1, "%s", otherwise)
}

// badTail is the first character of a word that does not fit a number.
func badTail(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return s[i : i+1]
		}
	}
	return ""
}

func bindTCPUserTimeout(c *conf.Context, b *conf.Bind, i int) {
	d, err := unit.ParseTime(c.Line.Text(i+1), time.Millisecond)
	if err != nil {
		timerError(bindf, c, i, err, "'"+c.Line.Text(i)+"' : expects a positive delay in milliseconds")
		return
	}
	b.TCPUserTimeout = d
}

func bindTCPSS(c *conf.Context, b *conf.Bind, i int) {
	switch w := c.Line.Text(i + 1); w {
	case "0", "1", "2":
		b.SaveSYN = w[0] - '0'
	default:
		bindf(c, i+1, "'%s' : TCP Save SYN option expects an integer argument from 0 to 2", c.Line.Text(i))
	}
}

func bindMD5(c *conf.Context, b *conf.Bind, i int) {
	b.MD5 = c.Line.Text(i + 1)
}

// bindShards: every loop accepts from every socket, so the number of shards
// changes nothing that a client could see.
func bindShards(c *conf.Context, b *conf.Bind, i int) {
	w := c.Line.Text(i + 1)
	if w != "by-thread" && w != "by-group" {
		if n, _ := leadingInt(w); n < 1 || n > maxThreads {
			bindf(c, i+1, "'%s' : invalid value %d, allowed range is 1..%d or 'by-thread'", c.Line.Text(i), n, maxThreads)
			return
		}
	}
	b.Shards = w
}

// protos are the names that "proto" takes on either side.
var protos = [...]string{"fcgi", "h1", "h2", "none", "spop"}

func bindProto(c *conf.Context, b *conf.Bind, i int) {
	if w := c.Line.Text(i + 1); !slices.Contains(protos[:], w) {
		bindf(c, i+1, "'%s' :  unknown MUX protocol '%s'", c.Line.Text(i), w)
		return
	}
	b.Proto = c.Line.Text(i + 1)
	if b.Proto != "h1" && b.Proto != "none" {
		bindf(c, i+1, "'proto %s' is not built yet in this version.", b.Proto)
	}
}

// bindThread checks a set of threads: "[group/]{all|odd|even|n[-m]}[,...]".
func bindThread(c *conf.Context, b *conf.Bind, i int) {
	if c.Line.Text(i+1) == "" {
		c.Warnf(i+1, "'thread' has no argument and is ignored.")
		return
	}
	for _, part := range strings.Split(c.Line.Text(i+1), ",") {
		if _, tail, ok := strings.Cut(part, "/"); ok {
			part = tail
		}
		switch part {
		case "all", "odd", "even":
			continue
		}
		low, high, isRange := strings.Cut(part, "-")
		if n, ok := leadingInt(low); !ok || n < 1 || n > maxThreads {
			bindf(c, i+1, "invalid first thread number '%s', permitted range is 1..%d, or 'all', 'odd', 'even'.", low, maxThreads)
			return
		}
		if n, ok := leadingInt(high); isRange && high != "" && (!ok || n < 1 || n > maxThreads) {
			bindf(c, i+1, "invalid last thread number '%s', permitted range is 1..%d.", high, maxThreads)
			return
		}
	}
	b.Thread = c.Line.Text(i + 1)
}

func bindLevel(c *conf.Context, b *conf.Bind, i int) {
	switch w := c.Line.Text(i + 1); w {
	case "user", "operator", "admin":
		b.Level = w
	default:
		bindf(c, i+1, "'%s' only supports 'user', 'operator', and 'admin' (got '%s')", c.Line.Text(i), w)
	}
}

func bindMaxConn(c *conf.Context, b *conf.Bind, i int) {
	n := number(c, i+1)
	if n < 0 {
		bindf(c, i+1, "'%s' : invalid value %d, must be >= 0", c.Line.Text(i), n)
		return
	}
	b.MaxConn = n
}

func bindMode(c *conf.Context, b *conf.Bind, i int) {
	n, err := strconv.ParseUint(c.Line.Text(i+1), 8, 32)
	if err != nil {
		bindf(c, i+1, "'%s' : missing or invalid mode '%s' (octal integer expected)", c.Line.Text(i), c.Line.Text(i+1))
		return
	}
	b.Unix.Mode = uint32(n)
}

func bindMSS(c *conf.Context, b *conf.Bind, i int) {
	n, _ := leadingInt(c.Line.Text(i + 1))
	if n == 0 || n > 65535 || n < -65535 {
		bindf(c, i+1, "'%s' : expects an MSS with and absolute value between 1 and 65535", c.Line.Text(i))
		return
	}
	b.MSS = n
}

// bindNice shifts priorities of a scheduler that Segue does not have: its
// loops serve tasks in the order in which they become ready.
func bindNice(c *conf.Context, b *conf.Bind, i int) {
	n := number(c, i+1)
	if n < -1024 || n > 1024 {
		bindf(c, i+1, "'%s' : invalid value %d, allowed range is -1024..1024", c.Line.Text(i), n)
		return
	}
	b.Nice = n
}

func bindProcess(c *conf.Context, b *conf.Bind, i int) {
	bindf(c, i, "'process %s' on 'bind' lines is not supported anymore, please use 'thread' instead.", c.Line.Text(i+1))
}

func bindSeverity(c *conf.Context, b *conf.Bind, i int) {
	switch w := c.Line.Text(i + 1); w {
	case "none", "number", "string":
		b.SeverityOutput = w
	default:
		bindf(c, i+1, "'%s' only supports 'none', 'number', and 'string' (got '%s')", c.Line.Text(i), w)
	}
}

// bindNothing is the parser of a word that its row refuses.
func bindNothing(*conf.Context, *conf.Bind, int) {}
