package convert

import (
	"segue/internal/lb"
	"segue/internal/sample"
)

// caseRows are the simplest converters of strings.
func caseRows() []sample.Converter {
	return []sample.Converter{
		{Doc: doc("length", "The number of bytes."), In: sample.Str, Out: sample.Int, Eval: length},
		{Doc: doc("lower", "Lowercases ASCII letters."), In: sample.Str, Out: sample.Str, Eval: lower},
		{Doc: doc("reverse", "The bytes from last to first."), In: sample.Str, Out: sample.Str, Eval: reverse},
		{Doc: doc("reverse_dom", "The labels of a domain name from last to first; a dot at the end is dropped."), In: sample.Str, Out: sample.Str, Eval: reverseDom},
		{Doc: doc("upper", "Uppercases ASCII letters."), In: sample.Str, Out: sample.Str, Eval: upper},
	}
}

func length(_ *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	v.SetInt(int64(len(v.Bytes)))
	return true
}

func lower(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	b := append(sample.Begin(s.Thread), v.Bytes...)
	for i, c := range b {
		if c-'A' < 26 {
			b[i] = c | 0x20
		}
	}
	return keep(s, v, sample.Str, b)
}

func upper(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	b := append(sample.Begin(s.Thread), v.Bytes...)
	for i, c := range b {
		if c-'a' < 26 {
			b[i] = c &^ 0x20
		}
	}
	return keep(s, v, sample.Str, b)
}

func reverse(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	b := sample.Begin(s.Thread)
	for i := len(v.Bytes) - 1; i >= 0; i-- {
		b = append(b, v.Bytes[i])
	}
	return keep(s, v, sample.Str, b)
}

func reverseDom(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	in := v.Bytes
	if n := len(in); n > 0 && in[n-1] == '.' {
		in = in[:n-1]
	}
	b := sample.Begin(s.Thread)
	for end := len(in); end >= 0; {
		start := end
		for start > 0 && in[start-1] != '.' {
			start--
		}
		if start == end {
			return false // an empty label, or a name without any
		}
		b = append(b, in[start:end]...)
		if start == 0 {
			break
		}
		b = append(b, '.')
		end = start - 1
	}
	return keep(s, v, sample.Str, b)
}
