package stream

import (
	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/wire/h1"
)

const optUnsafeRequest = conf.OptUnsafeRequest

// addAddrHeaders adds X-Forwarded-For and X-Original-To. Manual 4.2 "option
// forwardfor", "option originalto".
func addAddrHeaders(s *lb.Stream) {
	if s.Front.UniqueID != nil && s.Front.UniqueIDHeader != "" {
		s.Req.AddString(htx.Other, s.Front.UniqueIDHeader, s.UniqueID())
	}
	if s.Back.Forwarded != nil {
		addForwarded(s)
	}
	addAddr(s, s.Back.ForwardFor, s.Front.ForwardFor, htx.XForwardedFor)
	addAddr(s, s.Back.OriginalTo, s.Front.OriginalTo, htx.XOriginalTo)
}

// addForwarded adds an element to the last Forwarded field, or a field. Manual
// 4.2 "option forwarded".
func addForwarded(s *lb.Stream) {
	last := -1
	for i := s.Req.Next(0, htx.Other, "forwarded"); i >= 0; i = s.Req.Next(i+1, htx.Other, "forwarded") {
		last = i
	}
	out := s.Thread.Line[:0]
	if last >= 0 && len(s.Req.Value(last)) > 0 {
		out = append(append(out, s.Req.Value(last)...), ',')
	} else {
		last = -1
	}
	n := len(out)
	out = s.Back.Forwarded.AppendTo(out, s)
	s.Thread.Line = out[:0]
	switch {
	case len(out) == n: // a port without its node
	case last >= 0:
		s.Req.Set(last, out)
	default:
		s.Req.AddString(htx.Other, "Forwarded", out)
	}
}

// addAddr adds the client's address, or the one it connected to. The backend's
// name for the field wins; both sides' exceptions hold; "if-none" does unless
// one side has the option without it.
func addAddr(s *lb.Stream, back, front *conf.AddrHeader, id htx.ID) {
	w := back
	if w == nil {
		w = front
	}
	if w == nil {
		return
	}
	addr := s.Client().Addr()
	if id == htx.XOriginalTo {
		addr = s.Local().Addr()
	}
	if !addr.IsValid() || w.Excepts(addr) || front != nil && front.Excepts(addr) {
		return
	}
	ifNone := (back == nil || back.IfNone) && (front == nil || front.IfNone)
	if w.Custom {
		id = htx.Lookup([]byte(w.Name))
	}
	if ifNone && s.Req.Next(0, id, w.Lower) >= 0 {
		return
	}
	var text [48]byte
	s.Req.AddString(id, w.Name, addr.WithZone("").AppendTo(text[:0]))
}

// dropTrailers takes the trailer fields out of the request, those that have come
// with the body already, too. Manual 4.2 "option http-drop-request-trailers".
func dropTrailers(s *lb.Stream) {
	if n := s.ReqBody.DropTrailers(); n > 0 {
		end := len(s.Pending) - len("\r\n")
		s.Pending = append(s.Pending[:end-n], s.Pending[end:]...)
		s.ReqBytes = int64(len(s.Pending))
	}
}

// restrictNames drops fields whose name has other than letters, digits and
// hyphens, or refuses the request. Manual 4.2 "option
// http-restrict-req-hdr-names"; pseudo headers are not part of a Head.
func restrictNames(s *lb.Stream, px *lb.Proxy) bool {
	how := px.Conf.RestrictNames
	if how == "preserve" {
		return true
	}
	for i := range s.Req.Fields {
		if s.Req.Fields[i].Flags&htx.Deleted != 0 || plainName(s.Req.Name(i)) {
			continue
		}
		if how == "reject" {
			s.Front.Front.DeniedReq.Add(1)
			return refuse(s, 403, 'P', 'R')
		}
		s.Req.Delete(i)
	}
	return true
}

func plainName(name []byte) bool {
	for _, c := range name {
		if (c|0x20)-'a' > 25 && c-'0' > 9 && c != '-' {
			return false
		}
	}
	return true
}

// caseMap is the name table of h1-case-adjust where the proxy's option wants it.
func caseMap(s *lb.Stream, side conf.Options) h1.CaseMap {
	px := s.Front
	if side == conf.OptCaseAdjustServer {
		px = s.Back
	}
	if px == nil || px.Options&side == 0 || len(s.Gen.Conf.Global.H1CaseAdjust) == 0 {
		return nil
	}
	return h1.CaseMap(s.Gen.Conf.Global.H1CaseAdjust)
}
