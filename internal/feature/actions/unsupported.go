package actions

import (
	"segue/internal/lb"
	"segue/internal/rule"
)

// unsupportedRows are actions that are understood in order to say precisely why
// they cannot work.
func unsupportedRows() []rule.Action {
	return []rule.Action{
		{Doc: doc("send-spoe-group", "<engine-name> <group-name>", "Sends messages to an agent; needs a SPOE engine of the proxy."),
			Sets: tcpCont | tcpRes | httpBoth, Parse: parseSPOE},
	}
}

func parseSPOE(p *rule.Parser) lb.Action {
	if !p.Args(2) || p.AtCond() {
		return p.Fail("expects 2 arguments: <engine-name> <group-name>")
	}
	engine, group := p.Next(), p.Next()
	late(p, "unable to find SPOE engine '"+engine+"' used by the send-spoe-group '"+group+"'")
	return nothing{}
}
