package convert

import (
	"bytes"
	"errors"

	"segue/internal/lb"
	"segue/internal/sample"
)

// textRows are the converters that put strings together or cut them.
func textRows() []sample.Converter {
	return []sample.Converter{
		{Doc: docArgs("add_item", "delimiter[,variable[,suffix]]", "Appends a variable and a suffix, after a delimiter if there is something on both sides."),
			Args: []sample.ArgSpec{need("delimiter", sample.ArgStr), need("variable", sample.ArgStr), may("suffix", sample.ArgStr)}, In: sample.Str, Out: sample.Str, Check: checkAddItem, Eval: addItem},
		{Doc: docArgs("concat", "[start[,variable[,end]]]", "Appends a text, the value of a variable and another text."),
			Args: []sample.ArgSpec{need("start", sample.ArgStr), may("variable", sample.ArgStr), may("end", sample.ArgStr)}, In: sample.Str, Out: sample.Str, Check: checkConcat, Eval: concat},
		{Doc: doc("cut_crlf", "Cuts the string before the first CR or LF."), In: sample.Str, Out: sample.Str, Eval: cutCRLF},
		{Doc: docArgs("iif", "true,false", "One text or the other, by the truth of the input."),
			Args: []sample.ArgSpec{need("true", sample.ArgStr), need("false", sample.ArgStr)}, In: sample.Bool, Out: sample.Str, Eval: iif},
	}
}

func checkConcat(args []sample.Arg, sc *sample.Scope) error {
	if args[1].Str == "" {
		return nil
	}
	if args[1].Ref = variable(args[1].Str, sc); args[1].Ref == sample.Var(nil) {
		return errors.New("failed to register variable name '" + args[1].Str + "'")
	}
	return nil
}

func checkAddItem(args []sample.Arg, sc *sample.Scope) error {
	if args[1].Str == "" && args[2].Str == "" {
		return errors.New("one of the optional arguments has to be nonempty")
	}
	return checkConcat(args, sc)
}

// stringOf returns the string that a variable holds, nil if it has none.
func stringOf(s *lb.Stream, a *sample.Arg) []byte {
	ref, ok := a.Ref.(sample.Var)
	if !ok {
		return nil
	}
	v := sample.Take(s)
	defer sample.Give(s)
	if !ref.Get(s, v) || !sample.Cast(s, v, sample.Str) {
		return nil
	}
	return v.Bytes
}

func concat(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	held := stringOf(s, &args[1]) // before Begin: it may need the arena
	b := append(sample.Begin(s.Thread), v.Bytes...)
	b = append(b, args[0].Str...)
	b = append(b, held...)
	return keep(s, v, sample.Str, append(b, args[2].Str...))
}

func addItem(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	held := stringOf(s, &args[1])
	b := append(sample.Begin(s.Thread), v.Bytes...)
	if len(b) > 0 && len(held)+len(args[2].Str) > 0 {
		b = append(b, args[0].Str...)
	}
	b = append(b, held...)
	return keep(s, v, sample.Str, append(b, args[2].Str...))
}

func cutCRLF(_ *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	if at := bytes.IndexAny(v.Bytes, "\r\n"); at >= 0 {
		v.Bytes = v.Bytes[:at]
	}
	return true
}

func iif(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	text := args[1].Str
	if v.Int != 0 {
		text = args[0].Str
	}
	v.SetString(s.Thread, text)
	return true
}
