package link

import (
	"segue/internal/conf"
	"segue/internal/health"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/sample"
)

// ignored reports what is wrong with the lines of px that have no effect because
// px lacks their side. Nothing of them stays.
func (l *linker) ignored(px *lb.Proxy, sc *sample.Scope) {
	c := px.Conf.Ignored
	if c == nil {
		return
	}
	for set := range condSets {
		l.condsOf(px, c, set, sc)
	}
	l.compileSwitches(c.Rules.Of(conf.UseBackend), conf.UseBackend, sc)
	l.compileSwitches(c.Rules.Of(conf.UseServer), conf.UseServer, sc)
	l.format(c.ErrorLogFormat, "error-log-format", sc, logfmt.Options{Log: true, Place: sample.Logs})
	l.hash(px, &c.Balance)
	if c.CheckType != "" || len(c.Rules.Of(conf.HTTPCheck))+len(c.Rules.Of(conf.TCPCheck)) > 0 {
		health.CheckIgnored(px, c, health.Lang{Scope: sc, Actions: l.actions, Diag: l.d, Plans: l.checks})
	}
}
