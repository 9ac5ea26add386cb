package convert

import (
	"errors"
	"strings"

	"segue/internal/lb"
	"segue/internal/sample"
)

// fieldRows are the converters that cut strings at delimiters.
func fieldRows() []sample.Converter {
	args := []sample.ArgSpec{need("index", sample.ArgInt), need("delimiters", sample.ArgStr), may("count", sample.ArgInt)}
	const form = "index,delimiters[,count]"
	return []sample.Converter{
		{Doc: docArgs("field", form, "The field of that index, from 1, or from the end with a negative one; count 0 takes all that follow."),
			Args: args, In: sample.Str, Out: sample.Str, Check: checkField, Eval: field},
		{Doc: docArgs("ltrim", "chars", "Drops these characters from the beginning."),
			Args: []sample.ArgSpec{need("chars", sample.ArgStr)}, In: sample.Str, Out: sample.Str, Eval: ltrim},
		{Doc: docArgs("param", "name[,delimiter]", "The value of a parameter in a string like that of a query."),
			Args: []sample.ArgSpec{need("name", sample.ArgStr), may("delimiter", sample.ArgStr)}, In: sample.Str, Out: sample.Str, Check: checkParam, Eval: param},
		{Doc: docArgs("rtrim", "chars", "Drops these characters from the end."),
			Args: []sample.ArgSpec{need("chars", sample.ArgStr)}, In: sample.Str, Out: sample.Str, Eval: rtrim},
		{Doc: docArgs("word", form, "Like field, where runs of delimiters count as one."),
			Args: args, In: sample.Str, Out: sample.Str, Check: checkField, Eval: word},
	}
}

func checkField(args []sample.Arg, _ *sample.Scope) error {
	switch {
	case args[0].Int == 0:
		return errors.New("Unexpected value 0 for index") //nolint:staticcheck // HAProxy's words
	case args[1].Str == "":
		return errors.New("Empty separators list") //nolint:staticcheck // HAProxy's words
	}
	if args[2].Type == sample.ArgNone {
		args[2].Int = 1
	}
	return nil
}

func isDelim(c byte, delims string) bool { return strings.IndexByte(delims, c) >= 0 }

// field keeps the input's bytes: the result is a part of it. A field that does
// not exist has no value.
func field(_ *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	index, delims, count := args[0].Int, args[1].Str, args[2].Int
	in := v.Bytes
	if index > 0 {
		start := 0
		for ; index > 1; index-- {
			for start < len(in) && !isDelim(in[start], delims) {
				start++
			}
			if start == len(in) {
				v.Bytes = nil
				return false
			}
			start++
		}
		end := start
		for {
			for end < len(in) && !isDelim(in[end], delims) {
				end++
			}
			if count--; end == len(in) || count == 0 {
				break
			}
			end++
		}
		v.Bytes = in[start:end]
		return true
	}
	end := len(in)
	for ; index < -1; index++ {
		for end > 0 && !isDelim(in[end-1], delims) {
			end--
		}
		if end == 0 {
			v.Bytes = nil
			return false
		}
		end--
	}
	start := end
	for {
		for start > 0 && !isDelim(in[start-1], delims) {
			start--
		}
		if count--; start == 0 || count == 0 {
			break
		}
		start--
	}
	v.Bytes = in[start:end]
	return true
}

// word has no value for a word that does not exist.
func word(_ *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	index, delims, count := args[0].Int, args[1].Str, args[2].Int
	in := v.Bytes
	if index > 0 {
		start, end := 0, 0
		for ; index > 0; index-- {
			start = end
			for start < len(in) && isDelim(in[start], delims) {
				start++
			}
			if start == len(in) {
				v.Bytes = nil
				return false
			}
			for end = start; end < len(in) && !isDelim(in[end], delims); {
				end++
			}
		}
		for last := end; count != 1; count-- {
			for last < len(in) && isDelim(in[last], delims) {
				last++
			}
			if last == len(in) { // fewer words than asked for: all that is left
				end = last
				break
			}
			for last < len(in) && !isDelim(in[last], delims) {
				last++
			}
			end = last
		}
		v.Bytes = in[start:end]
		return true
	}
	start, end := len(in), len(in)
	for ; index < 0; index++ {
		end = start
		for end > 0 && isDelim(in[end-1], delims) {
			end--
		}
		if end == 0 {
			v.Bytes = nil
			return false
		}
		for start = end; start > 0 && !isDelim(in[start-1], delims); {
			start--
		}
	}
	for first := start; count != 1; count-- {
		for first > 0 && isDelim(in[first-1], delims) {
			first--
		}
		if first == 0 {
			start = first
			break
		}
		for first > 0 && !isDelim(in[first-1], delims) {
			first--
		}
		start = first
	}
	v.Bytes = in[start:end]
	return true
}

func ltrim(_ *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	for len(v.Bytes) > 0 && isDelim(v.Bytes[0], args[0].Str) {
		v.Bytes = v.Bytes[1:]
	}
	return true
}

func rtrim(_ *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	for n := len(v.Bytes); n > 0 && isDelim(v.Bytes[n-1], args[0].Str); n-- {
		v.Bytes = v.Bytes[:n-1]
	}
	return true
}

func checkParam(args []sample.Arg, _ *sample.Scope) error {
	if args[1].Type == sample.ArgNone {
		args[1].Str = "&"
	}
	if len(args[1].Str) != 1 {
		return errors.New("Delimiter must be exactly 1 character.") //nolint:staticcheck // HAProxy's words
	}
	return nil
}

// param finds "name=value" or "name" alone, whose value is empty.
func param(_ *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	name, delim := args[0].Str, args[1].Str[0]
	in := v.Bytes
	for at := 0; at <= len(in); {
		end := at
		for end < len(in) && in[end] != delim {
			end++
		}
		part := in[at:end]
		if len(part) >= len(name) && string(part[:len(name)]) == name {
			if len(part) == len(name) {
				v.Bytes = part[len(part):]
				return true
			}
			if part[len(name)] == '=' {
				v.Bytes = part[len(name)+1:]
				return true
			}
		}
		at = end + 1
	}
	return false
}
