package convert

import (
	"encoding/base64"
	"encoding/binary"

	"segue/internal/lb"
	"segue/internal/sample"
)

// codecRows are the converters between binary and its representations.
func codecRows() []sample.Converter {
	return []sample.Converter{
		{Doc: doc("b64dec", "Decodes base64 (RFC 4648)."), In: sample.Str, Out: sample.Bin, Eval: decode64(base64.StdEncoding)},
		{Doc: doc("base2", "Eight binary digits for each byte."), In: sample.Bin, Out: sample.Str, Eval: base2},
		{Doc: doc("base64", "Encodes in base64 (RFC 4648)."), In: sample.Bin, Out: sample.Str, Eval: encode64(base64.StdEncoding)},
		{Doc: doc("hex", "Two upper-case hexadecimal digits for each byte."), In: sample.Bin, Out: sample.Str, Eval: toHex},
		{Doc: doc("hex2i", "The integer that hexadecimal digits stand for."), In: sample.Str, Out: sample.Int, Eval: hex2i},
		{Doc: doc("htonl", "The lower 32 bits, as 4 bytes in network order."), In: sample.Int, Out: sample.Bin, Eval: htonl},
		{Doc: doc("ub64dec", "Decodes base64url, with or without padding (RFC 4648 5)."), In: sample.Str, Out: sample.Bin, Eval: decode64(base64.URLEncoding)},
		{Doc: doc("ub64enc", "Encodes in base64url without padding (RFC 4648 5)."), In: sample.Bin, Out: sample.Str, Eval: encode64(base64.RawURLEncoding)},
	}
}

// decode64 has no value for what is not well-formed. base64url may lack its
// padding.
func decode64(enc *base64.Encoding) evalFunc {
	return func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
		in, dec := v.Bytes, enc
		if enc == base64.URLEncoding && (len(in) == 0 || in[len(in)-1] != '=') {
			dec = base64.RawURLEncoding
		}
		for _, c := range in { // Go's decoder passes over line ends
			if c == '\r' || c == '\n' {
				return false
			}
		}
		b, err := dec.AppendDecode(sample.Begin(s.Thread), in)
		return err == nil && keep(s, v, sample.Bin, b)
	}
}

func encode64(enc *base64.Encoding) evalFunc {
	return func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
		return keep(s, v, sample.Str, enc.AppendEncode(sample.Begin(s.Thread), v.Bytes))
	}
}

const hexUpper = "0123456789ABCDEF"

func toHex(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	b := sample.Begin(s.Thread)
	for _, c := range v.Bytes {
		b = append(b, hexUpper[c>>4], hexUpper[c&15])
	}
	return keep(s, v, sample.Str, b)
}

func hex2i(_ *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	n := int64(0)
	for _, c := range v.Bytes {
		d, ok := hexValue(c)
		if !ok {
			return false
		}
		n = n<<4 | int64(d)
	}
	v.SetInt(n)
	return true
}

func hexValue(c byte) (byte, bool) {
	switch {
	case c-'0' <= 9:
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

func base2(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	b := sample.Begin(s.Thread)
	for _, c := range v.Bytes {
		for bit := 7; bit >= 0; bit-- {
			b = append(b, '0'+c>>bit&1)
		}
	}
	return keep(s, v, sample.Str, b)
}

func htonl(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	return keep(s, v, sample.Bin, binary.BigEndian.AppendUint32(sample.Begin(s.Thread), uint32(v.Int)))
}
