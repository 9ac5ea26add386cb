package pattern

import (
	"fmt"
	"strconv"
	"strings"
)

// dialect rewrites a PCRE expression over bytes in the words of the backtracking
// engine, which is of .NET's family and works on code points: each byte becomes
// the code point of its value; classes become plain sets of bytes, since POSIX
// names mean nothing there and \d and its like take more than ASCII; groups lose
// their names, which would number them after the others; and \Q, \h, \R, \v, \g
// and the forms of (?P are spelled out. What it does not know it leaves for the
// engine to judge.
type dialect struct {
	in     string
	out    strings.Builder
	groups int
	names  map[string]int
	failed bool // it has a class that is not understood
}

// byteClasses are PCRE's classes of one letter and the POSIX ones, as ranges of
// bytes in pairs. man pcre2pattern, "Generic character types".
var byteClasses = map[string]string{
	"d": "09", "w": "09AZ__az", "s": "\t\r  ", "h": "\t\t  \xa0\xa0", "v": "\n\r\x85\x85",
	"alnum": "09AZaz", "alpha": "AZaz", "ascii": "\x00\x7f", "blank": "\t\t  ", "cntrl": "\x00\x1f\x7f\x7f", "digit": "09",
	"graph": "!~", "lower": "az", "print": " ~", "punct": "!/:@[`{~", "space": "\t\r  ", "upper": "AZ", "word": "09AZ__az", "xdigit": "09AFaf",
}

// byteSet is a class: which bytes it takes.
type byteSet [256]bool

func (s *byteSet) add(ranges string, not bool) {
	var in byteSet
	for i := 0; i+1 < len(ranges); i += 2 {
		for c := int(ranges[i]); c <= int(ranges[i+1]); c++ {
			in[c] = true
		}
	}
	for c := range in {
		s[c] = s[c] || in[c] != not
	}
}

// write spells the set, or what is not in it, as a class; also where that is
// nothing, or everything.
func (s *byteSet) write(out *strings.Builder, not bool) {
	if *s == (byteSet{}) {
		*s, not = allBytes(), !not
	}
	out.WriteByte('[')
	if not {
		out.WriteByte('^')
	}
	for c := 0; c < len(s); c++ {
		if !s[c] {
			continue
		}
		from := c
		for c+1 < len(s) && s[c+1] {
			c++
		}
		fmt.Fprintf(out, `\x%02x-\x%02x`, from, c)
	}
	out.WriteByte(']')
}

// allBytes is the set that takes each byte.
func allBytes() (s byteSet) {
	s.add("\x00\xff", false)
	return s
}

// translate returns the expression for the backtracking engine; ok is false if
// it has a class that would not mean the same there.
func translate(text string) (_ string, ok bool) {
	d := dialect{in: text, names: map[string]int{}}
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case '\\':
			i = d.escape(i + 1)
		case '[':
			i = d.class(i)
		case '(':
			i = d.group(i + 1)
		default:
			d.out.WriteRune(rune(c))
			i++
		}
	}
	return d.out.String(), !d.failed
}

// literal writes a byte that stands for itself.
func (d *dialect) literal(c byte) { fmt.Fprintf(&d.out, `\x%02x`, c) }

// refer writes a reference to a group so that a digit behind it is its own.
func (d *dialect) refer(group int) { d.out.WriteString(`(?:\` + strconv.Itoa(group) + `)`) }

// escape rewrites what follows a backslash at i-1, and returns what is behind it.
func (d *dialect) escape(i int) int {
	if i == len(d.in) {
		d.out.WriteByte('\\')
		return i
	}
	switch c := d.in[i]; {
	case c == 'Q':
		end := strings.Index(d.in[i:], `\E`)
		for k := i + 1; k < len(d.in) && (end < 0 || k < i+end); k++ {
			d.literal(d.in[k])
		}
		if end < 0 {
			return len(d.in)
		}
		return i + end + 2
	case c == 'E':
	case c == 'R':
		d.out.WriteString(`(?>\r\n|[\n-\r\x85])`)
	case c == 'N':
		d.out.WriteString(`[^\n]`)
	case strings.IndexByte("dwshvDWSHV", c) >= 0:
		var s byteSet
		s.add(byteClasses[strings.ToLower(string(c))], c < 'a')
		s.write(&d.out, false)
	case c == 'g' || c == 'k':
		return d.reference(i)
	case c == '_' || c >= 0x80:
		d.literal(c)
	default:
		d.out.WriteByte('\\')
		d.out.WriteByte(c)
	}
	return i + 1
}

// reference rewrites \gN, \g{N}, \g{-N}, \g{name} and the forms of \k at i.
func (d *dialect) reference(i int) int {
	rest := d.in[i+1:]
	end, name := 0, ""
	switch {
	case rest == "":
	case strings.IndexByte("{<'", rest[0]) >= 0:
		if n := strings.IndexByte(rest[1:], "}>'"[strings.IndexByte("{<'", rest[0])]); n >= 0 {
			name, end = rest[1:1+n], n+2
		}
	default:
		for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
			end++
		}
		name = rest[:end]
	}
	group, known := d.names[name]
	if n, err := strconv.Atoi(name); err == nil && (d.in[i] == 'g' && rest[0] != '<' && rest[0] != '\'') {
		group, known = n, true
		if n < 0 {
			group = d.groups + 1 + n
		}
	}
	if !known || group < 1 {
		d.out.WriteString(`\` + d.in[i:i+1]) // the engine says what is wrong
		return i + 1
	}
	d.refer(group)
	return i + 1 + end
}

// group rewrites what follows a parenthesis at i-1.
func (d *dialect) group(i int) int {
	rest := d.in[i:]
	if !strings.HasPrefix(rest, "?") {
		if !strings.HasPrefix(rest, "*") {
			d.groups++
		}
		d.out.WriteByte('(')
		return i
	}
	if end := strings.IndexByte(rest, ')'); end >= 0 {
		if name, ok := strings.CutPrefix(rest[:end], "?P="); ok && d.names[name] > 0 {
			d.refer(d.names[name])
			return i + end + 1
		}
		if strings.HasPrefix(rest, "?#") {
			return i + end + 1
		}
	}
	for _, open := range []string{"?P<", "?<", "?'"} {
		name, ok := strings.CutPrefix(rest, open)
		if !ok || name == "" || name[0] == '=' || name[0] == '!' {
			continue
		}
		end := strings.IndexAny(name, ">'")
		if end < 1 {
			break
		}
		d.groups++
		d.names[name[:end]] = d.groups
		d.out.WriteByte('(')
		return i + len(open) + end + 1
	}
	d.out.WriteString("(?")
	return i + 1
}
