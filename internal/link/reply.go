package link

import (
	"bytes"
	"strconv"

	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/wire/h1"
)

// ReplyOf makes an answer of an error file or an errorloc. A file that is no
// HTTP response is sent as it is and the connection closed.
func ReplyOf(e *conf.ErrorReply) *lb.Reply {
	if e.Location != "" {
		return &lb.Reply{
			Status: e.LocCode, NoCache: true, Keep: true,
			Headers: []lb.ReplyHeader{{Name: "Location", Text: e.Location}},
		}
	}
	if len(e.Raw) == 0 {
		return &lb.Reply{Raw: []byte{}} // the connection ends without an answer
	}
	var h htx.Head
	n, err := h1.ParseResponse(&h, e.Raw, 0, h1.Get, &h1.Limits{})
	if err != h1.OK || n == 0 {
		return &lb.Reply{Raw: e.Raw}
	}
	r := &lb.Reply{Status: int(h.Status), Reason: string(h.Bytes(h.Reason)), Body: bytes.Clone(e.Raw[n:]), Keep: true}
	for i := range h.Fields {
		switch h.Fields[i].ID {
		case htx.Connection, htx.KeepAlive, htx.ContentLength, htx.TransferEncoding:
			continue
		}
		r.Headers = append(r.Headers, lb.ReplyHeader{Name: string(h.Name(i)), Text: string(h.Value(i))})
	}
	if h.Framing == htx.Length {
		if v, err := strconv.Atoi(string(h.Get(htx.ContentLength, ""))); err == nil && v < len(r.Body) {
			r.Body = r.Body[:v]
		}
	}
	return r
}
