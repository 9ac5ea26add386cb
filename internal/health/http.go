package health

import (
	"bytes"
	"strconv"
	"strings"

	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/pattern"
	"segue/internal/wire/h1"
)

// request is what "http-check send" says. Manual 4.2.
type request struct {
	method, uri, version string // "" = OPTIONS, /, HTTP/1.0
	uriFormat            lb.Formatter
	fields               []requestField
	body                 string
	bodyFormat           lb.Formatter
}

// requestField is one "hdr". Names are sent in lower case.
type requestField struct {
	name   string
	text   string
	format lb.Formatter // nil: text
}

// appendSend appends what a send step sends. why says what went wrong.
func (c *Check) appendSend(dst []byte, s *send) (b []byte, why string) {
	switch {
	case s.http != nil:
		return c.appendRequest(dst, s.http), ""
	case s.build != nil:
		return s.build(c, dst), ""
	case s.format == nil:
		return append(dst, s.data...), ""
	}
	text := s.format.AppendTo(nil, c.stream())
	if s.hex {
		var err error
		if text, err = unhex(string(text)); err != nil {
			return dst, "tcp-check send : failed to build log-format string"
		}
	}
	return append(dst, text...), ""
}

// appendRequest appends the request.
func (c *Check) appendRequest(dst []byte, r *request) []byte {
	method, version := or(r.method, "OPTIONS"), or(r.version, "HTTP/1.0")
	v11 := persists(version)
	if v11 {
		version = "HTTP/1.1"
	}
	c.io.method = method == "HEAD"
	dst = append(append(dst, method...), ' ')
	if r.uriFormat != nil {
		n := len(dst)
		if dst = r.uriFormat.AppendTo(dst, c.stream()); len(dst) == n {
			dst = append(dst, '/')
		}
	} else {
		dst = append(dst, or(r.uri, "/")...)
	}
	dst = append(append(append(dst, ' '), version...), "\r\n"...)
	var mode connMode
	for i := range r.fields {
		f := &r.fields[i]
		if f.name == "connection" {
			dst = c.appendConnection(dst, f, &mode)
			continue
		}
		dst = append(append(dst, f.name...), ": "...)
		if f.format != nil {
			dst = f.format.AppendTo(dst, c.stream())
		} else {
			dst = append(dst, f.text...)
		}
		dst = append(dst, "\r\n"...)
	}
	if c.job.plan.sendState {
		dst = append(dst, "x-haproxy-server-state: "...)
		dst = append(c.appendState(dst), "\r\n"...)
	}
	body := r.body
	if r.bodyFormat != nil {
		body = string(r.bodyFormat.AppendTo(nil, c.stream()))
	}
	if body != "" || r.bodyFormat != nil {
		dst = append(strconv.AppendInt(append(dst, "content-length: "...), int64(len(body)), 10), "\r\n"...)
	}
	dst = mode.append(dst, v11)
	c.io.keep = mode.keeps()
	return append(append(dst, "\r\n"...), body...)
}

// persists reports whether a request of the version is one of HTTP/1.1: that is
// what is sent of "HTTP/1.2" and "HTTP/2.0", too. Others are sent as written.
func persists(version string) bool {
	return len(version) == len("HTTP/1.1") && strings.EqualFold(version[:5], "HTTP/") && version[6] == '.' &&
		(version[5] == '1' && version[7] >= '1' || version[5] >= '2') && version[5] <= '9' && version[7] >= '0' && version[7] <= '9'
}

// connMode is what the connection fields of a request ask for.
type connMode struct{ given, close bool }

func (m *connMode) keeps() bool { return m.given && !m.close }

// append ends the head with what the version needs to be told: HTTP/1.1 that the
// connection closes, which it does unless a field was written, HTTP/1.0 that it stays.
func (m *connMode) append(dst []byte, v11 bool) []byte {
	switch {
	case v11 && !m.keeps():
		return append(dst, "connection: close\r\n"...)
	case !v11 && m.keeps():
		return append(dst, "connection: keep-alive\r\n"...)
	}
	return dst
}

// appendConnection notes what a connection field says of the connection, and
// appends what else it says.
func (c *Check) appendConnection(dst []byte, f *requestField, m *connMode) []byte {
	value := f.text
	if f.format != nil {
		value = string(f.format.AppendTo(nil, c.stream()))
	}
	rest := 0
	for word := range strings.SplitSeq(value, ",") {
		word = strings.TrimSpace(word)
		switch {
		case word == "":
			continue
		case strings.EqualFold(word, "close"):
			m.close = true
		case strings.EqualFold(word, "keep-alive"):
		default:
			dst = append(append(dst, [...]string{"connection: ", ", "}[min(rest, 1)]...), word...)
			rest++
		}
		m.given = true
	}
	if rest > 0 {
		dst = append(dst, "\r\n"...)
	}
	return dst
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// appendState appends the value of X-Haproxy-Server-State. Manual 4.2
// "http-check send-state".
func (c *Check) appendState(dst []byte) []byte {
	s, srv := c.own, c.job.srv
	s.h.mu.Lock()
	health, rise, fall := s.check.health, s.check.set.rise, s.check.set.fall
	full := health == s.check.full()
	oper := s.oper()
	actives, spares := s.be.actives, s.be.spares
	s.h.mu.Unlock()
	word, n, of := "UP", health-rise+1, fall
	switch {
	case oper == lb.Stopped:
		word, n, of, full = "DOWN", health, rise, health == 0
	case oper == lb.Stopping:
		word = "NOLB"
	}
	dst = append(dst, word...)
	if !full {
		dst = strconv.AppendInt(append(dst, ' '), int64(n), 10)
		dst = strconv.AppendInt(append(dst, '/'), int64(of), 10)
	}
	dst = append(dst, "; address="...)
	if p := srv.State.Addr.Load(); p != nil {
		dst = p.Addr().AppendTo(dst)
		dst = strconv.AppendInt(append(dst, "; port="...), int64(p.Port()), 10)
	} else {
		dst = append(dst, "unix; port="...)
	}
	dst = appendName(append(dst, "; name="...), srv)
	dst = append(append(dst, "; node="...), srv.Proxy.Gen.Conf.Global.Node...)
	dst = strconv.AppendInt(append(dst, "; weight="...), weightOf(srv), 10)
	dst = strconv.AppendInt(append(dst, '/'), totalWeight(srv.Proxy, actives, spares), 10)
	dst = strconv.AppendInt(append(dst, "; scur="...), srv.State.Served.Load(), 10)
	dst = strconv.AppendInt(append(dst, '/'), srv.Proxy.TotalServed.Load(), 10)
	dst = strconv.AppendInt(append(dst, "; qcur="...), srv.State.Waiting.Load(), 10)
	return dst
}

// weightOf is the server's weight in its slow start, whether or not it is up.
func weightOf(srv *lb.Server) int64 {
	w, r := int64(srv.State.Weight.Load()), int64(srv.State.Ramp.Load())
	if r <= 0 || r > lb.RampFull {
		return w
	}
	return (w*r + lb.RampFull - 1) / lb.RampFull
}

// totalWeight is the weight of the servers that share the load now.
func totalWeight(px *lb.Proxy, actives, spares int) (sum int64) {
	for _, srv := range px.Servers {
		if srv.Conf.Backup != (actives == 0 && spares > 0) {
			continue
		}
		sum += (srv.EffectiveWeight() + lb.RampFull - 1) / lb.RampFull
	}
	return sum
}

// answer parses the response's head once it is complete, and decodes as much of
// the body as there is. bad: it is no HTTP.
func (c *Check) answer() (complete, bad bool) {
	x := &c.io
	if x.parsed == 0 {
		// Empty lines in front do not count.
		x.in = append(x.in[:0], bytes.TrimLeft(x.in, "\r\n")...)
		method := h1.Get
		if x.method {
			method = h1.Head
		}
		n, err := h1.ParseResponse(&x.head, x.in, 0, method, &h1.Limits{MaxFields: 101, AcceptUnsafeResponse: true, AnyStatus: true})
		if err != h1.OK || n > 0 && (!bytes.HasPrefix(x.in, []byte("HTTP/")) || bytes.IndexByte(x.in[:n], 0) >= 0) {
			return false, true
		}
		if n == 0 {
			return false, false
		}
		x.parsed = n
	}
	var body h1.Body
	framing := x.head.Framing
	if x.head.Status < 200 {
		framing = htx.ToClose // there is no other response that would have a body
	}
	body.Start(framing, x.head.ContentLength)
	n := 0
	var err h1.Error
	x.body, n, _, err = body.Decode(append(x.body[:0], x.in[x.parsed:]...))
	x.broken = err != h1.OK
	if body.Done() {
		x.whole = x.whole || !x.eof && x.parsed+n == len(x.in)
		x.eof = true
	}
	if c.job.plan.needs {
		s := c.stream()
		s.Res, s.Status, s.Dir = x.head, int(x.head.Status), lb.Response
	}
	return true, false
}

// httpCode is the status of the response, 0 in other checks.
func (c *Check) httpCode() int {
	if c.io.parsed == 0 {
		return 0
	}
	return int(c.io.head.Status)
}

// serverUp reports whether the server is not down.
func (c *Check) serverUp() bool { return c.own.oper() != lb.Stopped }

// judgeHTTP is judge for http-check.
func (c *Check) judgeHTTP(st *step) verdict {
	x := &c.io
	complete, bad := c.answer()
	switch {
	case bad, !complete && x.eof:
		return verdict{status: SockErr}
	case !complete:
		return verdict{wait: true}
	}
	code := int(x.head.Status)
	if x.broken {
		return c.fail(st, L7Response, "", false)
	}
	if c.job.plan.disable404 && code == 404 && c.serverUp() {
		return verdict{pass: true}
	}
	e := st.expect
	matched := false
	status, why := L7Status, string(x.head.Bytes(x.head.Reason))
	switch e.kind {
	case wantStatus:
		for _, r := range e.codes {
			matched = matched || code >= r[0] && code <= r[1]
		}
	case wantStatusRegex:
		matched = e.regex.Match(strconv.AppendInt(nil, int64(code), 10))
	case wantHeader:
		var bad string
		if matched, bad = e.header.find(c, &x.head); bad != "" {
			status, why = L7Response, bad
		}
	default:
		v, done := c.judgeBody(e)
		if done {
			if !v.wait {
				v.code = code
				v.desc = c.httpText(st, v.desc)
				v.status = or8(e.failed, v.status)
			}
			return v
		}
		matched = v.pass
		status, why = L7Response, "HTTP content check did not match"
		if e.not {
			why = "HTTP check matched unwanted content"
		}
	}
	if matched != e.not {
		return verdict{pass: true}
	}
	return verdict{status: or8(e.failed, status), code: c.statusCode(e, code), desc: c.httpText(st, why)}
}

func or8(s, other Status) Status {
	if s == 0 {
		return other
	}
	return s
}

// httpText is the description of a failed http-check: on-error goes before what
// the check has to say.
func (c *Check) httpText(st *step, why string) string {
	if st.expect.onError != nil {
		why = ""
	}
	return c.failText(st, why, false)
}

// judgeBody compares the body. With done the verdict is final, or more bytes
// are needed; else v.pass says whether it matches.
func (c *Check) judgeBody(e *expect) (v verdict, done bool) {
	x := &c.io
	if len(x.body) == 0 {
		if !x.eof {
			return verdict{wait: true}, true
		}
		return verdict{status: L7Response, desc: "HTTP content check could not find a response body"}, true
	}
	if !x.eof && (len(x.body) < len(e.data) || e.min > 0 && len(x.body) < e.min) {
		return verdict{wait: true}, true
	}
	matched, why := c.matches(e, x.body)
	switch {
	case why != "":
		return verdict{status: L7Response, desc: why}, true
	case !matched && !x.eof && e.min < 0:
		return verdict{wait: true}, true
	}
	return verdict{pass: matched}, false
}

// headerMatch is "http-check expect hdr" and "fhdr".
type headerMatch struct {
	full        bool // fhdr: values are not split at commas
	name, value textMatch
	anyValue    bool
}

// textMatch is "-m <method> <pattern>".
type textMatch struct {
	how    string // str beg end sub reg
	text   string
	regex  *pattern.Regex
	format lb.Formatter
}

// ready returns m with its format evaluated.
func (m textMatch) ready(c *Check) (textMatch, bool) {
	if m.format == nil {
		return m, true
	}
	m.text = string(m.format.AppendTo(nil, c.stream()))
	return m, m.text != ""
}

func (m *textMatch) match(s string) bool {
	switch m.how {
	case "beg":
		return strings.HasPrefix(s, m.text)
	case "end":
		return strings.HasSuffix(s, m.text)
	case "sub":
		return strings.Contains(s, m.text)
	case "reg":
		return m.regex.Match([]byte(s))
	}
	return s == m.text
}

// find looks for a header. why says what is wrong with a format.
func (hm *headerMatch) find(c *Check, h *htx.Head) (found bool, why string) {
	name, ok1 := hm.name.ready(c)
	value, ok2 := hm.value.ready(c)
	if !ok1 || !ok2 {
		return false, "log-format string evaluated to an empty string"
	}
	name.text = strings.ToLower(name.text)
	for i := range h.Fields {
		// Names are compared in lower case; the regex folds by itself.
		if h.Fields[i].Flags&htx.Deleted != 0 || !name.match(strings.ToLower(string(h.Name(i)))) {
			continue
		}
		if hm.anyValue {
			return true, ""
		}
		v := string(h.Value(i))
		if hm.full {
			if value.match(v) {
				return true, ""
			}
			continue
		}
		for _, part := range strings.Split(v, ",") {
			if value.match(strings.TrimSpace(part)) {
				return true, ""
			}
		}
	}
	return false, ""
}
