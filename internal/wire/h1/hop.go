package h1

import "segue/internal/htx"

// StripHop removes what concerns one connection only (RFC 9110 7.6.1), as
// HAProxy 3.4 does: "close" and "keep-alive" leave Connection, and the field
// goes when nothing else is in it. Further names in Connection, the fields that
// they name, Keep-Alive and Proxy-Connection are passed on.
//
// Upgrade and its name in Connection stay while they mean something: in a
// request with ConnUpgrade and in a response, which may offer what it speaks
// (RFC 9110 7.8: a 426 must). An upgrade to h2c and HTTP2-Settings never do. TE
// keeps "trailers".
//
// The sender's close and keep-alive have been read by the parser. One that stands
// behind the bytes of the wire comes from a rule, which wants the connection to the
// recipient closed: RuleClose says so.
func StripHop(h *htx.Head) {
	upgrade := h.Flags&htx.ConnUpgrade != 0 || h.Status != 0
	te := false
	for i := range h.Fields {
		f := &h.Fields[i]
		if f.ID == htx.Other || f.Flags&htx.Deleted != 0 {
			continue
		}
		switch f.ID {
		case htx.Connection:
			// Fast path: what most senders write.
			v := h.Value(i)
			if int32(f.Val) >= h.Wire && lists(v, "close") {
				h.Flags |= htx.RuleClose
			}
			if string(v) == "keep-alive" || string(v) == "close" {
				h.Delete(i)
				continue
			}
			filter(h, i, func(item []byte) bool {
				return !htx.EqualFold(item, "close") && !htx.EqualFold(item, "keep-alive") &&
					!htx.EqualFold(item, "http2-settings") && (upgrade || !htx.EqualFold(item, "upgrade"))
			})
		case htx.Upgrade:
			if !upgrade {
				h.Delete(i)
				continue
			}
			filter(h, i, func(item []byte) bool { return !htx.EqualFold(item, "h2c") })
		case htx.HTTP2Settings:
			h.Delete(i)
		case htx.TE:
			te = keepTrailers(h, i, te)
		}
	}
}

// StripClose removes what of the head says how long the connection lives, "close"
// and "keep-alive" of Connection, and an upgrade to h2c, so that rules see neither:
// as in HAProxy 3.4 they are the business of who parses and writes messages. What
// rules write there themselves goes with StripHop.
func StripClose(h *htx.Head) {
	upgrade := h.Flags&htx.ConnUpgrade != 0 || h.Status != 0
	for i := range h.Fields {
		f := &h.Fields[i]
		switch {
		case f.Flags&htx.Deleted != 0:
		case f.ID == htx.Connection:
			// Fast path: what most senders write.
			if v := h.Value(i); string(v) == "keep-alive" || string(v) == "close" {
				h.Delete(i)
				continue
			}
			filter(h, i, func(item []byte) bool {
				return !htx.EqualFold(item, "close") && !htx.EqualFold(item, "keep-alive") && (upgrade || !htx.EqualFold(item, "upgrade"))
			})
		case f.ID == htx.Upgrade && !upgrade:
			h.Delete(i)
		}
	}
}

// filter keeps the elements of field i that keep approves, and deletes the
// field when none is left. It touches nothing when all of them stay.
func filter(h *htx.Head, i int, keep func(item []byte) bool) {
	var buf [256]byte
	kept, all, any := buf[:0], true, false
	v := h.Value(i)
	for more := true; more; {
		var item []byte
		item, v, more = cutItem(v)
		switch {
		case len(item) == 0:
		case !keep(item):
			all = false
		default:
			if any {
				kept = append(kept, ", "...)
			}
			kept = append(kept, item...)
			any = true
		}
	}
	switch {
	case !any:
		h.Delete(i)
	case !all:
		h.Set(i, kept)
	}
}

// keepTrailers leaves "TE: trailers" of field i if it says so without a weight,
// and nothing otherwise or if another field had it; it returns whether one has.
func keepTrailers(h *htx.Head, i int, had bool) bool {
	v, found := h.Value(i), false
	if !had && string(v) == "trailers" {
		return true
	}
	for more := true; more && !had; {
		var item []byte
		item, v, more = cutItem(v)
		found = found || htx.EqualFold(item, "trailers")
	}
	if !found {
		h.Delete(i)
		return had
	}
	h.Set(i, []byte("trailers"))
	return true
}
