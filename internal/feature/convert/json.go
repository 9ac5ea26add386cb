package convert

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"segue/internal/lb"
	"segue/internal/sample"
)

// jsonRows are the converters to and from JSON (RFC 8259).
func jsonRows() []sample.Converter {
	return []sample.Converter{
		{Doc: docArgs("json", "[code]", "Escapes a string for JSON. The input code is ascii, utf8 (fails on errors), utf8s (drops errors), utf8p (accepts overlong forms) or utf8ps."),
			Args: []sample.ArgSpec{need("code", sample.ArgStr)}, In: sample.Str, Out: sample.Str, Check: checkJSON, Eval: toJSON},
		{Doc: docArgs("json_query", "path[,type]", "The value at a JSON path; the type is str or int."),
			Args: []sample.ArgSpec{need("path", sample.ArgStr), may("type", sample.ArgStr)}, In: sample.Str, Out: sample.Any, Check: checkQuery, Eval: jsonQuery},
	}
}

// Bits of the input code.
const (
	jsonUTF8   = 1 << iota
	jsonSilent // drop what is wrong
	jsonLoose  // accept overlong forms
)

func checkJSON(args []sample.Arg, _ *sample.Scope) error {
	codes := map[string]int64{"": 0, "ascii": 0, "utf8": jsonUTF8, "utf8s": jsonUTF8 | jsonSilent,
		"utf8p": jsonUTF8 | jsonLoose, "utf8ps": jsonUTF8 | jsonSilent | jsonLoose}
	code, ok := codes[args[0].Str]
	if !ok {
		return errors.New("Unexpected input code type. Allowed value are 'ascii', 'utf8', 'utf8s', 'utf8p' and 'utf8ps'") //nolint:staticcheck // HAProxy's words
	}
	args[0].Int = code
	return nil
}

func toJSON(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	mode := args[0].Int
	b := sample.Begin(s.Thread)
	for in := v.Bytes; len(in) > 0; {
		r, n, ok := rune(in[0]), 1, true
		if mode&jsonUTF8 != 0 {
			r, n, ok = decodeRune(in, mode&jsonLoose != 0)
		}
		in = in[n:]
		if !ok || r > 0xffff {
			if mode&jsonSilent != 0 {
				continue
			}
			return false
		}
		b = appendJSON(b, r)
	}
	return keep(s, v, sample.Str, b)
}

// decodeRune is utf8.DecodeRune that can accept overlong forms.
func decodeRune(in []byte, loose bool) (rune, int, bool) {
	r, n := utf8.DecodeRune(in)
	if r != utf8.RuneError || n > 1 {
		return r, n, true
	}
	c := in[0]
	want := 0
	switch {
	case c>>5 == 6:
		want, r = 2, rune(c&0x1f)
	case c>>4 == 14:
		want, r = 3, rune(c&0x0f)
	case c>>3 == 30:
		want, r = 4, rune(c&0x07)
	}
	if want == 0 || len(in) < want {
		return 0, 1, false
	}
	for i := 1; i < want; i++ {
		if in[i]>>6 != 2 {
			return 0, i, false
		}
		r = r<<6 | rune(in[i]&0x3f)
	}
	overlong := utf8.RuneLen(r) > 0 && utf8.RuneLen(r) < want
	return r, want, loose && overlong
}

const hexLower = "0123456789abcdef"

// appendJSON appends one character. All but printable ASCII is escaped by
// number.
func appendJSON(b []byte, r rune) []byte {
	switch r {
	case '"', '\\', '/':
		return append(b, '\\', byte(r))
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	if r >= ' ' && r < 0x7f {
		return append(b, byte(r))
	}
	return append(b, '\\', 'u', hexLower[r>>12&15], hexLower[r>>8&15], hexLower[r>>4&15], hexLower[r&15])
}

func checkQuery(args []sample.Arg, _ *sample.Scope) error {
	switch args[1].Str {
	case "", "str", "int":
	default:
		return errors.New("output_type only supports \"int\" and \"str\" as argument")
	}
	path, err := parsePath(args[0].Str)
	if err != nil {
		return err
	}
	args[0].Ref = path
	return nil
}

// step is one element of a JSON path: a member's name or an array's index.
type step struct {
	name  string
	index int // -1: a name
}

// never is an index that no array has.
const never = 1 << 30

// parsePath reads "$.a.b[0]['c']"; a backslash before a dot makes it part of
// the name.
func parsePath(text string) ([]step, error) {
	bad := fmt.Errorf("invalid json_path '%s'", text)
	if text == "" || text[0] != '$' {
		return []step{{index: never}}, nil // accepted, and never found
	}
	var path []step
	for i := 1; i < len(text); {
		switch text[i] {
		case '.':
			i++
			var name []byte
			for ; i < len(text) && text[i] != '.' && text[i] != '['; i++ {
				if text[i] == '\\' && i+1 < len(text) {
					i++
				}
				name = append(name, text[i])
			}
			if len(name) == 0 {
				return nil, bad
			}
			path = append(path, step{string(name), -1})
		case '[':
			end := i + 1
			for end < len(text) && text[end] != ']' {
				end++
			}
			if end == len(text) || end == i+1 {
				return nil, bad
			}
			inner := text[i+1 : end]
			if q := inner[0]; (q == '\'' || q == '"') && len(inner) > 2 && inner[len(inner)-1] == q {
				path = append(path, step{inner[1 : len(inner)-1], -1})
			} else {
				n, used := sample.ParseInt([]byte(inner))
				if used != len(inner) || n < 0 {
					return nil, bad
				}
				path = append(path, step{index: int(n)})
			}
			i = end + 1
		default:
			return nil, bad
		}
	}
	return path, nil
}

// jsonQuery walks to the value without decoding what it passes.
func jsonQuery(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	val, ok := findJSON(v.Bytes, args[0].Ref.([]step))
	if !ok || len(val) == 0 {
		return false
	}
	switch c := val[0]; {
	case c == '"':
		b, ok := unescape(sample.Begin(s.Thread), val[1:len(val)-1])
		if !ok {
			return false
		}
		keep(s, v, sample.Str, b)
		return args[1].Str != "int" || sample.Cast(s, v, sample.Int)
	case c == 't', c == 'f':
		v.SetBool(c == 't')
	case c == 'n', c == '{':
		return false
	case c == '[':
		v.SetStr(val)
	default:
		return jsonNumber(v, val, args[1].Str == "int")
	}
	return true
}

// jsonNumber gives integers as such and all other numbers as strings, unless an
// integer is asked for.
func jsonNumber(v *sample.Value, val []byte, asInt bool) bool {
	n, used := sample.ParseInt(val)
	if used == len(val) || asInt {
		v.SetInt(n)
		return used > 0
	}
	v.SetStr(val)
	return true
}
