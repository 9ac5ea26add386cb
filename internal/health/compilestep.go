package health

import (
	"strconv"
	"strings"

	"segue/internal/conf"
)

// connect reads the words of a connect rule. Manual 4.2 "tcp-check connect",
// "http-check connect".
func (c *compiler) connect() step {
	st := step{kind: doConnect}
	cn := &st.connect
	for c.more() && !c.failed {
		w := c.take()
		cn.special = cn.special || w != "default" && w != "comment"
		switch w {
		case "default":
			cn.standard = true
		case "addr":
			a, err := conf.ParseAddr(c.arg())
			if err != nil {
				c.fail("'addr' : %s", err)
			}
			cn.addr = a
		case "port":
			c.connectPort(cn)
		case "comment":
			st.comment = c.arg()
		case "send-proxy":
			cn.sendProxy = true
		case "via-socks4":
			cn.socks4 = true
		case "linger":
			cn.linger = true
		case "ssl", "sni", "alpn":
			c.fail("'%s' is not supported by this version: health checks cannot use TLS yet", w)
		case "proto":
			c.connectProto(c.arg())
		default:
			c.fail("expects 'comment', 'port', 'addr', 'send-proxy', 'via-socks4', 'linger', 'default', 'proto' but got '%s' as argument", w)
		}
	}
	return st
}

// connectProto takes what the kind of check speaks.
func (c *compiler) connectProto(w string) {
	speaks := "none"
	if c.word == "http-check" {
		speaks = "h1"
	}
	switch w {
	case speaks:
	case "h1", "none", "spop":
		c.fail("'proto' : invalid MUX protocol '%s' for %s", w, c.word)
	case "h2", "fcgi":
		c.fail("'proto' : '%s' is not built yet in this version", w)
	default:
		c.fail("'proto' : unknown MUX protocol '%s'", w)
	}
}

func (c *compiler) connectPort(cn *connect) {
	if !c.more() {
		c.fail("'port' expects a port number or a sample expression as argument")
		return
	}
	n, err := strconv.Atoi(c.peek())
	switch {
	case err != nil:
		cn.portExpr = c.expr("port expression")
	case n < 1 || n > 65535:
		c.next++
		c.fail("expects a valid TCP port (from range 1 to 65535) or a sample expression, got %s.", c.text(c.next-1))
	default:
		c.next++
		cn.port = n
	}
}

// send reads the words of a tcp-check send rule.
func (c *compiler) send(name string) step {
	st := step{kind: doSend, send: &send{}}
	what := "string"
	if strings.HasPrefix(name, "send-binary") {
		what = "binary string"
	}
	if !c.more() {
		c.fail("'%s' expects a %s as argument", name, what)
		return st
	}
	data := c.take()
	switch name {
	case "send":
		st.send.data = []byte(data)
	case "send-binary":
		b, err := unhex(data)
		if err != nil {
			c.fail("'%s' invalid binary string (%s)", data, err)
		}
		st.send.data = b
	default:
		st.send.format, st.send.hex = c.format(data), name == "send-binary-lf"
	}
	c.comments(&st)
	return st
}

// comments reads what may follow a send.
func (c *compiler) comments(st *step) {
	for c.more() && !c.failed {
		if w := c.take(); w != "comment" {
			c.fail("expects 'comment' but got '%s' as argument", w)
			return
		}
		st.comment = c.arg()
	}
}

// sendHTTP reads the words of an http-check send rule.
func (c *compiler) sendHTTP() step {
	r := &request{}
	st := step{kind: doSend, send: &send{http: r}}
	for c.more() && !c.failed {
		switch w := c.take(); w {
		case "meth":
			r.method = c.arg()
		case "uri":
			r.uri, r.uriFormat = c.arg(), nil
		case "uri-lf":
			r.uriFormat = c.format(c.arg())
		case "ver":
			r.version = c.arg()
		case "hdr":
			c.sendField(r)
		case "body":
			r.body, r.bodyFormat = c.arg(), nil
		case "body-lf":
			r.bodyFormat = c.format(c.arg())
		case "comment":
			st.comment = c.arg()
		default:
			c.fail("expects 'comment', 'meth', 'uri', 'uri-lf', 'ver', 'hdr', 'body' or 'body-lf' but got '%s' as argument.", w)
		}
	}
	return st
}

// sendField reads "hdr <name> <fmt>". What frames the body is ours.
func (c *compiler) sendField(r *request) {
	if c.text(c.next) == "" || c.text(c.next+1) == "" {
		c.fail("'hdr' expects <name> and <value> as arguments")
		return
	}
	f := requestField{name: strings.ToLower(c.take())}
	f.text = c.take()
	if strings.Contains(f.text, "%") {
		f.format = c.format(f.text)
	}
	switch f.name {
	case "content-length", "transfer-encoding":
		return
	case "host":
		for i := range r.fields {
			if r.fields[i].name == f.name {
				c.fail("'%s' header already defined (previous value is '%s')", f.name, r.fields[i].text)
			}
		}
	}
	r.fields = append(r.fields, f)
}

// http compiles an http-check: the option's request is merged with the first
// send rule, the later of the two lines winning.
func (c *compiler) http(src *Source) {
	opt := &request{}
	optLine := 0
	if src.Opts != nil {
		c.rl, c.word, c.failed = src.Opts, "option", false
		optLine = src.Opts.Line.Num
		c.httpOption(opt)
	}
	for i := range src.HTTP {
		c.line(&src.HTTP[i], "http-check")
	}
	c.mergeRequest(opt, optLine, src.HTTP)
	if n := len(c.p.steps); n > 0 && lastEffective(c.p.steps).kind == doSend {
		c.p.steps = append(c.p.steps, step{kind: doExpect, index: n, expect: &expect{kind: wantStatus, min: -1, codes: [][2]int{{200, 399}}}})
	}
}

// httpOption reads "option httpchk [[<method>] <uri> [<version> [<host>]]]".
// Manual 4.2.
func (c *compiler) httpOption(r *request) {
	n := c.rl.Line.Len() - c.rl.From
	switch {
	case n >= 4:
		f := requestField{name: "host", text: c.text(3)}
		if strings.Contains(f.text, "%") {
			f.format = c.format(f.text)
		}
		r.fields = append(r.fields, f)
		fallthrough
	case n >= 3:
		r.version = c.text(2)
		if strings.ContainsAny(r.version, "\r\n") {
			c.lang.Diag.Alertf(c.pos(2), "'option httpchk' : hiding headers or body at the end of the version string is unsupported. Use 'http-check send' directive instead.")
		}
		fallthrough
	case n >= 2:
		r.method, r.uri = c.text(0), c.text(1)
	case n == 1:
		r.uri = c.text(0)
	}
}

// mergeRequest puts the option's request where it belongs.
func (c *compiler) mergeRequest(opt *request, optLine int, rules []conf.RuleLine) {
	steps := c.p.steps
	first, skipped := -1, false
	for i := range steps {
		k := steps[i].kind
		if k == doAction || k == doNothing {
			continue
		}
		if k == doConnect && !skipped {
			skipped = true
			continue
		}
		first = i
		break
	}
	if first < 0 || steps[first].kind != doSend {
		at := 0
		if skipped {
			for at < len(steps) && steps[at].kind != doConnect {
				at++
			}
			at++
		}
		c.p.steps = append(append(append([]step{}, steps[:at]...), step{kind: doSend, send: &send{http: opt}}), steps[at:]...)
		return
	}
	r := steps[first].send.http
	line := 0
	for i := range rules {
		if rules[i].Line.Text(rules[i].From) == "send" {
			line = rules[i].Line.Num
			break
		}
	}
	if optLine > line {
		*r = r.over(opt)
		return
	}
	*r = opt.over(r)
}

// over returns r with what by says put over it.
func (r *request) over(by *request) request {
	m := *r
	if by.method != "" {
		m.method = by.method
	}
	if by.uri != "" || by.uriFormat != nil {
		m.uri, m.uriFormat = by.uri, by.uriFormat
	}
	if by.version != "" {
		m.version = by.version
	}
	if len(by.fields) > 0 {
		m.fields = by.fields
	}
	if by.body != "" || by.bodyFormat != nil {
		m.body, m.bodyFormat = by.body, by.bodyFormat
	}
	return m
}

// lastEffective is the last step that does something on the wire.
func lastEffective(steps []step) *step {
	for i := len(steps) - 1; i >= 0; i-- {
		if k := steps[i].kind; k != doAction && k != doNothing {
			return &steps[i]
		}
	}
	return nil
}
