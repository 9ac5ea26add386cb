package httpfetch

import (
	"bytes"
	"errors"
	"net/netip"

	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sample"
)

// urlRows are the fetches of the request's target.
func urlRows() []sample.Fetch {
	return []sample.Fetch{
		{Doc: doc("base", "The first Host field and the path, up to the question mark."),
			Out: sample.Str, Use: sample.UseReqFields, Eval: base},
		{Doc: doc("baseq", "Like base, with the query string."),
			Out: sample.Str, Use: sample.UseReqFields, Eval: baseq},
		{Doc: doc("path", "The path of the request, up to the question mark."),
			Out: sample.Str, Use: sample.UseReqFields, Eval: path},
		{Doc: doc("pathq", "The path of the request with the query string."),
			Out: sample.Str, Use: sample.UseReqFields, Eval: pathq},
		{Doc: docArgs("query", "[options]", "The query string behind the first question mark; with_qm keeps the mark."),
			Args: []sample.ArgSpec{optional("options", sample.ArgStr)},
			Out:  sample.Str, Use: sample.UseReqFields, Check: checkQuery, Eval: query},
		{Doc: doc("url", "The target of the request as received."),
			Out: sample.Str, Use: sample.UseReqFields, Eval: url},
		{Doc: doc("url_ip", "The address in a target that begins with http:// and an IPv4 address."),
			Out: sample.IPv4, Use: sample.UseReqFields, Eval: urlIP},
		{Doc: doc("url_port", "The port in a target that begins with http:// and a host; 0 when there is none."),
			Out: sample.Int, Use: sample.UseReqFields, Eval: urlPort},
	}
}

func url(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	h := request(s)
	return h != nil && text(v, h.Bytes(h.Target))
}

func path(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	h := request(s)
	return h != nil && text(v, rooted(h.Path()))
}

func pathq(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	h := request(s)
	return h != nil && text(v, rooted(h.PathQuery()))
}

// rooted returns p if it is a path, nil for "*" and empty paths.
func rooted(p []byte) []byte {
	if len(p) == 0 || p[0] != '/' {
		return nil
	}
	return p
}

func base(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	h := request(s)
	return h != nil && appendBase(s, h, v, rooted(h.Path()))
}

func baseq(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	h := request(s)
	return h != nil && appendBase(s, h, v, rooted(h.PathQuery()))
}

// appendBase makes host and path one string. Without a Host field the path
// stands alone.
func appendBase(s *lb.Stream, h *htx.Head, v *sample.Value, p []byte) bool {
	host := h.Get(htx.Host, "host")
	if host == nil {
		return text(v, p)
	}
	b := append(sample.Begin(s.Thread), host...)
	v.SetStr(sample.End(s.Thread, append(b, p...)))
	return true
}

func checkQuery(args []sample.Arg, _ *sample.Scope) error {
	switch args[0].Str {
	case "", "with_qm":
		return nil
	}
	return errors.New("Invalid arg '" + args[0].Str + "'") //nolint:staticcheck // HAProxy's words
}

// query returns what follows "?". Without one there is no value; with_qm keeps
// the mark before a query that is not empty.
func query(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	h := request(s)
	if h == nil {
		return false
	}
	p := h.PathQuery()
	at := bytes.IndexByte(p, '?')
	if at < 0 {
		return false
	}
	if args[0].Str == "" || at+1 == len(p) {
		at++
	}
	return text(v, p[at:])
}

// authority returns what stands between "://" and the path of an absolute
// target.
func authority(h *htx.Head) []byte {
	t := h.Bytes(h.Target)
	at := bytes.Index(t, []byte("://"))
	if at <= 0 || t[0] == '/' {
		return nil
	}
	t = t[at+3:]
	if end := bytes.IndexByte(t, '/'); end >= 0 {
		t = t[:end]
	}
	return t
}

// hostPort splits an authority into an IPv4 address and a port.
func hostPort(h *htx.Head) (a netip.Addr, port int64, ok bool) {
	host := authority(h)
	if at := bytes.IndexByte(host, ':'); at >= 0 {
		port, _ = sample.ParseInt(host[at+1:])
		host = host[:at]
	} else {
		port = 80
	}
	a, ok = sample.ParseAddr(host)
	return a, port, ok && a.Is4()
}

func urlIP(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	h := request(s)
	if h == nil {
		return false
	}
	a, _, ok := hostPort(h)
	if ok {
		v.SetAddr(a)
	}
	return ok
}

func urlPort(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	h := request(s)
	if h == nil {
		return false
	}
	_, port, ok := hostPort(h)
	if ok {
		v.SetInt(port)
	}
	return ok
}
