package httpfetch

import (
	"fmt"
	"strings"

	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sample"
)

// hdrArgs are the arguments of most fetches of header fields.
var hdrArgs = []sample.ArgSpec{optional("name", sample.ArgStr), optional("occurrence", sample.ArgInt)}

// maxOccurrence bounds how far back a negative occurrence may count.
const maxOccurrence = 10

// checkHeader prepares the name of a field for comparison: lower case in Str
// and its number in Int.
func checkHeader(args []sample.Arg, _ *sample.Scope) error {
	args[0].Str = strings.ToLower(args[0].Str)
	args[0].Int = int64(htx.Lookup([]byte(args[0].Str)))
	if len(args) > 1 && args[1].Int < -maxOccurrence {
		return fmt.Errorf("header occurrence must be >= %d", -maxOccurrence)
	}
	return nil
}

// fieldRows are the fetches of one value of a header field.
func fieldRows() []sample.Fetch {
	const form = "[name[,occurrence]]"
	req, res := sample.UseReqFields, sample.UseResFields
	row := func(name string, out sample.Type, use sample.Use, eval evalFunc, text string) sample.Fetch {
		return sample.Fetch{Doc: docArgs(name, form, text), Args: hdrArgs, Out: out, Use: use, Check: checkHeader, Eval: eval}
	}
	const (
		part  = "The last comma-separated value of a field, or the given one; ACLs look at each."
		whole = "The last whole line of a field, or the given one; ACLs look at each."
	)
	return []sample.Fetch{
		row("hdr", sample.Str, req|res, hdr, "req.hdr in request rules, res.hdr in response rules."),
		row("hdr_ip", sample.Addr, req, reqHdrIP, "Old name of req.hdr_ip."),
		row("hdr_val", sample.Int, req, reqHdrVal, "Old name of req.hdr_val."),
		row("req.fhdr", sample.Str, req, reqFhdr, whole),
		row("req.hdr", sample.Str, req, reqHdr, part),
		row("req.hdr_ip", sample.Addr, req, reqHdrIP, "Like req.hdr, as an address."),
		row("req.hdr_val", sample.Int, req, reqHdrVal, "Like req.hdr, as an integer."),
		row("res.fhdr", sample.Str, res, resFhdr, whole),
		row("res.hdr", sample.Str, res, resHdr, part),
		row("res.hdr_ip", sample.Addr, res, resHdrIP, "Like res.hdr, as an address."),
		row("res.hdr_val", sample.Int, res, resHdrVal, "Like res.hdr, as an integer."),
		row("shdr", sample.Str, res, resHdr, "Old name of res.hdr."),
		row("shdr_ip", sample.Addr, res, resHdrIP, "Old name of res.hdr_ip."),
		row("shdr_val", sample.Int, res, resHdrVal, "Old name of res.hdr_val."),
	}
}

func hdr(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	return field(s, message(s), args, v, false)
}

func reqHdr(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	return field(s, request(s), args, v, false)
}

func resHdr(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	return field(s, response(s), args, v, false)
}

func reqFhdr(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	return field(s, request(s), args, v, true)
}

func resFhdr(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	return field(s, response(s), args, v, true)
}

func reqHdrVal(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	return reqHdr(s, args, v) && number(v)
}

func resHdrVal(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	return resHdr(s, args, v) && number(v)
}

// number turns a string into the integer that it begins with.
func number(v *sample.Value) bool {
	n, _ := sample.ParseInt(v.Bytes)
	v.SetInt(n)
	return true
}

func reqHdrIP(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	return fieldAddr(s, args, v, reqHdr)
}

func resHdrIP(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	return fieldAddr(s, args, v, resHdr)
}

// fieldAddr takes the next value that is an address: while an ACL looks at each,
// values that are none are passed over.
func fieldAddr(s *lb.Stream, args []sample.Arg, v *sample.Value, next evalFunc) bool {
	for next(s, args, v) {
		if a, ok := headerAddr(v.Bytes); ok {
			v.SetAddr(a)
			return true
		}
		if v.Flags&sample.NotLast == 0 {
			break
		}
		*v = sample.Value{}
	}
	return false
}

// field is what all fetches of field values do. While an ACL iterates, the place
// of the next value is kept in s.Iter: the index of the field, and one more than
// the offset in its value.
func field(s *lb.Stream, h *htx.Head, args []sample.Arg, v *sample.Value, whole bool) bool {
	if h == nil {
		return false
	}
	w := walker{h: h, id: htx.ID(args[0].Int), name: args[0].Str, whole: whole}
	occ := args[1].Int
	if occ == 0 && s.Iterate {
		w.i, w.at = int(s.Iter[0]), int(s.Iter[1])
		b, ok := w.next()
		if !ok {
			return false
		}
		s.Iter[0], s.Iter[1] = uint32(w.i), uint32(w.at)
		text(v, b)
		if w.more() {
			v.Flags |= sample.NotLast
		}
		return true
	}
	b, ok := w.pick(occ)
	return ok && text(v, b)
}

// walker goes through the values of the fields of one name.
type walker struct {
	h     *htx.Head
	id    htx.ID
	name  string // lower case; "" = every field
	whole bool   // lines are not split at commas
	i     int    // index of the current field
	at    int    // where its next value begins, plus one; 0 = its first
}

// find returns the index of the field at or after i.
func (w *walker) find(i int) int {
	if w.name != "" {
		return w.h.Next(i, w.id, w.name)
	}
	for ; i < len(w.h.Fields); i++ {
		if w.h.Fields[i].Flags&htx.Deleted == 0 {
			return i
		}
	}
	return -1
}

// next returns the next value.
func (w *walker) next() ([]byte, bool) {
	i := w.find(w.i)
	if i < 0 {
		return nil, false
	}
	if i != w.i {
		w.i, w.at = i, 0
	}
	value := w.h.Value(i)
	if w.whole {
		w.i++
		return trim(value), true // a rule may have set one with blanks around it
	}
	start := max(w.at-1, 0)
	end := elementEnd(value, start)
	if end < len(value) {
		w.at = end + 2 // behind the comma
	} else {
		w.i, w.at = i+1, 0
	}
	return trim(value[start:end]), true
}

// more reports whether next has another value.
func (w *walker) more() bool { return w.find(w.i) >= 0 }

// pick returns the value number n, counted from 1, or from the end if n is
// negative; 0 is the last.
func (w *walker) pick(n int64) ([]byte, bool) {
	if n == 0 {
		n = -1
	}
	if n < 0 {
		all := *w
		total := int64(0)
		var b, last []byte
		for ok := true; ok; total++ {
			if b, ok = all.next(); !ok {
				break
			}
			last = b
		}
		if n == -1 { // Fast path: one walk for the usual "last one".
			return last, total > 0
		}
		if n += total + 1; n <= 0 {
			return nil, false
		}
	}
	for ; n > 1; n-- {
		if _, ok := w.next(); !ok {
			return nil, false
		}
	}
	return w.next()
}

// elementEnd returns where the element of a list that begins at at ends: at a
// comma outside quotes, or at the end.
func elementEnd(value []byte, at int) int {
	quoted := false
	for ; at < len(value); at++ {
		switch value[at] {
		case ',':
			if !quoted {
				return at
			}
		case '"':
			quoted = !quoted
		case '\\':
			if quoted {
				at++
			}
		}
	}
	return len(value)
}

func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}
