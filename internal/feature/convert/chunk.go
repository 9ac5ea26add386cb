package convert

import (
	"errors"
	"fmt"
	"strconv"

	"segue/internal/lb"
	"segue/internal/sample"
)

// chunkRows are the converters that treat binary input in pieces.
func chunkRows() []sample.Converter {
	dec := []sample.ArgSpec{need("separator", sample.ArgStr), may("size", sample.ArgInt), may("truncate", sample.ArgInt)}
	const form = "separator,size[,truncate]"
	return []sample.Converter{
		{Doc: docArgs("be2dec", form, "A decimal number for each piece of that many bytes, most significant byte first."),
			Args: dec, In: sample.Bin, Out: sample.Str, Check: checkDec, Eval: toDec(false)},
		{Doc: docArgs("be2hex", "[separator[,size[,truncate]]]", "Hexadecimal digits with a separator after each piece of that many bytes."),
			Args: dec, In: sample.Bin, Out: sample.Str, Check: checkBe2hex, Eval: be2hex},
		{Doc: docArgs("bytes", "offset[,length]", "Bytes from an offset; both arguments are numbers or variables."),
			Args: []sample.ArgSpec{need("offset", sample.ArgStr), may("length", sample.ArgStr)}, In: sample.Bin, Out: sample.Bin, Check: checkBytes, Eval: bytesAt},
		{Doc: docArgs("le2dec", form, "Like be2dec, least significant byte first."),
			Args: dec, In: sample.Bin, Out: sample.Str, Check: checkDec, Eval: toDec(true)},
	}
}

func checkDec(args []sample.Arg, _ *sample.Scope) error {
	if args[1].Int <= 0 || args[1].Int > 8 {
		return fmt.Errorf("chunk_size out of [1..%d] range (%d)", 8, args[1].Int)
	}
	return checkTruncate(args)
}

func checkTruncate(args []sample.Arg) error {
	if args[2].Int != 0 && args[2].Int != 1 {
		return fmt.Errorf("Unsupported truncate value (%d)", args[2].Int) //nolint:staticcheck // HAProxy's words
	}
	return nil
}

func checkBe2hex(args []sample.Arg, _ *sample.Scope) error {
	if args[1].Int < 0 || args[1].Int == 0 && args[0].Str != "" {
		return fmt.Errorf("chunk_size needs to be positive (%d)", args[1].Int)
	}
	return checkTruncate(args)
}

// toDec returns be2dec or le2dec.
func toDec(little bool) evalFunc {
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		size := int(args[1].Int)
		b := sample.Begin(s.Thread)
		for in := v.Bytes; len(in) > 0; {
			piece := in[:min(size, len(in))]
			if len(piece) < size && args[2].Int != 0 {
				break
			}
			if len(in) != len(v.Bytes) {
				b = append(b, args[0].Str...)
			}
			n := uint64(0)
			for i := range piece {
				c := piece[i]
				if little {
					c = piece[len(piece)-1-i]
				}
				n = n<<8 | uint64(c)
			}
			b = strconv.AppendUint(b, n, 10)
			in = in[len(piece):]
		}
		return keep(s, v, sample.Str, b)
	}
}

func be2hex(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	size := int(args[1].Int)
	if size == 0 {
		size = max(len(v.Bytes), 1)
	}
	in := v.Bytes
	if args[2].Int != 0 {
		in = in[:len(in)/size*size]
	}
	b := sample.Begin(s.Thread)
	for i, c := range in {
		if i > 0 && i%size == 0 {
			b = append(b, args[0].Str...)
		}
		b = append(b, hexUpper[c>>4], hexUpper[c&15])
	}
	return keep(s, v, sample.Str, b)
}

func checkBytes(args []sample.Arg, sc *sample.Scope) error {
	for i := range args {
		a := &args[i]
		if a.Type == sample.ArgNone {
			continue
		}
		if a.Str == "" && i > 0 {
			return errors.New("expects a positive integer")
		}
		if err := checkOperand(args[i:i+1], sc); err != nil {
			return err
		}
		if a.Ref == nil && a.Int < 0 {
			if i == 0 {
				return errors.New("expects a non-negative integer")
			}
			return errors.New("expects a positive integer")
		}
		if i > 0 && a.Ref == nil && a.Int == 0 {
			return errors.New("expects a positive integer")
		}
	}
	return nil
}

func bytesAt(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	from, ok := operand(s, &args[0])
	if !ok || from < 0 || from >= int64(len(v.Bytes)) {
		v.Bytes = nil
		return ok
	}
	n := int64(len(v.Bytes)) - from
	if args[1].Type != sample.ArgNone {
		length, ok := operand(s, &args[1])
		switch {
		case !ok || length < 0:
			return false
		case length > n: // as observed, the input stays whole
			s.Missing = !s.Final
			return s.Final
		}
		n = length
	}
	v.Bytes = v.Bytes[from : from+n]
	return true
}
