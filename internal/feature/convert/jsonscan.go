package convert

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds the nesting of what is scanned.
const maxDepth = 64

// findJSON returns the bytes of the value at path, without surrounding blanks.
func findJSON(text []byte, path []step) ([]byte, bool) {
	p := scanner{b: text}
	p.blank()
	for _, st := range path {
		var ok bool
		if st.index >= 0 {
			ok = p.element(st.index)
		} else {
			ok = p.member(st.name)
		}
		if !ok {
			return nil, false
		}
	}
	start := p.at
	if !p.skip(0) {
		return nil, false
	}
	return text[start:p.at], true
}

// scanner goes over JSON text.
type scanner struct {
	b  []byte
	at int
}

func (p *scanner) peek() byte {
	if p.at < len(p.b) {
		return p.b[p.at]
	}
	return 0
}

func (p *scanner) blank() {
	for p.at < len(p.b) && (p.b[p.at] == ' ' || p.b[p.at] == '\t' || p.b[p.at] == '\n' || p.b[p.at] == '\r') {
		p.at++
	}
}

// eat passes c and the blanks around it.
func (p *scanner) eat(c byte) bool {
	p.blank()
	if p.peek() != c {
		return false
	}
	p.at++
	p.blank()
	return true
}

// str passes a string and returns what is between its quotes, as written.
func (p *scanner) str() ([]byte, bool) {
	if p.peek() != '"' {
		return nil, false
	}
	start := p.at + 1
	for i := start; i < len(p.b); i++ {
		switch p.b[i] {
		case '\\':
			i++
		case '"':
			p.at = i + 1
			return p.b[start:i], true
		}
	}
	return nil, false
}

// member goes to the value of a member of an object.
func (p *scanner) member(name string) bool {
	if !p.eat('{') {
		return false
	}
	for {
		key, ok := p.str()
		if !ok || !p.eat(':') {
			return false
		}
		if string(key) == name {
			return true
		}
		if !p.skip(1) || !p.eat(',') {
			return false
		}
	}
}

// element goes to an element of an array.
func (p *scanner) element(n int) bool {
	if !p.eat('[') {
		return false
	}
	for ; n > 0; n-- {
		if !p.skip(1) || !p.eat(',') {
			return false
		}
	}
	return p.peek() != ']'
}

// skip passes one value.
func (p *scanner) skip(depth int) bool {
	switch c := p.peek(); {
	case depth > maxDepth || c == 0:
		return false
	case c == '"':
		_, ok := p.str()
		return ok
	case c == '{':
		return p.list('}', depth, true)
	case c == '[':
		return p.list(']', depth, false)
	}
	start := p.at
	for p.at < len(p.b) {
		switch p.b[p.at] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return p.at > start
		}
		p.at++
	}
	return p.at > start
}

// list passes an object or an array.
func (p *scanner) list(end byte, depth int, keys bool) bool {
	p.at++
	if p.blank(); p.peek() == end {
		p.at++
		return true
	}
	for {
		if keys {
			if _, ok := p.str(); !ok || !p.eat(':') {
				return false
			}
		}
		if !p.skip(depth + 1) {
			return false
		}
		p.blank()
		switch p.peek() {
		case end:
			p.at++
			return true
		case ',':
			p.at++
			p.blank()
		default:
			return false
		}
	}
}

// unescape appends the text of a JSON string.
func unescape(dst, in []byte) ([]byte, bool) {
	for i := 0; i < len(in); i++ {
		if in[i] != '\\' {
			dst = append(dst, in[i])
			continue
		}
		if i++; i == len(in) {
			return dst, false
		}
		switch in[i] {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, ok := unit(in[i+1:])
			if !ok {
				return dst, false
			}
			i += 4
			if utf16.IsSurrogate(r) && i+6 < len(in) && in[i+1] == '\\' && in[i+2] == 'u' {
				if low, ok := unit(in[i+3:]); ok {
					r = utf16.DecodeRune(r, low)
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, in[i])
		}
	}
	return dst, true
}

// unit reads four hexadecimal digits.
func unit(in []byte) (rune, bool) {
	if len(in) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(in[:4]), 16, 16)
	return rune(n), err == nil
}
