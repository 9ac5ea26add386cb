package convert

import (
	"errors"
	"fmt"

	"segue/internal/lb"
	"segue/internal/pattern"
	"segue/internal/sample"
)

// mapRows are the converters that look the input up in a file: one for each
// match method and type of result.
func mapRows() []sample.Converter {
	rows := []sample.Converter{
		mapRow("map", pattern.Str, pattern.ValueStr),
		mapRow("map_regm", pattern.RegM, pattern.ValueStr),
	}
	methods := []pattern.Method{pattern.Beg, pattern.Dir, pattern.Dom, pattern.End, pattern.Int, pattern.IP, pattern.Reg, pattern.Str, pattern.Sub}
	for _, m := range methods {
		name := "map_" + m.String()
		rows = append(rows,
			mapRow(name, m, pattern.ValueStr),
			mapRow(name+"_int", m, pattern.ValueInt),
			mapRow(name+"_ip", m, pattern.ValueAddr),
			mapRow(name+"_key", m, pattern.ValueKey))
	}
	return rows
}

// mapRow makes the row of one map converter.
func mapRow(name string, m pattern.Method, kind pattern.ValueKind) sample.Converter {
	c := sample.Converter{
		Args:  []sample.ArgSpec{need("file", sample.ArgStr)},
		In:    sample.Str,
		Out:   sample.Str,
		Check: checkMap(m, kind),
		Eval:  lookup(kind),
	}
	switch m.Input() {
	case pattern.KindInt:
		c.In = sample.Int
	case pattern.KindAddr:
		c.In = sample.Addr
	}
	form, text := "file[,default]", "The value in a map file whose key matches by \""+m.String()+"\", or the default."
	def := sample.ArgStr
	switch kind {
	case pattern.ValueInt:
		c.Out, def = sample.Int, sample.ArgInt
		text += " As an integer."
	case pattern.ValueAddr:
		c.Out = sample.Addr
		text += " As an address."
	case pattern.ValueKey:
		form, text = "file", "The key of a map file that matches by \""+m.String()+"\"."
	}
	if m == pattern.RegM {
		c.Eval = lookupGroups
		text = "Like map_reg; \\1 to \\9 in the value stand for groups of the expression."
	}
	if kind != pattern.ValueKey {
		c.Args = append(c.Args, may("default", def))
	}
	c.Doc = docArgs(name, form, text)
	return c
}

// checkMap loads the file.
func checkMap(m pattern.Method, kind pattern.ValueKind) func([]sample.Arg, *sample.Scope) error {
	return func(args []sample.Arg, sc *sample.Scope) error {
		if sc.Files == nil {
			return errors.New("no map can be loaded here")
		}
		if kind == pattern.ValueAddr && len(args) > 1 && args[1].Type != sample.ArgNone {
			a, ok := sample.ParseAddr([]byte(args[1].Str))
			if !ok {
				return fmt.Errorf("cannot parse ip '%s'", args[1].Str)
			}
			args[1].Ref = a
		}
		ref, err := sc.Files.File(args[0].Str, pattern.UserMap, fmt.Sprintf("file '%s' line %d", sc.File, sc.Line))
		if err != nil {
			return err
		}
		set, err := ref.Use(pattern.Spec{Method: m, Value: kind, Lookup: sc.Lookup})
		if err != nil {
			return err
		}
		args[0].Ref = set
		for _, expr := range set.Backtracking() {
			warnSlow(sc, expr)
		}
		return nil
	}
}

// lookup returns the function for one type of result.
func lookup(kind pattern.ValueKind) evalFunc {
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		in := v.Input()
		e := args[0].Ref.(*pattern.Set).Match(&in)
		if e == nil {
			return otherwise(s, args, v, kind)
		}
		switch kind {
		case pattern.ValueInt:
			n, ok := e.Int()
			v.SetInt(n)
			return ok
		case pattern.ValueAddr:
			a, ok := e.Addr()
			if ok {
				v.SetAddr(a)
			}
			return ok
		case pattern.ValueKey:
			v.SetString(s.Thread, e.Pattern)
			return true
		}
		v.SetString(s.Thread, e.Value())
		return true
	}
}

// otherwise is the default of a map that has no match.
func otherwise(s *lb.Stream, args []sample.Arg, v *sample.Value, kind pattern.ValueKind) bool {
	if len(args) < 2 || args[1].Type == sample.ArgNone {
		return false
	}
	switch kind {
	case pattern.ValueInt:
		v.SetInt(args[1].Int)
	case pattern.ValueAddr:
		v.SetAddr(args[1].Addr())
	default:
		v.SetString(s.Thread, args[1].Str)
	}
	return true
}

// lookupGroups is map_regm.
func lookupGroups(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	in := v.Input()
	var room [20]int
	e, groups := args[0].Ref.(*pattern.Set).MatchGroups(room[:0], &in)
	if e == nil {
		return otherwise(s, args, v, pattern.ValueStr)
	}
	b, ok := pattern.AppendBackrefs(sample.Begin(s.Thread), e.Value(), in.Bytes, groups)
	return ok && keep(s, v, sample.Str, b)
}
