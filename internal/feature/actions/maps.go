package actions

import (
	"strconv"
	"strings"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/pattern"
	"segue/internal/rule"
)

// mapRows are the actions that change files of patterns.
func mapRows() []rule.Action {
	row := func(name, args, text string, sets rule.Sets, op mapOp) rule.Action {
		return rule.Action{Doc: doc(name, args, text), Sets: sets, Prefix: true, Parse: parseMap(op)}
	}
	return []rule.Action{
		row("add-acl", "(<file-name>) <key fmt>", "Adds a pattern to an ACL file.", httpBoth, addACL),
		row("del-acl", "(<file-name>) <key fmt>", "Removes a pattern from an ACL file.", httpBoth, delKey),
		row("del-map", "(<map-name>) <key fmt>", "Removes a key from a map.", httpAll, delKey),
		row("set-map", "(<map-name>) <key fmt> <value fmt>", "Gives a key of a map a value, adding it if needed.", httpAll, setMap),
	}
}

type mapOp uint8

const (
	addACL mapOp = iota
	delKey
	setMap
)

type changeMap struct {
	op         mapOp
	ref        *pattern.Ref
	key, value *logfmt.Format
}

func parseMap(op mapOp) func(p *rule.Parser) lb.Action {
	return func(p *rule.Parser) lb.Action {
		_, name, _ := strings.Cut(p.Name(), "(")
		name, _, closed := strings.Cut(name, ")")
		if !closed || name == "" {
			return p.Fail("expects a file name between parentheses after '%s'", p.Name())
		}
		switch {
		case op == setMap && !p.Args(2):
			return p.Fail("expects exactly 2 arguments")
		case !p.Args(1):
			return p.Fail("expects exactly 1 arguments")
		}
		a := &changeMap{op: op}
		if a.key = p.Format(logfmt.Options{}); a.key == nil {
			return nil
		}
		if op == setMap {
			if a.value = p.Format(logfmt.Options{}); a.value == nil {
				return nil
			}
		}
		user := pattern.UserMap
		if strings.HasSuffix(strings.SplitN(p.Name(), "(", 2)[0], "acl") {
			user = pattern.UserACL
		}
		line := &p.Line.Line
		ref, err := p.Scope.Files.File(name, user, "file '"+line.File+"' line "+strconv.Itoa(line.Num))
		if err != nil {
			return p.FailAt(0, "%s", err)
		}
		a.ref = ref
		return a
	}
}

// Exec implements lb.Action. It changes what all threads share, which takes a
// lock and memory; that is why rules should do it rarely.
func (a *changeMap) Exec(s *lb.Stream) lb.Verdict {
	key := string(text(s, a.key))
	switch a.op {
	case addACL:
		_ = a.ref.Del(key) // an entry more than once would have to be deleted as often
		_ = a.ref.Add(key)
	case delKey:
		_ = a.ref.Del(key)
	case setMap:
		value := string(text(s, a.value))
		if a.ref.Set(key, value) != nil {
			_ = a.ref.AddValue(key, value)
		}
	}
	return lb.Continue
}

// phrase is what messages call the lines of a rule set.
func phrase(set conf.RuleSet) string {
	if set == conf.HTTPRes {
		return "http-response"
	}
	return "http-request"
}
