package stream

import (
	"net/netip"

	"segue/internal/lb"
	"segue/internal/wire/h1"
	"segue/internal/wire/proxyproto"
)

// appendV2 appends a version 2 header with the TLVs that proxy-v2-options names.
func appendV2(out []byte, s *lb.Stream, src, dst netip.AddrPort) []byte {
	w := proxyproto.Begin(out, proxyproto.CmdProxy, proxyproto.Stream, src, dst)
	srv := s.Server
	for _, o := range s.Server.Conf.ProxyV2 {
		switch o {
		case "unique-id":
			if id := UniqueID(s); len(id) > 0 {
				w.TLV(proxyproto.TypeUniqueID, id)
			}
		case "authority":
			// the name that the client asked for, as another proxy told us
			if v, ok := proxyproto.TLVs(s.Session.TLVs).Get(proxyproto.TypeAuthority); ok {
				w.TLV(proxyproto.TypeAuthority, v)
			}
		case "crc32c":
			w.CRC32C()
		}
	}
	for i := range srv.TLVs {
		t := &srv.TLVs[i]
		var v []byte
		if t.Value != nil {
			v = t.Value.AppendTo(s.Thread.Line[:0], s)
			s.Thread.Line = v[:0]
		} else if old, ok := proxyproto.TLVs(s.Session.TLVs).Get(t.Type); ok {
			v = old
		}
		w.TLV(t.Type, v)
	}
	return w.End()
}

// appendSwitch is the head of a 101 or of the answer to a CONNECT.
func appendSwitch(s *lb.Stream) []byte {
	h1.StripHop(&s.Res)
	out := h1.AppendResponse(nil, &s.Res)
	return append(out, "\r\n"...)
}
