package httpfetch

import (
	"bytes"

	"segue/internal/lb"
	"segue/internal/sample"
)

// paramRows are the fetches of parameters in the query string.
func paramRows() []sample.Fetch {
	args := []sample.ArgSpec{optional("name", sample.ArgStr), optional("delimiter", sample.ArgStr), optional("flags", sample.ArgStr)}
	const form = "[name[,delimiter[,i]]]"
	return []sample.Fetch{
		{Doc: docArgs("url_param", form, "Old name of urlp."),
			Args: args, Out: sample.Str, Use: sample.UseReqFields, Eval: urlp},
		{Doc: docArgs("urlp", form, "The first value of a parameter of the query string; ACLs look at each. \"i\" ignores the case of the name."),
			Args: args, Out: sample.Str, Use: sample.UseReqFields, Eval: urlp},
		{Doc: docArgs("urlp_val", form, "Like urlp, as an integer."),
			Args: args, Out: sample.Int, Use: sample.UseReqFields, Eval: urlpVal},
	}
}

// urlp keeps in s.Iter[0] where in the target the next parameter begins.
func urlp(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	h := request(s)
	if h == nil {
		return false
	}
	target := h.Bytes(h.Target)
	mark := byte('?')
	if args[1].Str != "" {
		mark = args[1].Str[0]
	}
	at := int(s.Iter[0])
	if at == 0 {
		at = bytes.IndexByte(target, mark) + 1
		if at == 0 {
			return false
		}
	}
	fold := args[2].Str == "i"
	value, next, ok := findParam(target, at, mark, args[0].Str, fold)
	if !ok {
		return false
	}
	if s.Iterate {
		if _, _, more := findParam(target, next, mark, args[0].Str, fold); more {
			v.Flags |= sample.NotLast
		}
		s.Iter[0] = uint32(next)
	}
	f := v.Flags
	ok = text(v, value)
	v.Flags |= f
	return ok
}

// findParam looks for "name=value" among the parameters of target[at:], which
// are separated by "&", ";" and the delimiter. An empty name takes any. next is
// where to go on.
func findParam(target []byte, at int, mark byte, name string, fold bool) (value []byte, next int, ok bool) {
	for at < len(target) {
		end := at
		for end < len(target) && target[end] != '&' && target[end] != ';' && target[end] != mark {
			end++
		}
		pair := target[at:end]
		at = end + 1
		eq := bytes.IndexByte(pair, '=')
		if eq < 0 {
			continue
		}
		key := pair[:eq]
		if name == "" || string(key) == name || fold && bytes.EqualFold(key, []byte(name)) {
			return pair[eq+1:], at, true
		}
	}
	return nil, at, false
}

func urlpVal(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	if !urlp(s, args, v) {
		return false
	}
	n, _ := sample.ParseInt(v.Bytes)
	v.SetInt(n)
	return true
}
