package actions

import (
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/pattern"
	"segue/internal/rule"
)

// replaceRows are the actions that match a regular expression against field
// values.
func replaceRows() []rule.Action {
	return []rule.Action{
		{Doc: doc("replace-header", "<name> <match-regex> <replace-fmt>", "Replaces whole field values that match."), Sets: httpAll, Parse: parseReplace(false)},
		{Doc: doc("replace-value", "<name> <match-regex> <replace-fmt>", "Replaces comma-separated values that match."), Sets: httpAll, Parse: parseReplace(true)},
	}
}

type replace struct {
	field
	re     *pattern.Regex
	fmt    *logfmt.Format
	values bool // each value of a list by itself
}

func parseReplace(values bool) func(p *rule.Parser) lb.Action {
	return func(p *rule.Parser) lb.Action {
		if !p.Args(3) {
			return p.Fail("expects exactly 3 arguments")
		}
		a := &replace{field: fieldOf(p.Next()), values: values}
		if a.re = regex(p, ""); a.re == nil {
			return nil
		}
		if a.fmt = p.HeaderFormat(); a.fmt == nil {
			return nil
		}
		return a
	}
}

// regex reads a regular expression; nil after an error, which prefix begins.
func regex(p *rule.Parser, prefix string) *pattern.Regex {
	re, err := pattern.CompileRegex(p.Next(), false)
	if err != nil {
		p.Fail("%s%s", prefix, err)
		return nil
	}
	if re.Backtracking() {
		p.Warnf(p.At()-1, pattern.SlowRegex, p.Words[p.At()-1].Text)
	}
	return re
}

// Exec implements lb.Action.
func (a *replace) Exec(s *lb.Stream) lb.Verdict {
	h := s.Head()
	if frames(a.id) {
		return lb.Continue
	}
	for i := h.Next(0, a.id, a.lower); i >= 0; i = h.Next(i+1, a.id, a.lower) {
		if a.values {
			if v := a.list(s, h, i); v != lb.Continue {
				return v
			}
			continue
		}
		out, ok := a.expand(s, h.Value(i))
		if !ok {
			continue
		}
		if !room(s, h, len(a.name)+len(out)+4) {
			return failed(s)
		}
		h.Set(i, out)
	}
	return lb.Continue
}

// expand returns what replaces subject, in the thread's Line; false if that does
// not match. The template is made for each value anew, as the expressions in it
// may see earlier replacements.
func (a *replace) expand(s *lb.Stream, subject []byte) ([]byte, bool) {
	var offsets [20]int
	groups := a.re.AppendGroups(offsets[:0], subject)
	if len(groups) == 0 {
		return nil, false
	}
	template := text(s, a.fmt)
	n := len(template)
	s.Thread.Line = appendBackrefs(template, template, subject, groups)
	return s.Thread.Line[n:], true
}

// list replaces values of the comma-separated field i.
func (a *replace) list(s *lb.Stream, h *htx.Head, i int) lb.Verdict {
	v := h.Value(i)
	var buf [512]byte
	out, changed := buf[:0], false
	for at := 0; at <= len(v); {
		end := itemEnd(v, at)
		first, last := trimRange(v, at, end)
		out = append(out, v[at:first]...)
		if first < last {
			if r, ok := a.expand(s, v[first:last]); ok {
				out, changed = append(out, r...), true
			} else {
				out = append(out, v[first:last]...)
			}
		}
		out = append(out, v[last:end]...)
		if end < len(v) {
			out = append(out, ',')
		}
		at = end + 1
	}
	if !changed {
		return lb.Continue
	}
	if !room(s, h, len(a.name)+len(out)+4) {
		return failed(s)
	}
	h.Set(i, out)
	return lb.Continue
}

// itemEnd returns where the list item that begins at at ends: at a comma
// outside quotes (RFC 9110 5.6.1, 5.6.4) or at the end.
func itemEnd(v []byte, at int) int {
	quoted := false
	for ; at < len(v); at++ {
		switch {
		case v[at] == '\\' && quoted:
			at++
		case v[at] == '"':
			quoted = !quoted
		case v[at] == ',' && !quoted:
			return at
		}
	}
	return len(v)
}

// trimRange shrinks a range of v by surrounding blanks.
func trimRange(v []byte, from, to int) (int, int) {
	for from < to && (v[from] == ' ' || v[from] == '\t') {
		from++
	}
	for to > from && (v[to-1] == ' ' || v[to-1] == '\t') {
		to--
	}
	return from, to
}

// appendBackrefs appends template with \0 to \9 replaced by groups of subject;
// \xHH is a byte and any other escaped byte stands for itself. groups holds
// pairs of offsets, -1 for none.
func appendBackrefs(dst, template, subject []byte, groups []int) []byte {
	for i := 0; i < len(template); i++ {
		c := template[i]
		if c != '\\' || i+1 == len(template) {
			dst = append(dst, c)
			continue
		}
		i++
		switch c = template[i]; {
		case c-'0' <= 9:
			if g := 2 * int(c-'0'); g+1 < len(groups) && groups[g] >= 0 {
				dst = append(dst, subject[groups[g]:groups[g+1]]...)
			}
		case c == 'x' && i+2 < len(template) && hexDigit(template[i+1]) >= 0 && hexDigit(template[i+2]) >= 0:
			dst = append(dst, byte(hexDigit(template[i+1])<<4|hexDigit(template[i+2])))
			i += 2
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func hexDigit(c byte) int {
	switch {
	case c-'0' <= 9:
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
