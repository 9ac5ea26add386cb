package actions

import (
	"bytes"
	"slices"

	"segue/internal/lb"
	"segue/internal/rule"
	"segue/internal/stream"
)

// A normalizer appends a normal form of in to dst. It returns false for what
// "strict" refuses. Manual 4.4 "normalize-uri".
type normalizer func(dst, in []byte, option bool) ([]byte, bool)

// normalizers are the forms with the part of the target that they work on and
// the option that they know.
var normalizers = map[string]struct {
	part   part
	option string
	f      normalizer
}{
	"fragment-encode":           {uri, "", encodeFragment},
	"fragment-strip":            {uri, "", stripFragment},
	"path-merge-slashes":        {path, "", mergeSlashes},
	"path-strip-dot":            {path, "", stripDot},
	"path-strip-dotdot":         {path, "full", stripDotDot},
	"percent-decode-unreserved": {pathQuery, "strict", decodeUnreserved},
	"percent-to-uppercase":      {pathQuery, "strict", upperPercent},
	"query-sort-by-name":        {query, "", sortQuery},
}

func normalizeRow() rule.Action {
	return rule.Action{Doc: doc("normalize-uri", "<normalizer> [ full | strict ]", "Brings the request target into a normal form."), Sets: httpReq, Parse: parseNormalize}
}

type normalize struct {
	part   part
	f      normalizer
	option bool
}

func parseNormalize(p *rule.Parser) lb.Action {
	if g := p.Scope.Gen; g == nil || g.Conf == nil || !g.Conf.Global.ExposeExperimental {
		p.Experimental("normalize-uri")
		return nil
	}
	if p.Left() == 0 {
		return p.Fail("missing argument <normalizer>")
	}
	name := p.Next()
	n, ok := normalizers[name]
	if !ok {
		return p.Fail("unknown normalizer '%s'", name)
	}
	a := &normalize{part: n.part, f: n.f}
	if n.option != "" && !p.AtCond() {
		if p.Peek() != n.option {
			return p.FailAt(p.At(), "unknown argument '%s' for '%s' normalizer", p.Peek(), name)
		}
		p.Next()
		a.option = true
	}
	return a
}

// Exec implements lb.Action.
func (a *normalize) Exec(s *lb.Stream) lb.Verdict {
	h := &s.Req
	var in []byte
	switch a.part {
	case uri:
		in = h.Bytes(h.Target)
	case path:
		in = h.Path()
	case pathQuery:
		in = h.PathQuery()
	case query:
		in = h.Query()
	}
	if len(in) == 0 {
		return lb.Continue
	}
	out, ok := a.f(s.Thread.Line[:0], in, a.option)
	s.Thread.Line = out
	switch {
	case !ok:
		s.SetTerm('P', 'R')
		return stream.Error(s, 400)
	case bytes.Equal(in, out):
		return lb.Continue
	}
	return put(s, a.part, out)
}

func encodeFragment(dst, in []byte, _ bool) ([]byte, bool) {
	for _, c := range in {
		if c == '#' {
			dst = append(dst, "%23"...)
			continue
		}
		dst = append(dst, c)
	}
	return dst, true
}

func stripFragment(dst, in []byte, _ bool) ([]byte, bool) {
	if i := bytes.IndexByte(in, '#'); i >= 0 {
		in = in[:i]
	}
	return append(dst, in...), true
}

func mergeSlashes(dst, in []byte, _ bool) ([]byte, bool) {
	for i, c := range in {
		if c != '/' || i == 0 || in[i-1] != '/' {
			dst = append(dst, c)
		}
	}
	return dst, true
}

// stripDot removes "." segments (RFC 3986 6.2.2.3).
func stripDot(dst, in []byte, _ bool) ([]byte, bool) {
	for i := 0; i < len(in); i++ {
		if in[i] == '.' && (i == 0 || in[i-1] == '/') && (i+1 == len(in) || in[i+1] == '/') {
			i++ // the slash behind it goes, too
			continue
		}
		dst = append(dst, in[i])
	}
	return dst, true
}

// stripDotDot merges ".." segments with those before; full drops those at the
// beginning.
func stripDotDot(dst, in []byte, full bool) ([]byte, bool) {
	start := len(dst)
	floor := start // before it nothing can be taken back
	for rest := in; len(rest) > 0; {
		end := bytes.IndexByte(rest, '/')
		seg := rest
		if end >= 0 {
			seg = rest[:end+1]
		}
		rest = rest[len(seg):]
		name := bytes.TrimSuffix(seg, []byte("/"))
		switch {
		case string(name) != "..":
			dst = append(dst, seg...)
			if len(seg) == 1 && len(dst) == start+1 {
				floor = len(dst) // the first slash stays
			}
		case len(dst) > floor:
			cut := bytes.LastIndexByte(dst[floor:len(dst)-1], '/')
			dst = dst[:floor+cut+1]
		case !full:
			dst = append(dst, seg...)
			floor = len(dst)
		}
	}
	return dst, true
}

// unreserved are the characters that need no encoding (RFC 3986 2.3).
func unreserved(c byte) bool {
	return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '.' || c == '_' || c == '~'
}

// escape reads "%XX" at the start of b.
func escapeAt(b []byte) (c byte, ok bool) {
	if len(b) < 3 || hexDigit(b[1]) < 0 || hexDigit(b[2]) < 0 {
		return 0, false
	}
	return byte(hexDigit(b[1])<<4 | hexDigit(b[2])), true
}

func decodeUnreserved(dst, in []byte, strict bool) ([]byte, bool) {
	for i := 0; i < len(in); i++ {
		if in[i] != '%' {
			dst = append(dst, in[i])
			continue
		}
		c, ok := escapeAt(in[i:])
		switch {
		case !ok && strict:
			return dst, false
		case ok && unreserved(c):
			dst = append(dst, c)
			i += 2
		default:
			dst = append(dst, '%')
		}
	}
	return dst, true
}

func upperPercent(dst, in []byte, strict bool) ([]byte, bool) {
	for i := 0; i < len(in); i++ {
		dst = append(dst, in[i])
		if in[i] != '%' {
			continue
		}
		if _, ok := escapeAt(in[i:]); !ok {
			if strict {
				return dst, false
			}
			continue
		}
		for _, c := range in[i+1 : i+3] {
			if c >= 'a' {
				c -= 0x20
			}
			dst = append(dst, c)
		}
		i += 2
	}
	return dst, true
}

// sortQuery sorts the parameters by name and keeps the order of equal ones.
func sortQuery(dst, in []byte, _ bool) ([]byte, bool) {
	params := bytes.Split(in, []byte("&"))
	slices.SortStableFunc(params, func(a, b []byte) int {
		a, _, _ = bytes.Cut(a, []byte("="))
		b, _, _ = bytes.Cut(b, []byte("="))
		return bytes.Compare(a, b)
	})
	for i, p := range params {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, p...)
	}
	return dst, true
}
