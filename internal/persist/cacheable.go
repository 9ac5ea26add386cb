package persist

import (
	"bytes"

	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/wire/h1"
)

// Cacheable reports whether a cache may keep the response: its status is one
// of those that caches keep (RFC 9111 3) and no field forbids it.
func Cacheable(s *lb.Stream) bool {
	yes, _ := cacheable(s)
	return yes
}

// CacheableCookie reports whether a cache may keep the response with its
// cookies. Manual 4.2 "option checkcache".
func CacheableCookie(s *lb.Stream) bool {
	yes, cookies := cacheable(s)
	return yes && cookies
}

// cacheable follows RFC 9111 3: without an expiry and a validator a response is
// not worth keeping. "public" allows it whatever the status and the method are.
func cacheable(s *lb.Stream) (yes, cookies bool) {
	switch s.Res.Status {
	case 200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501:
		switch h1.Kind(s.Req.Bytes(s.Req.Method)) {
		case h1.Get, h1.Head, h1.Options, h1.Trace:
			yes, cookies = true, true
		}
	}
	h := &s.Res
	if i := h.Next(0, htx.Pragma, ""); i >= 0 && htx.EqualFold(h.Value(i), "no-cache") {
		return false, false
	}
	fresh := has(h, "expires")
	for i := h.Next(0, htx.CacheControl, ""); i >= 0; i = h.Next(i+1, htx.CacheControl, "") {
		for v := range bytes.SplitSeq(h.Value(i), []byte(",")) {
			v = bytes.TrimSpace(v)
			name, _, _ := bytes.Cut(v, []byte("="))
			switch {
			case htx.EqualFold(v, "public"):
				yes, cookies = true, true
			case htx.EqualFold(v, `no-cache="set-cookie"`):
				cookies = false
			case htx.EqualFold(v, "max-age=0"), htx.EqualFold(v, "s-maxage=0"), htx.EqualFold(name, "private"),
				htx.EqualFold(name, "no-cache"), htx.EqualFold(name, "no-store"):
				return false, false
			case htx.EqualFold(name, "max-age"), htx.EqualFold(name, "s-maxage"):
				fresh = true
			}
		}
	}
	return yes && (fresh || has(h, "etag") || has(h, "last-modified")), cookies
}

func has(h *htx.Head, name string) bool { return h.Next(0, htx.Lookup([]byte(name)), name) >= 0 }
