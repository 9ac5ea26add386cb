package link

import (
	"net/netip"
	"strconv"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sample"
)

// forwarded makes the element that "option forwarded" adds to requests. Manual
// 4.2; RFC 7239 4.
type forwarded struct {
	proto          bool
	host, by, from forwardedNode
}

// forwardedNode is a parameter: on, and from an expression unless that is nil.
type forwardedNode struct {
	on, portOn bool
	expr, port *sample.Expr
}

// forwarded compiles the option of a backend.
func (l *linker) forwarded(px *lb.Proxy, sc *sample.Scope) {
	c := px.Conf.Forwarded
	if c == nil || px.Back == nil || px.Mode != conf.HTTP {
		return
	}
	own := *sc
	at(&own, &c.Line)
	own.Place = 0
	expr := func(p *conf.ForwardedPart) *sample.Expr { return l.forwardedExpr(px, c, p, &own) }
	px.Forwarded = &forwarded{
		proto: c.Proto,
		host:  forwardedNode{on: c.Host.On, expr: expr(&c.Host)},
		by:    forwardedNode{on: c.By.On, expr: expr(&c.By), portOn: c.ByPort.On, port: expr(&c.ByPort)},
		from:  forwardedNode{on: c.For.On, expr: expr(&c.For), portOn: c.ForPort.On, port: expr(&c.ForPort)},
	}
}

// forwardedExpr compiles the expression of a part, nil where it has none. One
// that finds nothing in a request is odd but no error, as in HAProxy.
func (l *linker) forwardedExpr(px *lb.Proxy, c *conf.Forwarded, p *conf.ForwardedPart, sc *sample.Scope) *sample.Expr {
	if !p.On || p.Expr == "" {
		return nil
	}
	where := "backend '" + px.Name + "' [" + c.Line.File + ":" + strconv.Itoa(c.Line.Num) + "]: "
	say := func(sev diag.Severity, msg string) {
		l.d.Add(diag.Entry{Sev: sev, Bare: true, Form: diag.FormHidden, Pos: c.Line.Pos(p.Word), Msg: where + msg})
	}
	e, n, err := sample.Parse(p.Expr, sc)
	if err == nil && n < len(p.Expr) {
		err = &sample.Error{Msg: "extra characters after the expression: '" + p.Expr[n:] + "'"}
	}
	if err != nil {
		say(diag.Alert, "failed to parse 'option forwarded' expression '"+p.Expr+"' in : "+err.Error()+".")
		return nil
	}
	if e.Where()&sample.BackReq == 0 {
		say(diag.Warning, "in 'option forwarded' sample expression '"+p.Expr+"' : some args extract information from '"+
			e.Use().String()+"', none of which is available here.")
	}
	return e
}

// AppendTo implements lb.Formatter.
func (f *forwarded) AppendTo(dst []byte, s *lb.Stream) []byte {
	begin := len(dst)
	if f.proto {
		dst = append(dst, "proto=http"...)
		if s.Bind != nil && s.Bind.Conf != nil && s.Bind.Conf.SSL {
			dst = append(dst, 's')
		}
	}
	if f.host.on {
		dst = f.host.appendHost(next(dst, begin), s)
	}
	if f.by.on {
		dst = f.by.appendNode(append(next(dst, begin), "by="...), s, s.Local())
	}
	if f.from.on {
		dst = f.from.appendNode(append(next(dst, begin), "for="...), s, s.Client())
	}
	return dst
}

// next separates parameters.
func next(dst []byte, begin int) []byte {
	if len(dst) > begin {
		return append(dst, ';')
	}
	return dst
}

// appendHost appends the host as a quoted string, empty where it is none.
func (n *forwardedNode) appendHost(dst []byte, s *lb.Stream) []byte {
	dst = append(dst, `host="`...)
	at := len(dst)
	if n.expr != nil {
		dst, _ = n.expr.EvalString(s, dst)
	} else if i := s.Req.Next(0, htx.Host, ""); i >= 0 {
		dst = append(dst, s.Req.Value(i)...)
	}
	if !isHost(dst[at:]) {
		dst = dst[:at]
	}
	return append(dst, '"')
}

// appendNode appends a node (RFC 7239 6): an address, an obfuscated identifier
// or "unknown", with a port where that is asked for and known.
func (n *forwardedNode) appendNode(dst []byte, s *lb.Stream, addr netip.AddrPort) []byte {
	at := len(dst)
	dst = append(dst, '"')
	if n.expr != nil {
		dst = appendNodeName(dst, s, n.expr)
	} else {
		dst = appendNodeAddr(dst, addr.Addr())
	}
	switch {
	case n.port != nil:
		dst = appendNodePort(dst, s, n.port)
	case n.portOn && addr.Port() != 0:
		dst = strconv.AppendUint(append(dst, ':'), uint64(addr.Port()), 10)
	}
	if n.portOn || dst[at+1] == '[' {
		return append(dst, '"')
	}
	return append(dst[:at], dst[at+1:]...) // a token, which needs no quotes
}

func appendNodeAddr(dst []byte, ip netip.Addr) []byte {
	switch {
	case !ip.IsValid():
		return append(dst, "unknown"...)
	case ip.Is4():
		return ip.AppendTo(dst)
	}
	return append(ip.WithZone("").AppendTo(append(dst, '[')), ']')
}

// appendNodeName appends what an expression gives as a node's name.
func appendNodeName(dst []byte, s *lb.Stream, e *sample.Expr) []byte {
	mark := sample.Mark(s.Thread)
	v := sample.Take(s)
	ok := e.Eval(s, v)
	if ok && (v.Type == sample.IPv4 || v.Type == sample.IPv6) {
		dst = appendNodeAddr(dst, v.IP)
	} else {
		at := len(dst)
		if ok {
			dst, ok = sample.AppendString(dst, v)
		}
		dst = obfuscated(dst, at, ok)
	}
	sample.Give(s)
	sample.Release(s.Thread, mark)
	return dst
}

// obfuscated makes a node's name of the text from at on. An address stays, and
// so does "unknown"; anything else gets the underscore that marks identifiers,
// and what cannot be one is unknown (RFC 7239 6.3).
func obfuscated(dst []byte, at int, ok bool) []byte {
	text := dst[at:]
	if !ok || len(text) == 0 {
		return append(dst[:at], "unknown"...)
	}
	if string(text) == "unknown" {
		return dst
	}
	bare := text
	if n := len(text); n > 2 && text[0] == '[' && text[n-1] == ']' {
		bare = text[1 : n-1]
	}
	if len(bare) <= 45 { // the longest address
		ip, err := netip.ParseAddr(string(bare))
		if err == nil && ip.Zone() == "" && ip.Is4() == (len(bare) == len(text)) {
			return dst
		}
	}
	return identifier(dst, at, "unknown")
}

// identifier makes an obfuscated identifier of the text from at on, or of
// what has other bytes than one may have the text that stands for none.
func identifier(dst []byte, at int, none string) []byte {
	text := dst[at:]
	for _, c := range text {
		if c-'0' > 9 && c|0x20-'a' > 25 && c != '.' && c != '_' && c != '-' {
			return append(dst[:at], none...)
		}
	}
	if text[0] == '_' && len(text) > 1 {
		return dst
	}
	dst = append(dst, 0)
	copy(dst[at+1:], dst[at:])
	dst[at] = '_'
	return dst
}

// appendNodePort appends ":port" of what the expression gives, a number or an
// identifier, and nothing for anything else.
func appendNodePort(dst []byte, s *lb.Stream, e *sample.Expr) []byte {
	at := len(dst) + 1
	dst, ok := e.EvalString(s, append(dst, ':'))
	if ok && isPort(dst[at:]) {
		return dst
	}
	if ok && len(dst) > at {
		dst = identifier(dst, at, "")
	}
	if !ok || len(dst) == at {
		return dst[:at-1]
	}
	return dst
}

// isPort says whether b is a port's number in up to five digits.
func isPort(b []byte) bool {
	n := 0
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
		n = n*10 + int(c-'0')
		if n > 65535 {
			return false
		}
	}
	return n > 0 && len(b) <= 5
}

// isHost says whether b is "host" or "host:port" (RFC 9110 7.2). Letters,
// digits, dots, hyphens and underscores make a name.
func isHost(b []byte) bool {
	end := 0
	if len(b) > 0 && b[0] == '[' {
		for end < len(b) && b[end] != ']' {
			end++
		}
		if end == len(b) || end > 46 {
			return false
		}
		if ip, err := netip.ParseAddr(string(b[1:end])); err != nil || !ip.Is6() || ip.Zone() != "" {
			return false
		}
		end++
	} else {
		for end < len(b) && (b[end]-'0' <= 9 || b[end]|0x20-'a' <= 25 || b[end] == '.' || b[end] == '-' || b[end] == '_') {
			end++
		}
	}
	return end > 0 && (end == len(b) || b[end] == ':' && isPort(b[end+1:]))
}
