package health

import (
	"bytes"
	"strings"

	"segue/internal/conf"
)

// protocols are the kinds of checks that come with their own exchange. Manual
// 4.2 "option <name>".
var protocols = map[string]func(c *compiler) []step{
	"ldap-check":    ldapSteps,
	"mysql-check":   mysqlSteps,
	"pgsql-check":   pgsqlSteps,
	"redis-check":   redisSteps,
	"smtpchk":       smtpSteps,
	"spop-check":    spopSteps,
	"ssl-hello-chk": sslHelloSteps,
}

// builtin compiles one of protocols.
func (c *compiler) builtin(src *Source) bool {
	steps := protocols[src.Type]
	if steps == nil {
		return false
	}
	opts := src.Opts
	if opts == nil {
		opts = &conf.RuleLine{}
	}
	c.open(opts, "option")
	c.next = 0
	c.p.steps = steps(c)
	for i := range c.p.steps {
		c.p.steps[i].index = i
	}
	return !c.failed
}

// optFail reports an error in the option's arguments.
func (c *compiler) optFail(format string, args ...any) []step {
	c.diag.Alertf(c.pos(c.next), format, args...)
	c.failed = true
	return nil
}

func sending(b []byte) step { return step{kind: doSend, send: &send{data: b}} }

func expecting(f func(in []byte, last bool) verdict) step {
	return step{kind: doExpect, expect: &expect{kind: wantCustom, custom: f}}
}

// firstLine is in up to its first line end, and whether there is one.
func firstLine(in []byte) (line []byte, ended bool) {
	if i := bytes.IndexByte(in, '\n'); i >= 0 {
		return bytes.TrimRight(in[:i], "\r"), true
	}
	return in, false
}

// textOf is what a description tells of an answer: the first line up to a zero
// byte.
func textOf(in []byte) string {
	line, _ := firstLine(in)
	line, _, _ = bytes.Cut(line, []byte{0})
	return string(line)
}

// redisSteps is "option redis-check": PING, PONG.
func redisSteps(*compiler) []step {
	pong := expecting(redisReply)
	pong.expect.silent = true
	return []step{sending([]byte("*1\r\n$4\r\nPING\r\n")), pong}
}

func redisReply(in []byte, last bool) verdict {
	switch {
	case bytes.Contains(in, []byte("+PONG\r\n")):
		return verdict{pass: true, final: true, status: L7OK, desc: "Redis server is ok"}
	case !last:
		return verdict{wait: true}
	}
	return verdict{status: L7Status, desc: textOf(in)}
}

// pgsqlSteps is "option pgsql-check user <name>": a StartupMessage of protocol
// 3.0, answered by an authentication request. PostgreSQL manual 55.7.
func pgsqlSteps(c *compiler) []step {
	if c.text(0) == "" {
		return c.optFail("'option pgsql-check' expects 'user <username>' as argument.")
	}
	if c.text(0) != "user" {
		return c.optFail("'option pgsql-check' only supports optional values: 'user'.")
	}
	user := c.text(1)
	if user == "" {
		return c.optFail("'option pgsql-check' expects 'user <username>' as argument.")
	}
	b := []byte{0, 0, 0, 0, 0, 3, 0, 0}
	b = append(b, "user\x00"+user+"\x00\x00"...)
	put32(b, len(b))
	return []step{sending(b), expecting(pgsqlReply)}
}

func pgsqlReply(in []byte, last bool) verdict {
	switch {
	case len(in) < 5 && !last:
		return verdict{wait: true}
	case len(in) > 0 && in[0] == 'E':
		text, _, _ := strings.Cut(string(in[min(6, len(in)):]), "\x00")
		return verdict{status: L7Response, desc: text}
	case len(in) < 9 && !last:
		return verdict{wait: true}
	case len(in) >= 9 && in[0] == 'R' && in[1]|in[2]|in[3] == 0:
		return verdict{pass: true, final: true, status: L7OK, desc: "PostgreSQL server is ok"}
	}
	return verdict{status: L7Status, desc: "PostgreSQL unknown error"}
}

func put32(b []byte, n int) {
	b[0], b[1], b[2], b[3] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
}

// ldapSteps is "option ldap-check": an anonymous simple bind, RFC 4511 4.2.
func ldapSteps(*compiler) []step {
	bind := []byte{0x30, 0x0c, 2, 1, 1, 0x60, 7, 2, 1, 3, 4, 0, 0x80, 0}
	return []step{sending(bind), expecting(ldapReply)}
}

// ldapReply reads a BindResponse: SEQUENCE { messageID 1, [APPLICATION 1]
// { ENUMERATED resultCode ... } }.
func ldapReply(in []byte, last bool) verdict {
	foreign := verdict{status: L7Response, desc: "Not LDAPv3 protocol"}
	short := verdict{wait: true}
	if last {
		short = verdict{status: L7Response}
	}
	switch {
	case len(in) < 14 && !last:
		return short
	case len(in) == 0 || in[0] != 0x30:
		return foreign
	}
	size, rest, ok := berLength(in[1:])
	switch {
	case !ok && (last || len(in) > 6), size > bufferSize:
		return foreign
	case !ok, len(rest) < size:
		return short
	case !bytes.HasPrefix(rest, []byte{2, 1, 1, 0x61}):
		return foreign
	}
	if _, rest, ok = berLength(rest[4:]); !ok || len(rest) < 3 {
		return short
	}
	if rest[0] != 0x0a || rest[1] != 1 {
		return foreign
	}
	if code := int(rest[2]); code != 0 {
		return verdict{status: L7Status, code: code, desc: "See RFC: http://tools.ietf.org/html/rfc4511#section-4.1.9"}
	}
	return verdict{pass: true, final: true, status: L7OK, desc: "Success"}
}

// berLength reads a length of one, two or four bytes.
func berLength(b []byte) (n int, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, nil, false
	}
	if b[0] < 0x80 {
		return int(b[0]), b[1:], true
	}
	size := int(b[0] & 0x7f)
	if size != 2 && size != 4 || len(b) < 1+size {
		return 0, nil, false
	}
	for _, x := range b[1 : 1+size] {
		n = n<<8 | int(x)
	}
	return n, b[1+size:], true
}

// sslHelloSteps is "option ssl-hello-chk": an SSLv3 hello that any TLS server
// answers with a record of its own.
func sslHelloSteps(*compiler) []step {
	st := step{kind: doExpect, expect: &expect{kind: wantCustom, custom: sslReply, timeout: L6Timeout}}
	return []step{{kind: doSend, send: &send{build: appendSSLHello}}, st}
}

// appendSSLHello appends the record. Its fields are those that HAProxy 3.4
// sends: 39 cipher suites, and "HAPROXYSSLCHK\n" twice as the random.
func appendSSLHello(c *Check, dst []byte) []byte {
	t := uint32(c.own.th.WallNow() / 1e9)
	dst = append(dst, 0x16, 3, 0, 0, 0x79, 1, 0, 0, 0x75, 3, 0, byte(t>>24), byte(t>>16), byte(t>>8), byte(t))
	dst = append(dst, "HAPROXYSSLCHK\nHAPROXYSSLCHK\n"...)
	dst = append(dst, 0, 0, 78)
	for suite := byte(1); suite <= 0x1b; suite++ {
		dst = append(dst, 0, suite)
	}
	for suite := byte(0x2f); suite <= 0x3a; suite++ {
		dst = append(dst, 0, suite)
	}
	return append(dst, 1, 0)
}

func sslReply(in []byte, last bool) verdict {
	switch {
	case len(in) < 5 && !last: // the head of a record
		return verdict{wait: true}
	case len(in) > 0 && (in[0] == 0x15 || in[0] == 0x16):
		return verdict{pass: true, final: true, status: L6OK}
	}
	return verdict{status: L6Response}
}
