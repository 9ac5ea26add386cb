package stream

import (
	"net/netip"

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
		s.Req.AddString(htx.Other, s.Front.UniqueIDHeader, UniqueID(s))
	}
	ff := s.Back.ForwardFor
	if ff == nil {
		ff = s.Front.ForwardFor
	}
	if ff != nil {
		addAddr(s, ff, s.Session.Src.Addr(), htx.XForwardedFor)
	}
	ot := s.Back.OriginalTo
	if ot == nil {
		ot = s.Front.OriginalTo
	}
	if ot != nil {
		addAddr(s, ot, Dst(s).Addr(), htx.XOriginalTo)
	}
}

func addAddr(s *lb.Stream, w *conf.AddrHeader, addr netip.Addr, id htx.ID) {
	if !addr.IsValid() || w.Except.IsValid() && w.Except.Contains(addr.Unmap()) {
		return
	}
	if w.Custom {
		id = htx.Lookup([]byte(w.Name))
	}
	if w.IfNone && s.Req.Next(0, id, w.Lower) >= 0 {
		return
	}
	var text [48]byte
	s.Req.AddString(id, w.Name, addr.Unmap().AppendTo(text[:0]))
}

// UniqueID is the stream's unique id, made on first use. Manual 4.2
// "unique-id-format".
func UniqueID(s *lb.Stream) []byte {
	if len(s.Unique) == 0 && s.Front.UniqueID != nil {
		s.Unique = append(s.Unique[:0], s.Front.UniqueID.AppendTo(s.Thread.Line[:0], s)...)
	}
	return s.Unique
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
