package balance

import (
	"bytes"
	"strconv"
	"strings"

	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/wire/h1"
	"segue/internal/wire/rdp"
)

// uriKey cuts the key out of the target. Manual 4.2 "balance uri".
type uriKey struct {
	whole    bool // with the query
	pathOnly bool // without scheme and authority
	length   int  // at most that many bytes, 0 = all
	depth    int  // up to the slash after that many, 0 = all
}

func newURIKey(args []string) (uriKey, error) {
	var u uriKey
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "whole":
			u.whole = true
		case "path-only":
			u.pathOnly = true
		case "len", "depth":
			n := 0
			if i+1 < len(args) {
				tail := strings.TrimLeft(args[i+1], "0123456789") // core has warned of it
				n, _ = strconv.Atoi(args[i+1][:len(args[i+1])-len(tail)])
			}
			if n <= 0 {
				return u, errArg("uri", args[i])
			}
			if args[i] == "len" {
				u.length = n
			} else {
				u.depth = n
			}
			i++
		default:
			return u, errArg("uri", args[i])
		}
	}
	return u, nil
}

func (u *uriKey) key(s *lb.Stream) ([]byte, bool) {
	uri := s.Req.Bytes(s.Req.Target)
	if u.pathOnly && len(uri) > 0 {
		return u.cut(s.Req.PathQuery()), true // "*" has none: an empty key
	}
	return u.cut(uri), len(uri) > 0
}

// cut applies len, depth and whole.
func (u *uriKey) cut(uri []byte) []byte {
	if u.length > 0 && len(uri) > u.length {
		uri = uri[:u.length]
	}
	slashes := 0
	for i, c := range uri {
		switch {
		case c == '/':
			if slashes++; u.depth > 0 && slashes > u.depth {
				return uri[:i]
			}
		case c == '?' && !u.whole:
			return uri[:i]
		}
	}
	return uri
}

// paramKey looks for name=value. Manual 4.2 "balance url_param".
type paramKey struct {
	name []byte
}

func (p *paramKey) key(s *lb.Stream) ([]byte, bool) {
	if v := param(s.Req.Query(), p.name); v != nil {
		return v, true
	}
	if string(s.Req.Bytes(s.Req.Method)) != "POST" {
		return nil, false
	}
	return token(param(payload(s), p.name))
}

// payload is what has arrived of the request's body; chunks are put together in
// the loop's scratch.
func payload(s *lb.Stream) []byte {
	if s.Req.Framing != htx.Chunked || len(s.Pending) == 0 {
		return s.Pending
	}
	var dst []byte
	if s.Thread != nil && s.Thread.Loop != nil {
		dst = s.Thread.Out[:0]
	}
	var b h1.Body
	b.Start(htx.Chunked, 0)
	body, _, _, _ := b.Decode(append(dst, s.Pending...))
	return body
}

// token is the start of a value in a body, up to a blank or the end of a line.
// A value with another character that is not of a token (RFC 9110 5.6.2) is no
// key, as HAProxy can be seen to do; nil is none either.
func token(v []byte) ([]byte, bool) {
	for i, c := range v {
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			return v[:i], true
		case !isToken(c):
			return nil, false
		}
	}
	return v, v != nil
}

func isToken(c byte) bool {
	switch {
	case '0' <= c && c <= '9', 'a' <= c|0x20 && c|0x20 <= 'z':
		return true
	}
	return strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// param returns the value of name in a list joined by "&"; nil when it is
// absent or has no equal sign.
func param(list, name []byte) []byte {
	for len(list) > 0 {
		item, rest, _ := bytes.Cut(list, []byte("&"))
		if n := len(name); len(item) > n && item[n] == '=' && bytes.Equal(item[:n], name) {
			return item[n+1:]
		}
		list = rest
	}
	return nil
}

// headerKey is the first value of a header. Manual 4.2 "balance hdr".
type headerKey struct {
	id     htx.ID
	name   string
	domain bool // use_domain_only
}

func (k *headerKey) key(s *lb.Stream) ([]byte, bool) {
	i := s.Req.Next(0, k.id, k.name)
	if i < 0 {
		return nil, false
	}
	v, _, _ := bytes.Cut(s.Req.Value(i), []byte(","))
	v = bytes.TrimSpace(v)
	if len(v) == 0 {
		return nil, false
	}
	if k.domain {
		v = domain(v)
	}
	return v, true
}

// domain returns the label before the last one: "1wt" of "haproxy.1wt.eu". A
// name without a dot, or with one only in front, is taken whole.
func domain(host []byte) []byte {
	if i := bytes.LastIndexByte(host, '.'); i > 0 {
		host = host[:i]
		host = host[bytes.LastIndexByte(host, '.')+1:]
	}
	return host
}

// rdpKey is an RDP cookie. Manual 4.2 "balance rdp-cookie".
type rdpKey struct{ name string }

func (k *rdpKey) key(s *lb.Stream) ([]byte, bool) {
	value, _, _ := rdp.Cookie(s.Input, k.name)
	return value, len(value) > 0
}
