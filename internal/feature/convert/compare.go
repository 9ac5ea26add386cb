package convert

import (
	"crypto/subtle"
	"errors"

	"segue/internal/lb"
	"segue/internal/sample"
)

// compareRows are the converters that compare the input with a variable.
func compareRows() []sample.Converter {
	args := []sample.ArgSpec{need("variable", sample.ArgStr)}
	return []sample.Converter{
		{Doc: docArgs("secure_memcmp", "variable", "True if the bytes are those of a variable, in a time that does not depend on them."),
			Args: args, In: sample.Bin, Out: sample.Bool, Check: checkVariable, Eval: secureMemcmp},
		{Doc: docArgs("strcmp", "variable", "0 if the string is that of a variable, else less or more than 0 by their order."),
			Args: args, In: sample.Str, Out: sample.Int, Check: checkVariable, Eval: strcmp},
	}
}

func checkVariable(args []sample.Arg, sc *sample.Scope) error {
	ref := variable(args[0].Str, sc)
	if ref == nil {
		return errors.New("failed to register variable name '" + args[0].Str + "'")
	}
	args[0].Ref = ref
	return nil
}

func secureMemcmp(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	other := sample.Take(s)
	defer sample.Give(s)
	if !args[0].Ref.(sample.Var).Get(s, other) || !sample.Cast(s, other, sample.Bin) {
		return false
	}
	v.SetBool(subtle.ConstantTimeCompare(v.Bytes, other.Bytes) == 1)
	return true
}

// strcmp compares as many bytes as both have, then the lengths.
func strcmp(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	other := sample.Take(s)
	defer sample.Give(s)
	if !args[0].Ref.(sample.Var).Get(s, other) || !sample.Cast(s, other, sample.Str) {
		return false
	}
	a, b := v.Bytes, other.Bytes
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			v.SetInt(int64(a[i]) - int64(b[i]))
			return true
		}
	}
	v.SetInt(int64(len(a) - len(b)))
	return true
}
