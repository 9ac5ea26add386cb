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
	conf.ForceBESwitch: "force-be-switch",
	conf.ForcePersist:  "force-persist",
	conf.IgnorePersist: "ignore-persist",
	conf.Monitor:       "monitor fail",
	conf.StatsAdmin:    "stats admin",
}

// conds compiles the sets that only say when.
func (l *linker) conds(px *lb.Proxy, sc *sample.Scope) {
	for set, name := range condSets {
		lines := px.Conf.Rules.Of(set)
		for i := range lines {
			rl := &lines[i]
			own := *sc
			at(&own, &rl.Line)
			own.Place = rule.Place(conf.HTTPReq, px)
			c, unless, err := acl.Compile(rl.Words(), &own)
			if err != nil {
				l.report(rl, err, "error detected while parsing a '"+name+"' condition : ")
				continue
			}
			px.Rules.Set(set, append(px.Rules.Of(set), lb.Rule{Cond: c, Unless: unless, File: rl.Line.File, Line: rl.Line.Num}))
		}
	}
}
