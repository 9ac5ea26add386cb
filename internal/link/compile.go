package link

import (
	"segue/internal/balance"
	"segue/internal/lb"
)

// compile turns the lines of every proxy into programs.
func (l *linker) compile(in Input) {
	for _, px := range l.gen.Proxies {
		l.logs(px)
	}
}

// logs plans what a frontend logs and where.
func (l *linker) logs(px *lb.Proxy) {}

// balanceOptions gives the balance algorithm what it needs to evaluate.
func (l *linker) balanceOptions(px *lb.Proxy) balance.Options {
	return balance.Options{Factor: px.Conf.HashBalanceFactor, Preserve: px.Conf.HashPreserve}
}

// check refuses what HAProxy refuses after everything was read.
func (l *linker) check() {}
