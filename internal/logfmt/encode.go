package logfmt

import (
	"segue/internal/lb"
	"segue/internal/sample"
)

// appendEncoded appends the named items as one JSON object or CBOR map. The
// latter is in hexadecimal digits unless the format has "bin".
func (f *Format) appendEncoded(dst []byte, s *lb.Stream) []byte {
	json := f.opts&asJSON != 0
	if json {
		dst = append(dst, '{')
	} else {
		dst = f.cborByte(dst, 0xBF)
	}
	first := true
	for i := range f.items {
		it := &f.items[i]
		if it.name == "" {
			continue
		}
		if json {
			if !first {
				dst = append(dst, ", "...)
			}
			dst = append(dst, '"')
			dst = append(dst, it.name...)
			dst = append(dst, `": `...)
		} else {
			dst = cborText(dst, []byte(it.name), f.opts)
		}
		first = false
		dst = it.appendValue(dst, s, f.opts)
	}
	if json {
		return append(dst, '}')
	}
	return f.cborByte(dst, 0xFF)
}

func (f *Format) cborByte(dst []byte, b byte) []byte { return cborBytes(dst, []byte{b}, f.opts) }

// value is an item's value before it is encoded.
type value struct {
	kind vkind
	n    int64
	text []byte // in the thread's arena or in a message
	esc  bool   // text has #XX escapes
	list [][]byte
}

type vkind uint8

const (
	vNull vkind = iota // no such thing here: null in JSON, too
	vMissing
	vInt
	vBool
	vText
	vBin
	vList
)

// appendValue appends an item's value in JSON or CBOR.
func (it *item) appendValue(dst []byte, s *lb.Stream, opts flags) []byte {
	mark := sample.Mark(s.Thread)
	v := it.value(s)
	v.force(it.cast, s)
	if opts&asJSON != 0 {
		dst = v.json(dst, it.cast == raw)
	} else {
		dst = v.cbor(dst, opts)
	}
	sample.Release(s.Thread, mark)
	return dst
}

// value evaluates an item.
func (it *item) value(s *lb.Stream) (v value) {
	switch it.kind {
	case isNumber:
		n, st := it.num(s)
		if st == absent {
			return value{kind: vMissing}
		}
		return value{kind: vInt, n: n}
	case isExpr:
		sv := sample.Take(s)
		defer sample.Give(s)
		if !it.expr.Eval(s, sv) {
			return value{kind: vMissing}
		}
		switch sv.Type {
		case sample.Int:
			return value{kind: vInt, n: sv.Int}
		case sample.Bool:
			return value{kind: vBool, n: sv.Int}
		case sample.Bin:
			return value{kind: vBin, text: sv.Bytes}
		}
		b, _ := sample.AppendString(sample.Begin(s.Thread), sv)
		if len(b) == 0 {
			return value{kind: vMissing}
		}
		return value{kind: vText, text: sample.End(s.Thread, b)}
	}
	if it.al.list {
		return it.listValue(s)
	}
	b, ok := it.str(sample.Begin(s.Thread), s, it.opts&^(quote|escape))
	if !ok {
		if it.al.none {
			return value{}
		}
		return value{kind: vMissing}
	}
	return value{kind: vText, text: sample.End(s.Thread, b), esc: it.al.esc}
}

// missing is what a list has for a field that was not there.
var missing = []byte("-")

// listValue is the captures one by one.
func (it *item) listValue(s *lb.Stream) value {
	dir := 0
	if it.al.Name == "%hsl" {
		dir = 1
	}
	n := len(s.Front.Captures[dir])
	if n == 0 || s.Flags&lb.Unparsed != 0 {
		return value{}
	}
	v := value{kind: vList, esc: true}
	for i := range n {
		var c []byte
		if i < len(s.Captured[dir]) {
			c = appendEscaped(sample.Begin(s.Thread), s.Captured[dir][i], &unsafeCapture, '#')
			c = sample.End(s.Thread, c)
		}
		if len(c) == 0 && it.opts&quote == 0 {
			c = missing
		}
		v.list = append(v.list, c)
	}
	return v
}

// force applies "%(name:type)".
func (v *value) force(to cast, s *lb.Stream) {
	if v.kind == vNull || v.kind == vMissing || v.kind == vList {
		return
	}
	number := v.kind == vInt || v.kind == vBool
	switch to {
	case toStr, raw:
		if number {
			b := appendInt(sample.Begin(s.Thread), v.n)
			v.kind, v.text = vText, sample.End(s.Thread, b)
		}
	case toSint, toBool:
		if !number {
			v.n, _ = sample.ParseInt(v.text)
			if to == toSint && len(v.text) > 0 && v.n == 0 && v.text[0]-'0' > 9 {
				return // not a number: the text stays
			}
		}
		v.kind = vInt
		if to == toBool {
			v.kind = vBool
		}
	}
}

// json appends the value in JSON; bare leaves out quotes.
func (v *value) json(dst []byte, bare bool) []byte {
	switch v.kind {
	case vNull:
		return append(dst, "null"...)
	case vMissing:
		return append(dst, `""`...)
	case vInt:
		return appendInt(dst, v.n)
	case vBool:
		if v.n != 0 {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case vList:
		dst = append(dst, '[')
		for i, c := range v.list {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendJSON(dst, c)
		}
		return append(dst, ']')
	}
	text := v.text
	if i := indexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	if bare {
		return append(dst, text...)
	}
	return appendJSON(dst, text)
}
