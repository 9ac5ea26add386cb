package h1

import (
	"bytes"

	"segue/internal/htx"
)

// target judges the request target's form (RFC 9112 3.2) and what Host says
// beside it. An error's position is an offset in the head.
func (s *scanner) target(m *meaning) (int, Error) {
	h := s.h
	t, kind := h.Bytes(h.Target), Kind(h.Bytes(h.Method))
	at := int(h.Target.Off)
	var authority []byte
	switch {
	case kind == Connect:
		authority = t
	case t[0] == '/':
	case t[0] == '*':
		if len(t) != 1 || kind != Options {
			return at, BadTarget
		}
	default:
		i := bytes.Index(t, []byte("://"))
		if i <= 0 {
			return at, BadTarget
		}
		h.Flags |= htx.AbsoluteTarget
		authority = t[i+3:]
		if j := bytes.IndexAny(authority, "/?"); j >= 0 {
			authority = authority[:j]
		}
	}
	if authority != nil && m.host >= 0 && !s.unsafe && !bytes.EqualFold(authority, h.Value(m.host)) {
		return int(h.Fields[m.host].Val), HostMismatch
	}
	return 0, OK
}
