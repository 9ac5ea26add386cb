package convert

import (
	"bytes"
	"fmt"

	"segue/internal/lb"
	"segue/internal/sample"
)

// urlRows are the converters of URLs and of Host fields.
func urlRows() []sample.Converter {
	return []sample.Converter{
		{Doc: doc("host_only", "The host of a Host field, in lower case, without its port."), In: sample.Str, Out: sample.Str, Eval: hostOnly},
		{Doc: doc("port_only", "The port of a Host field; 0 if it has none."), In: sample.Str, Out: sample.Int, Eval: portOnly},
		{Doc: docArgs("url_dec", "[form]", "Decodes %XX; \"+\" is a blank in the query string, or everywhere if the argument is 1."),
			Args: []sample.ArgSpec{may("form", sample.ArgInt)}, In: sample.Str, Out: sample.Str, Eval: urlDec},
		{Doc: docArgs("url_enc", "[type]", "Encodes all but unreserved characters as %XX; the type is \"query\"."),
			Args: []sample.ArgSpec{{Name: "type", Type: sample.ArgStr}}, In: sample.Str, Out: sample.Str, Check: checkURLEnc, Eval: urlEnc},
	}
}

// splitHost separates host and port. An IPv6 address keeps its brackets.
func splitHost(b []byte) (host, port []byte) {
	at := bytes.LastIndexByte(b, ':')
	if at < 0 || bytes.IndexByte(b[at:], ']') >= 0 {
		return b, nil
	}
	for _, c := range b[at+1:] {
		if c-'0' > 9 {
			return b, nil
		}
	}
	return b[:at], b[at+1:]
}

func hostOnly(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	v.Bytes, _ = splitHost(v.Bytes)
	return lower(s, args, v)
}

func portOnly(_ *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	_, port := splitHost(v.Bytes)
	n, _ := sample.ParseInt(port)
	v.SetInt(n)
	return true
}

// urlDec has no value if a "%" is not followed by two digits.
func urlDec(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	form := args[0].Int != 0
	b := sample.Begin(s.Thread)
	in := v.Bytes
	for i := 0; i < len(in); i++ {
		switch c := in[i]; {
		case c == '+' && form:
			b = append(b, ' ')
		case c == '?' && !form:
			form = true
			b = append(b, c)
		case c == '%':
			if i+2 >= len(in) {
				return false
			}
			hi, ok1 := hexValue(in[i+1])
			lo, ok2 := hexValue(in[i+2])
			if !ok1 || !ok2 {
				return false
			}
			b = append(b, hi<<4|lo)
			i += 2
		default:
			b = append(b, c)
		}
	}
	return keep(s, v, sample.Str, b)
}

func checkURLEnc(args []sample.Arg, _ *sample.Scope) error {
	if args[0].Str != "" && args[0].Str != "query" {
		return fmt.Errorf("'%s' is not a supported encoding: only 'query' is", args[0].Str)
	}
	return nil
}

// urlEnc keeps the unreserved characters of RFC 3986 2.3.
func urlEnc(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	b := sample.Begin(s.Thread)
	for _, c := range v.Bytes {
		switch {
		case c-'0' <= 9, c|0x20 >= 'a' && c|0x20 <= 'z', c == '-', c == '_', c == '.', c == '~':
			b = append(b, c)
		default:
			b = append(b, '%', hexUpper[c>>4], hexUpper[c&15])
		}
	}
	return keep(s, v, sample.Str, b)
}
