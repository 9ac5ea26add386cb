package convert

import (
	"errors"
	"math"
	"math/bits"

	"segue/internal/lb"
	"segue/internal/sample"
)

// arithRows are the converters of integers.
func arithRows() []sample.Converter {
	value := []sample.ArgSpec{need("value", sample.ArgStr)}
	two := func(name, text string, f func(a, b int64) int64) sample.Converter {
		return sample.Converter{Doc: docArgs(name, "value", text), Args: value, In: sample.Int, Out: sample.Int, Check: checkOperand, Eval: arith2(f)}
	}
	one := func(name, text string, f func(a int64) int64) sample.Converter {
		return sample.Converter{Doc: doc(name, text), In: sample.Int, Out: sample.Int, Eval: func(_ *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
			v.SetInt(f(v.Int))
			return true
		}}
	}
	is := func(name, text string, f func(a int64) bool) sample.Converter {
		return sample.Converter{Doc: doc(name, text), In: sample.Int, Out: sample.Bool, Eval: func(_ *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
			v.SetBool(f(v.Int))
			return true
		}}
	}
	return []sample.Converter{
		two("add", "Adds a number or variable; saturates.", safeAdd),
		two("and", "Bitwise \"and\" with a number or variable.", func(a, b int64) int64 { return a & b }),
		is("bool", "True unless the input is 0.", func(a int64) bool { return a != 0 }),
		one("cpl", "Complements all bits.", func(a int64) int64 { return ^a }),
		two("div", "Divides by a number or variable; by 0 gives the greatest integer.", safeDiv),
		is("even", "True if the input is even.", func(a int64) bool { return a&1 == 0 }),
		two("mod", "The remainder of a division by a number or variable; 0 when divided by 0.", safeMod),
		two("mul", "Multiplies by a number or variable; saturates.", safeMul),
		one("neg", "Changes the sign.", func(a int64) int64 { return -a }),
		is("not", "True if the input is 0.", func(a int64) bool { return a == 0 }),
		is("odd", "True if the input is odd.", func(a int64) bool { return a&1 != 0 }),
		two("or", "Bitwise \"or\" with a number or variable.", func(a, b int64) int64 { return a | b }),
		two("sub", "Subtracts a number or variable; saturates.", safeSub),
		two("xor", "Bitwise exclusive \"or\" with a number or variable.", func(a, b int64) int64 { return a ^ b }),
	}
}

// checkOperand reads a number, or the name of a variable that will hold one.
func checkOperand(args []sample.Arg, sc *sample.Scope) error {
	if ref := variable(args[0].Str, sc); ref != nil {
		args[0].Ref = ref
		return nil
	}
	n, used := sample.ParseInt([]byte(args[0].Str))
	if used == 0 && args[0].Str != "" || used != len(args[0].Str) {
		return errors.New("expects an integer or a variable name")
	}
	args[0].Int = n
	return nil
}

// variable returns the variable of a name, nil if the name is none.
func variable(name string, sc *sample.Scope) sample.Var {
	if sc.Vars == nil || name == "" {
		return nil
	}
	ref, err := sc.Vars.Var(name, sc)
	if err != nil {
		return nil
	}
	return ref
}

// operand is the number that an argument stands for.
func operand(s *lb.Stream, a *sample.Arg) (int64, bool) {
	ref, ok := a.Ref.(sample.Var)
	if !ok {
		return a.Int, true
	}
	v := sample.Take(s)
	defer sample.Give(s)
	if !ref.Get(s, v) || !sample.Cast(s, v, sample.Int) {
		return 0, false
	}
	return v.Int, true
}

func arith2(f func(a, b int64) int64) evalFunc {
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		b, ok := operand(s, &args[0])
		if ok {
			v.SetInt(f(v.Int, b))
		}
		return ok
	}
}

func safeAdd(a, b int64) int64 {
	c := a + b
	switch {
	case a > 0 && b > 0 && c < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && c >= 0:
		return math.MinInt64
	}
	return c
}

func safeSub(a, b int64) int64 {
	c := a - b
	switch {
	case a >= 0 && b < 0 && c < 0:
		return math.MaxInt64
	case a < 0 && b > 0 && c >= 0:
		return math.MinInt64
	}
	return c
}

func safeMul(a, b int64) int64 {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	neg := (a < 0) != (b < 0)
	switch {
	case neg && (hi != 0 || lo > 1<<63):
		return math.MinInt64
	case neg:
		return -int64(lo)
	case hi != 0 || lo > math.MaxInt64:
		return math.MaxInt64
	}
	return int64(lo)
}

func magnitude(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

func safeDiv(a, b int64) int64 {
	switch {
	case b == 0, a == math.MinInt64 && b == -1:
		return math.MaxInt64
	}
	return a / b
}

func safeMod(a, b int64) int64 {
	if b == 0 || b == -1 {
		return 0
	}
	return a % b
}
