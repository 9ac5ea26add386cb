package convert

import (
	"bytes"
	"strings"

	"segue/internal/lb"
	"segue/internal/sample"
)

// languageRows is the converter of Accept-Language fields.
func languageRows() []sample.Converter {
	return []sample.Converter{
		{Doc: docArgs("language", "list[,default]", "The language of a \";\"-separated list that an Accept-Language field likes best."),
			Args: []sample.ArgSpec{need("list", sample.ArgStr), may("default", sample.ArgStr)}, In: sample.Str, Out: sample.Str, Eval: language},
	}
}

// language takes the first among those with the highest quality. A language
// with a variant ("fr-ca") that is not listed counts as its base ("fr").
func language(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	best, bestQ := "", 0
	for rest := v.Bytes; len(rest) > 0; {
		var item []byte
		item, rest, _ = bytes.Cut(rest, []byte(","))
		name, params, _ := bytes.Cut(item, []byte(";"))
		q := quality(bytes.TrimSpace(params))
		if q <= bestQ {
			continue
		}
		name = bytes.TrimSpace(name)
		word := listed(args[0].Str, name)
		if word == "" {
			if base, _, ok := bytes.Cut(name, []byte("-")); ok {
				word = listed(args[0].Str, base)
			}
		}
		if word != "" {
			best, bestQ = word, q
		}
	}
	if bestQ == 0 {
		if args[1].Type == sample.ArgNone {
			return false
		}
		best = args[1].Str
	}
	v.SetString(s.Thread, best)
	return true
}

// listed returns the element of the list that is name, "" if there is none.
func listed(list string, name []byte) string {
	for len(list) > 0 {
		var item string
		item, list, _ = strings.Cut(list, ";")
		if item == string(name) {
			return item
		}
	}
	return ""
}

// quality reads "q=0.5" in thousandths; 1000 when there is none.
func quality(p []byte) int {
	if len(p) < 3 || p[0]|0x20 != 'q' || p[1] != '=' {
		return 1000
	}
	q, scale, dot := 0, 1000, false
	for _, c := range p[2:] {
		switch {
		case c == '.' && !dot:
			dot = true
		case c-'0' <= 9 && !dot:
			q = q*10 + int(c-'0')*1000
		case c-'0' <= 9:
			scale /= 10
			q += int(c-'0') * scale
		default:
			return min(q, 1000)
		}
	}
	return min(q, 1000)
}
