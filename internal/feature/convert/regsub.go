package convert

import (
	"fmt"
	"strings"

	"segue/internal/lb"
	"segue/internal/pattern"
	"segue/internal/sample"
)

// regsubRows is the converter that replaces by regular expression.
func regsubRows() []sample.Converter {
	return []sample.Converter{
		{Doc: docArgs("regsub", "regex,text[,flags]", "Replaces the first match, or all with flag \"g\"; flag \"i\" ignores case. \\1 to \\9 stand for groups."),
			Args: []sample.ArgSpec{need("regex", sample.ArgRegex), need("text", sample.ArgStr), may("flags", sample.ArgStr)},
			In:   sample.Str, Out: sample.Str, Check: checkRegsub, Eval: regsub},
	}
}

// checkRegsub compiles the expression; args[2].Int tells "all".
func checkRegsub(args []sample.Arg, sc *sample.Scope) error {
	fold := false
	for _, c := range args[2].Str {
		switch c {
		case 'i':
			fold = true
		case 'g':
			args[2].Int = 1
		default:
			return fmt.Errorf("invalid regex flag '%c', only 'i' and 'g' are supported", c)
		}
	}
	re, err := pattern.CompileRegex(args[0].Str, fold)
	if err != nil {
		return err
	}
	if strings.HasPrefix(args[0].Str, "^") {
		args[2].Int = 0 // what follows a match does not begin the text
	}
	args[0].Ref = re
	if re.Backtracking() {
		warnSlow(sc, args[0].Str)
	}
	return nil
}

// warnSlow warns of an expression that takes a backtracking engine.
func warnSlow(sc *sample.Scope, expr string) {
	if sc != nil && sc.Warn != nil {
		sc.Warn(0, fmt.Sprintf(pattern.SlowRegex, expr))
	}
}

func regsub(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	re := args[0].Ref.(*pattern.Regex)
	rest := v.Bytes
	b := sample.Begin(s.Thread)
	var room [20]int
	for {
		groups := re.AppendGroups(room[:0], rest)
		if len(groups) < 2 {
			break
		}
		b = append(b, rest[:groups[0]]...)
		b, _ = pattern.AppendBackrefs(b, args[1].Str, rest, groups)
		end, before := groups[1], rest
		if end == groups[0] { // an empty match: go on behind the next byte
			if end < len(rest) {
				b = append(b, rest[end])
			}
			end++
		}
		rest = rest[min(end, len(rest)):]
		if args[2].Int == 0 || end > len(before) {
			break
		}
	}
	return keep(s, v, sample.Str, append(b, rest...))
}
