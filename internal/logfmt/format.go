package logfmt

import (
	"bytes"

	"segue/internal/lb"
	"segue/internal/sample"
)

// Options say where a format stands.
type Options struct {
	// Log: a log line. What is missing is "-", as a reader of columns expects.
	Log bool
	// Merge: runs of blanks are one blank, none at the start (log-format,
	// log-format-sd, unique-id-format).
	Merge bool
	// HTTP: values go into header fields: what these cannot hold is
	// written as %XX.
	HTTP bool
	// Place is where the format is evaluated; expressions that cannot work
	// there are refused. 0 means sample.Everywhere.
	Place sample.Place
	// Bytes is told of fetches that read a buffer; may be nil. They find nothing
	// where a message has been parsed.
	Bytes func(fetch string)
	// Diag takes remarks that only -dD shows; may be nil.
	Diag func(msg string)
}

// Format is a compiled log-format string.
type Format struct {
	items    []item
	opts     flags // of "%{...}o", common to all items
	use      sample.Use
	http     bool // escapes values as header fields need it
	needsSrc bool
}

var _ lb.Formatter = (*Format)(nil)

// flags are what "%{+Q,-X}" switches, and the options of the place.
type flags uint16

const (
	quote     flags = 1 << iota // Q
	hexa                        // X
	escape                      // E
	binary                      // bin
	asJSON                      // json
	asCBOR                      // cbor
	must                        // M: "-" for what is missing
	encoded   = asJSON | asCBOR
	rewritten = escape | encoded
)

// cast is the type that "%(name:type)" forces.
type cast uint8

const (
	asIs cast = iota
	toStr
	toSint
	toBool
	raw
)

type kind uint8

const (
	isText kind = iota
	isByte      // text of one byte
	isSpace
	isExpr
	isNumber
	isString
)

// item is one part of a format.
type item struct {
	kind kind
	bare bool // neither flags nor an encoding: the fast path
	cast cast
	opts flags
	num  func(s *lb.Stream) (int64, numState)                      // isNumber
	str  func(dst []byte, s *lb.Stream, opts flags) ([]byte, bool) // isString
	text string
	name string
	expr *sample.Expr
	al   *alias
}

// Use returns what the format's expressions draw on.
func (f *Format) Use() sample.Use { return f.use }

// WantsServer reports whether the format shows the connection to the server, which
// must be remembered for it until the log line is written.
func (f *Format) WantsServer() bool { return f.needsSrc || f.use&sample.UseServer4 != 0 }

// Constant returns the format's text if nothing of it depends on the stream.
func (f *Format) Constant() (string, bool) {
	for i := range f.items {
		if k := f.items[i].kind; k != isText && k != isByte && k != isSpace {
			return "", false
		}
	}
	if f.opts&encoded != 0 {
		return "", false
	}
	return string(f.AppendTo(nil, nil)), true
}

// AppendTo implements lb.Formatter. dst must not be the thread's arena.
func (f *Format) AppendTo(dst []byte, s *lb.Stream) []byte {
	if f.opts&encoded != 0 {
		n := len(dst)
		if dst = f.appendEncoded(dst, s); f.http {
			dst = encodeTail(dst, n)
		}
		return dst
	}
	space := true // the last byte is a blank that a format's blank would repeat
	for i := range f.items {
		it := &f.items[i]
		switch it.kind {
		case isByte:
			dst = append(dst, it.text[0])
		case isText:
			dst = append(dst, it.text...)
		case isSpace:
			if !space {
				dst = append(dst, ' ')
			}
			space = true
			continue
		case isNumber:
			// Fast path: most items of a log line (BenchmarkHTTPLog).
			if it.bare {
				v, st := it.num(s)
				if st == plain {
					dst = appendInt(dst, v)
					break
				}
				if st == absent && it.opts&(must|quote) == 0 {
					continue
				}
				dst = appendNumber(dst, v, st, it.opts)
				break
			}
			n := len(dst)
			if dst = it.appendPlain(dst, s, f.http); len(dst) == n {
				continue
			}
		case isString:
			n := len(dst)
			if it.bare {
				var ok bool
				if dst, ok = it.str(dst, s, it.opts); !ok && it.opts&must != 0 && !it.al.none {
					dst = append(dst, '-')
				}
				if f.http {
					dst = encodeTail(dst, n)
				}
			} else {
				dst = it.appendPlain(dst, s, f.http)
			}
			if len(dst) == n {
				continue // nothing was written: blanks around it are one
			}
		default: // an expression: the blanks around one without value both stay
			dst = it.appendPlain(dst, s, f.http)
		}
		space = false
	}
	return dst
}

// appendPlain appends an item that is no member of an encoded whole. Whatever its
// flags are, http leaves nothing in it that a header field cannot hold.
func (it *item) appendPlain(dst []byte, s *lb.Stream, http bool) []byte {
	mark := len(dst)
	switch {
	case it.opts&encoded != 0:
		dst = it.appendValue(dst, s, it.opts)
	default:
		dst = it.appendFast(dst, s, http)
	}
	if http && it.kind != isNumber {
		dst = encodeTail(dst, mark)
	}
	if it.opts&rewritten != escape {
		return dst
	}
	if it.kind == isNumber || it.al != nil && (it.al.list || it.al.date) {
		return dst
	}
	return escapeTail(dst, mark, it.opts&quote != 0)
}

// appendFast appends an item, with its quotes. Benchmark: BenchmarkHTTPLog.
func (it *item) appendFast(dst []byte, s *lb.Stream, http bool) []byte {
	switch it.kind {
	case isNumber:
		v, st := it.num(s)
		return appendNumber(dst, v, st, it.opts)
	case isExpr:
		return it.appendExpr(dst, s, http)
	}
	if it.opts&quote != 0 && !it.al.list && !it.al.date {
		if it.al.addr && it.opts&hexa != 0 {
			return it.appendDigits(dst, s)
		}
		dst = append(dst, '"')
		mark := len(dst)
		var ok bool
		if dst, ok = it.str(dst, s, it.opts); !ok && it.al.none {
			return dst[:mark-1]
		}
		return append(dst, '"')
	}
	dst, ok := it.str(dst, s, it.opts)
	if !ok && it.opts&must != 0 && !it.al.none {
		dst = append(dst, '-')
	}
	return dst
}

// appendDigits appends what is quoted only where it is missing.
func (it *item) appendDigits(dst []byte, s *lb.Stream) []byte {
	dst, ok := it.str(dst, s, it.opts)
	if !ok {
		dst = append(dst, `""`...)
	}
	return dst
}

// appendExpr appends an expression's value.
func (it *item) appendExpr(dst []byte, s *lb.Stream, http bool) []byte {
	mark := sample.Mark(s.Thread)
	q := it.opts&quote != 0
	if q {
		dst = append(dst, '"')
	}
	v := sample.Take(s)
	ok := it.expr.Eval(s, v)
	if ok {
		start := len(dst)
		switch {
		case v.Type == sample.Bin && it.opts&binary != 0:
			dst = append(dst, v.Bytes...)
		default:
			dst, ok = sample.AppendString(dst, v)
			if i := bytes.IndexByte(dst[start:], 0); i >= 0 && !http {
				dst = dst[:start+i] // as HAProxy does, whose texts end there
			}
		}
		ok = ok && len(dst) > start // "-" stands for what is empty, too
	}
	if q {
		dst = append(dst, '"')
	} else if !ok && it.opts&must != 0 {
		dst = append(dst, '-')
	}
	sample.Give(s)
	sample.Release(s.Thread, mark)
	return dst
}
