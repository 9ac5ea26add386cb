package link

import (
	"segue/internal/acl"
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/rule"
	"segue/internal/sample"
)

// condSets are the rule sets whose lines are conditions only, with the words
// that messages call them by.
var condSets = map[conf.RuleSet]string{
	conf.ForceBESwitch: "'force-be-switch' rule",
	conf.ForcePersist:  "'force-persist' rule",
	conf.IgnorePersist: "'ignore-persist' rule",
	conf.Monitor:       "'monitor fail' condition",
	conf.StatsAdmin:    "'stats admin' condition",
}

// conds compiles the sets that only say when.
func (l *linker) conds(px *lb.Proxy, sc *sample.Scope) {
	for set := range condSets {
		px.Rules.Set(set, append(px.Rules.Of(set), l.condsOf(px, px.Conf, set, sc)...))
	}
}

// condsOf compiles the conditions of a set of c, which are those of px or what
// it ignores.
func (l *linker) condsOf(px *lb.Proxy, c *conf.Proxy, set conf.RuleSet, sc *sample.Scope) (out []lb.Rule) {
	lines := c.Rules.Of(set)
	for i := range lines {
		rl := &lines[i]
		own := *sc
		at(&own, &rl.Line)
		own.Place = rule.Place(conf.HTTPReq, px)
		cond, unless, err := acl.Compile(rl.Words(), &own)
		if err != nil {
			l.report(rl, err, "error detected while parsing a "+condSets[set]+" : ")
			continue
		}
		out = append(out, lb.Rule{Cond: cond, Unless: unless, File: rl.Line.File, Line: rl.Line.Num})
	}
	return out
}
