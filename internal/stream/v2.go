package stream

import (
	"net/netip"

	"segue/internal/lb"
	"segue/internal/wire/h1"
	"segue/internal/wire/proxyproto"
)

// appendV2 appends a version 2 header with the TLVs that proxy-v2-options names.
func appendV2(out []byte, s *lb.Stream, src, dst netip.AddrPort) []byte {
	var tlvs []proxyproto.TLV
	for _, o := range s.Server.Conf.ProxyV2 {
		switch o {
		case "unique-id":
			if id := UniqueID(s); len(id) > 0 {
				tlvs = append(tlvs, proxyproto.TLV{Type: proxyproto.TypeUniqueID, Value: id})
			}
		case "authority":
			if h := s.Req.Get(0, "host"); h != nil {
				tlvs = append(tlvs, proxyproto.TLV{Type: proxyproto.TypeAuthority, Value: h})
			}
		}
	}
	return proxyproto.AppendV2(out, proxyproto.CmdProxy, src, dst, tlvs...)
}

// appendSwitch is the head of a 101 or of the answer to a CONNECT.
func appendSwitch(s *lb.Stream) []byte {
	h1.StripHop(&s.Res)
	out := h1.AppendResponse(nil, &s.Res)
	return append(out, "\r\n"...)
}
