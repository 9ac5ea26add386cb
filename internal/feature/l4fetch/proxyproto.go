package l4fetch

import (
	"errors"
	"strconv"
	"strings"

	"segue/internal/lb"
	"segue/internal/sample"
	"segue/internal/wire/proxyproto"
)

// proxyProtoRows are the fetches of what a PROXY header said.
func proxyProtoRows() []sample.Fetch {
	use := sample.UseClient4
	return []sample.Fetch{
		{Doc: doc("fc_pp_authority", layer4, "The host name that the PROXY header names (TLV 0x02)."), Out: sample.Str, Use: use, Check: asks(tlvNames["AUTHORITY"]), Eval: tlv(tlvNames["AUTHORITY"])},
		{Doc: docArgs("fc_pp_tlv", "id", layer4, "A TLV of the PROXY header, by its number or name."),
			Args: arg("id", sample.ArgStr), Out: sample.Str, Use: sample.UseClient5, Check: checkTLV, Eval: anyTLV},
		{Doc: doc("fc_pp_unique_id", layer4, "The unique ID that the PROXY header holds (TLV 0x05)."), Out: sample.Str, Use: use, Check: asks(tlvNames["UNIQUE_ID"]), Eval: tlv(tlvNames["UNIQUE_ID"])},
		{Doc: doc("fc_rcvd_proxy", layer4, "True when the connection began with a PROXY header."), Out: sample.Bool, Use: use,
			Eval: boolean(func(s *lb.Stream) bool { return s.Session != nil && s.Session.Flags&lb.RcvdProxy != 0 })},
	}
}

// tlvNames are the TLVs that have a name (proxy-protocol.txt 2.2).
var tlvNames = map[string]uint8{
	"ALPN": 0x01, "AUTHORITY": 0x02, "CRC32C": 0x03, "NETNS": 0x30, "NOOP": 0x04, "SSL": 0x20, "UNIQUE_ID": 0x05,
}

func checkTLV(args []sample.Arg, sc *sample.Scope) error {
	n, ok := tlvNames[strings.ToUpper(args[0].Str)]
	if !ok {
		number, err := strconv.ParseUint(args[0].Str, 0, 8)
		if err != nil {
			return errors.New("unknown TLV type '" + args[0].Str + "'")
		}
		n = uint8(number)
	}
	args[0].Int = int64(n)
	return asks(n)(args, sc)
}

// asks notes that an expression reads a type of TLV: sessions keep no others. A
// session from before a reload has those that the old configuration asked for.
func asks(typ uint8) func([]sample.Arg, *sample.Scope) error {
	return func(_ []sample.Arg, sc *sample.Scope) error {
		if sc != nil && sc.Gen != nil {
			sc.Gen.TLVs.Add(typ)
		}
		return nil
	}
}

func readTLV(s *lb.Stream, typ uint8, v *sample.Value) bool {
	if s.Session == nil {
		return false
	}
	b, ok := proxyproto.TLVs(s.Session.TLVs).Get(typ)
	return ok && text(v, b)
}

func tlv(typ uint8) evalFunc {
	return func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool { return readTLV(s, typ, v) }
}

func anyTLV(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	return readTLV(s, uint8(args[0].Int), v)
}
