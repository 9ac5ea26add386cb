package l4fetch

import (
	"errors"

	"segue/internal/lb"
	"segue/internal/sample"
)

// maxACLs is how many names the fetch "acl" takes.
const maxACLs = 12

// aclRows is the fetch that evaluates named ACLs.
func aclRows() []sample.Fetch {
	specs := make([]sample.ArgSpec, maxACLs)
	for i := range specs {
		specs[i] = sample.ArgSpec{Name: "name", Type: sample.ArgStr, Optional: i > 0}
	}
	return []sample.Fetch{
		{Doc: docArgs("acl", "[!]name[,...]", internal, "True when all the named ACLs hold; \"!\" negates one."),
			Args: specs, Out: sample.Bool, Use: sample.UseConst, Check: checkACL, Eval: evalACL},
	}
}

func checkACL(args []sample.Arg, sc *sample.Scope) error {
	if sc.ACLs == nil {
		return errors.New("'acl' may only be used in a proxy")
	}
	var names []string
	for _, a := range args {
		if a.Type != sample.ArgNone {
			names = append(names, a.Str)
		}
	}
	cond, err := sc.ACLs.Cond(names, sc)
	if err == nil {
		args[0].Ref = cond
	}
	return err
}

// evalACL has no value while the answer may still change.
func evalACL(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	holds := args[0].Ref.(lb.Cond).Eval(s)
	if s.Missing {
		return false
	}
	v.SetBool(holds)
	return true
}
