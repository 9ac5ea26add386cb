package l4fetch

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"segue/internal/lb"
	"segue/internal/sample"
	"segue/internal/wire/h1"
)

// constRows are the fetches of values written in the configuration.
func constRows() []sample.Fetch {
	use := sample.UseConst
	str := arg("value", sample.ArgStr)
	return []sample.Fetch{
		{Doc: doc("always_false", internal, "False."), Out: sample.Bool, Use: use, Eval: boolean(func(*lb.Stream) bool { return false })},
		{Doc: doc("always_true", internal, "True."), Out: sample.Bool, Use: use, Eval: boolean(func(*lb.Stream) bool { return true })},
		{Doc: docArgs("bin", "hex", internal, "A block given in hexadecimal."), Args: str, Out: sample.Bin, Use: use, Check: checkBin, Eval: constBin},
		{Doc: docArgs("bool", "value", internal, "A boolean: true, false, 1 or 0."), Args: str, Out: sample.Bool, Use: use, Check: checkBool, Eval: constBool},
		{Doc: docArgs("env", "name", internal, "An environment variable, as it was when the process started."), Args: str, Out: sample.Str, Use: use, Check: checkEnv, Eval: constStr},
		{Doc: docArgs("int", "value", internal, "An integer."), Args: arg("value", sample.ArgInt), Out: sample.Int, Use: use, Eval: constInt},
		{Doc: docArgs("ipv4", "address", internal, "An IPv4 address."), Args: arg("address", sample.ArgIP), Out: sample.IPv4, Use: use, Eval: constAddr},
		{Doc: docArgs("ipv6", "address", internal, "An IPv6 address."), Args: arg("address", sample.ArgIP6), Out: sample.IPv6, Use: use, Eval: constAddr},
		{Doc: docArgs("meth", "method", internal, "An HTTP method."), Args: str, Out: sample.Meth, Use: use, Check: keepBytes, Eval: constMeth},
		{Doc: docArgs("str", "text", internal, "A string."), Args: str, Out: sample.Str, Use: use, Check: keepBytes, Eval: constStr},
	}
}

// keepBytes stores the argument as a slice, so that evaluation copies nothing.
func keepBytes(args []sample.Arg, _ *sample.Scope) error {
	args[0].Ref = []byte(args[0].Str)
	return nil
}

func checkBin(args []sample.Arg, _ *sample.Scope) error {
	b, err := hex.DecodeString(args[0].Str)
	var bad hex.InvalidByteError
	switch {
	case errors.As(err, &bad):
		return fmt.Errorf("an hex digit is expected (found '%c')", bad)
	case err != nil:
		return errors.New("an even number of hex digit is expected")
	}
	args[0].Ref = b
	return nil
}

func checkBool(args []sample.Arg, _ *sample.Scope) error {
	switch word := args[0].Str; {
	case strings.EqualFold(word, "true"), word == "1":
		args[0].Int = 1
	case strings.EqualFold(word, "false"), word == "0":
		args[0].Int = 0
	default:
		return errors.New("Expects 'true', 'false', '0' or '1'") //nolint:staticcheck // HAProxy's words
	}
	return nil
}

// checkEnv takes the variable as the configuration has left it, in the manual's
// words "when the process starts".
func checkEnv(args []sample.Arg, sc *sample.Scope) error {
	if sc != nil && sc.Gen != nil && sc.Gen.Conf != nil && sc.Gen.Conf.Env != nil {
		if value, ok := sc.Gen.Conf.Env[args[0].Str]; ok {
			args[0].Ref = []byte(value)
		}
		return nil
	}
	if value, ok := os.LookupEnv(args[0].Str); ok {
		args[0].Ref = []byte(value)
	}
	return nil
}

// constStr has no value where an environment variable does not exist.
func constStr(_ *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	b, ok := args[0].Ref.([]byte)
	return ok && text(v, b)
}

func constBin(_ *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	v.Type, v.Bytes, v.Flags = sample.Bin, args[0].Ref.([]byte), sample.Const
	return true
}

func constMeth(_ *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	v.Type, v.Bytes, v.Flags = sample.Meth, args[0].Ref.([]byte), sample.Const
	v.Int = int64(h1.Kind(v.Bytes))
	return true
}

func constBool(_ *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	v.SetBool(args[0].Int != 0)
	return true
}

func constInt(_ *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	v.SetInt(args[0].Int)
	return true
}

func constAddr(_ *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	v.SetAddr(args[0].IP.Addr())
	return true
}
