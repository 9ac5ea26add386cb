package httpfetch

import (
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sample"
)

// fieldListRows are the fetches that count fields or return several.
func fieldListRows() []sample.Fetch {
	req, res := sample.UseReqFields, sample.UseResFields
	name := []sample.ArgSpec{optional("name", sample.ArgStr)}
	count := func(word string, use sample.Use, h side, whole bool, text string) sample.Fetch {
		return sample.Fetch{Doc: docArgs(word, "[name]", text), Args: name, Out: sample.Int, Use: use,
			Check: checkHeader, Eval: counter(h, whole)}
	}
	const (
		parts = "How many comma-separated values the field has, over all its lines."
		lines = "How many lines the field has."
	)
	delim := []sample.ArgSpec{optional("delimiter", sample.ArgStr)}
	return []sample.Fetch{
		count("hdr_cnt", req, request, false, "Old name of req.hdr_cnt."),
		count("req.fhdr_cnt", req, request, true, lines),
		count("req.hdr_cnt", req, request, false, parts),
		count("res.fhdr_cnt", res, response, true, lines),
		count("res.hdr_cnt", res, response, false, parts),
		count("shdr_cnt", res, response, false, "Old name of res.hdr_cnt."),
		{Doc: docArgs("req.hdr_names", "[delimiter]", "The names of all fields, with commas or the delimiter between."),
			Args: delim, Out: sample.Str, Use: req, Eval: namesOf(request)},
		{Doc: doc("req.hdrs", "All fields as they are sent, up to and with the empty line."),
			Out: sample.Bin, Use: req, Eval: allOf(request)},
		{Doc: doc("req.hdrs_bin", "All fields in binary: names and values with varint lengths, two empty strings at the end."),
			Out: sample.Bin, Use: req, Eval: allBinary(request)},
		{Doc: docArgs("res.hdr_names", "[delimiter]", "The names of all fields, with commas or the delimiter between."),
			Args: delim, Out: sample.Str, Use: res, Eval: namesOf(response)},
		{Doc: doc("res.hdrs", "All fields as they are sent, up to and with the empty line."),
			Out: sample.Bin, Use: res, Eval: allOf(response)},
		{Doc: doc("res.hdrs_bin", "All fields in binary: names and values with varint lengths, two empty strings at the end."),
			Out: sample.Bin, Use: res, Eval: allBinary(response)},
	}
}

// counter returns a fetch that counts values, or whole lines.
func counter(h side, whole bool) evalFunc {
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		head := h(s)
		if head == nil {
			return false
		}
		w := walker{h: head, id: htx.ID(args[0].Int), name: args[0].Str, whole: whole}
		n := int64(0)
		for _, ok := w.next(); ok; _, ok = w.next() {
			n++
		}
		v.SetInt(n)
		return true
	}
}

// appendLower appends b with its ASCII letters in lower case, as HAProxy keeps
// the names of fields.
func appendLower(dst, b []byte) []byte {
	for _, c := range b {
		if c-'A' < 26 {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

func namesOf(h side) evalFunc {
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		head := h(s)
		if head == nil {
			return false
		}
		delim := byte(',')
		if args[0].Str != "" {
			delim = args[0].Str[0]
		}
		b := sample.Begin(s.Thread)
		for i := range head.Fields {
			if head.Fields[i].Flags&htx.Deleted != 0 {
				continue
			}
			if len(b) > 0 {
				b = append(b, delim)
			}
			b = appendLower(b, head.Name(i))
		}
		v.SetStr(sample.End(s.Thread, b))
		return true
	}
}

func allOf(h side) evalFunc {
	return func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
		head := h(s)
		if head == nil {
			return false
		}
		b := sample.Begin(s.Thread)
		for i := range head.Fields {
			if head.Fields[i].Flags&htx.Deleted != 0 {
				continue
			}
			b = append(appendLower(b, head.Name(i)), ": "...)
			b = append(append(b, head.Value(i)...), "\r\n"...)
		}
		v.Type, v.Bytes = sample.Str, sample.End(s.Thread, append(b, "\r\n"...))
		return true
	}
}

func allBinary(h side) evalFunc {
	return func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
		head := h(s)
		if head == nil {
			return false
		}
		b := sample.Begin(s.Thread)
		for i := range head.Fields {
			if head.Fields[i].Flags&htx.Deleted != 0 {
				continue
			}
			name, value := head.Name(i), head.Value(i)
			b = appendLower(appendVarint(b, len(name)), name)
			b = append(appendVarint(b, len(value)), value...)
		}
		v.Type, v.Bytes = sample.Bin, sample.End(s.Thread, append(b, 0, 0))
		return true
	}
}

// appendVarint appends n as SPOP and the peers protocol write it (SPOE.txt 3.1).
func appendVarint(dst []byte, n int) []byte {
	u := uint64(n)
	if u < 240 {
		return append(dst, byte(u))
	}
	dst = append(dst, byte(u)|240)
	u = (u - 240) >> 4
	for ; u >= 128; u = (u - 128) >> 7 {
		dst = append(dst, byte(u)|128)
	}
	return append(dst, byte(u))
}
