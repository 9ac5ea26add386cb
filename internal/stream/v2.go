package stream

import (
	"net/netip"
	"slices"

	"segue/internal/lb"
	"segue/internal/wire/h1"
	"segue/internal/wire/proxyproto"
)

// appendV2 appends a version 2 header with the TLVs that proxy-v2-options names.
func appendV2(out []byte, s *lb.Stream, src, dst netip.AddrPort) []byte {
	w := proxyproto.Begin(out, proxyproto.CmdProxy, proxyproto.Stream, src, dst)
	srv := s.Server
	// The order is HAProxy's: formats, checksum, authority, unique id, TLS.
	for i := range srv.TLVs {
		t := &srv.TLVs[i]
		var v []byte
		if t.Value != nil {
			v = t.Value.AppendTo(s.Thread.Line[:0], s)
			s.Thread.Line = v[:0]
		}
		w.TLV(t.Type, v)
	}
	if slices.Contains(srv.Conf.ProxyV2, "crc32c") {
		w.CRC32C()
	}
	if slices.Contains(srv.Conf.ProxyV2, "authority") {
		// the name that the client asked for, as another proxy told us
		if v, ok := proxyproto.TLVs(s.Session.TLVs).Get(proxyproto.TypeAuthority); ok {
			w.TLV(proxyproto.TypeAuthority, v)
		}
	}
	if slices.Contains(srv.Conf.ProxyV2, "unique-id") {
		w.TLV(proxyproto.TypeUniqueID, s.UniqueID())
	}
	if slices.ContainsFunc(srv.Conf.ProxyV2, aboutTLS) {
		// The client's connection is a clear one: no bit is set, and none of the
		// fields about certificates and ciphers stands (specification, 2.2.6).
		w.SSL(&proxyproto.SSL{})
	}
	return w.End()
}

// aboutTLS says whether a word of proxy-v2-options asks for the field about the
// client's TLS: all but three do.
func aboutTLS(word string) bool {
	return word != "authority" && word != "crc32c" && word != "unique-id"
}

// appendSwitch is the head of a 101 or of the answer to a CONNECT.
func appendSwitch(s *lb.Stream) []byte {
	h1.StripHop(&s.Res)
	out := h1.AppendResponse(nil, &s.Res)
	return append(out, "\r\n"...)
}
