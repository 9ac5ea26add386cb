package h1

import (
	"strconv"

	"segue/internal/htx"
)

// AppendRequest appends the request line and the live fields of h to dst, in
// the version of h and without the empty line, so that the caller may add
// fields.
func AppendRequest(dst []byte, h *htx.Head) []byte {
	return h.AppendFields(requestLine(dst, h))
}

// AppendResponse is AppendRequest for a response.
func AppendResponse(dst []byte, h *htx.Head) []byte {
	return h.AppendFields(statusLine(dst, h))
}

// CaseMap gives field names, in lower case, the spelling that a peer insists on
// (h1-case-adjust, manual 3.1).
type CaseMap map[string]string

// AppendRequestCase is AppendRequest with names spelled after m.
func AppendRequestCase(dst []byte, h *htx.Head, m CaseMap) []byte {
	return m.appendFields(requestLine(dst, h), h)
}

// AppendResponseCase is AppendResponse with names spelled after m.
func AppendResponseCase(dst []byte, h *htx.Head, m CaseMap) []byte {
	return m.appendFields(statusLine(dst, h), h)
}

func requestLine(dst []byte, h *htx.Head) []byte {
	dst = append(dst, h.Bytes(h.Method)...)
	dst = append(dst, ' ')
	dst = append(dst, h.Bytes(h.Target)...)
	if h.Minor == 0 {
		return append(dst, " HTTP/1.0\r\n"...)
	}
	return append(dst, " HTTP/1.1\r\n"...)
}

func statusLine(dst []byte, h *htx.Head) []byte {
	// Fast path: most responses are this one.
	if h.Status == 200 && h.Minor > 0 && string(h.Bytes(h.Reason)) == "OK" {
		return append(dst, "HTTP/1.1 200 OK\r\n"...)
	}
	if h.Minor == 0 {
		dst = append(dst, "HTTP/1.0 "...)
	} else {
		dst = append(dst, "HTTP/1.1 "...)
	}
	dst = strconv.AppendUint(dst, uint64(h.Status), 10)
	dst = append(dst, ' ')
	if h.Reason.Len == 0 {
		dst = append(dst, Reason(int(h.Status))...)
	} else {
		dst = append(dst, h.Bytes(h.Reason)...)
	}
	return append(dst, "\r\n"...)
}

// appendFields writes every field by itself, under the name that m gives it.
func (m CaseMap) appendFields(dst []byte, h *htx.Head) []byte {
	if len(m) == 0 {
		return h.AppendFields(dst) // runs of untouched fields in one copy
	}
	var lower [64]byte
	for i := range h.Fields {
		if h.Fields[i].Flags&htx.Deleted != 0 {
			continue
		}
		name := h.Name(i)
		key := lower[:0]
		for _, c := range name {
			if c-'A' < 26 {
				c |= 0x20
			}
			key = append(key, c)
		}
		if spelled, ok := m[string(key)]; ok {
			dst = append(dst, spelled...)
		} else {
			dst = append(dst, name...)
		}
		dst = append(dst, ": "...)
		dst = append(dst, h.Value(i)...)
		dst = append(dst, "\r\n"...)
	}
	return dst
}
