package vars

import (
	"segue/internal/keyword"
	"segue/internal/lb"
	"segue/internal/sample"
)

func fetches() []sample.Fetch {
	return []sample.Fetch{
		{Doc: keyword.Doc{Name: "var", Args: "name[,default]", Section: "7.3.2", Text: "The value of a variable, or the default as a string."},
			Args: []sample.ArgSpec{{Name: "name", Type: sample.ArgStr}, {Name: "default", Type: sample.ArgStr, Optional: true}},
			Out:  sample.Any, Use: sample.UseConst, Check: checkName, Eval: fetchVar},
	}
}

// checkName resolves the variable that the first argument names.
func checkName(args []sample.Arg, sc *sample.Scope) error {
	v, err := Find(args[0].Str, sc)
	if err != nil {
		return err
	}
	args[0].Ref = v
	return nil
}

func fetchVar(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	if args[0].Ref.(*Variable).Get(s, v) {
		return true
	}
	if args[1].Type == sample.ArgNone {
		return false
	}
	v.SetString(s.Thread, args[1].Str)
	return true
}

func converters() []sample.Converter {
	str := func(name string) sample.ArgSpec {
		return sample.ArgSpec{Name: name, Type: sample.ArgStr, Optional: name != "name"}
	}
	return []sample.Converter{
		{Doc: keyword.Doc{Name: "set-var", Args: "name[,cond...]", Section: "7.3.1", Text: "Stores the input in a variable if the conditions hold, and passes it on."},
			Args: []sample.ArgSpec{str("name"), str("cond"), str("cond"), str("cond"), str("cond")},
			In:   sample.Any, Out: sample.Same, Check: checkSet, Eval: convSet},
		{Doc: keyword.Doc{Name: "unset-var", Args: "name", Section: "7.3.1", Text: "Clears a variable and passes the input on."},
			Args: []sample.ArgSpec{str("name")}, In: sample.Any, Out: sample.Same, Check: checkName, Eval: convUnset},
	}
}

// checkSet resolves the variable and its conditions.
func checkSet(args []sample.Arg, sc *sample.Scope) error {
	if err := checkName(args, sc); err != nil {
		return err
	}
	var words []string
	for _, a := range args[1:] {
		if a.Type != sample.ArgNone {
			words = append(words, a.Str)
		}
	}
	c, err := parseConds(words)
	args[1].Int = int64(c)
	return err
}

func convSet(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	store(s, args[0].Ref.(*Variable), conds(args[1].Int), v)
	return true
}

func convUnset(s *lb.Stream, args []sample.Arg, _ *sample.Value) bool {
	args[0].Ref.(*Variable).Set(s, nil)
	return true
}

// store sets v to val if the conditions hold.
func store(s *lb.Stream, v *Variable, c conds, val *sample.Value) {
	if c.hold(s, v, val) {
		v.Set(s, val)
	}
}
