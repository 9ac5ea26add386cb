package rule

import (
	"strconv"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sample"
)

// places gives for each rule set where it runs on a proxy's front and back
// side.
var places = [conf.RuleSets][2]sample.Place{
	conf.TCPReqConn:    {sample.FrontConn, 0},
	conf.TCPReqSess:    {sample.FrontSess, 0},
	conf.TCPReqCont:    {sample.FrontContent, sample.BackContent},
	conf.HTTPReq:       {sample.FrontReq, sample.BackReq},
	conf.TCPResCont:    {sample.FrontResCont, sample.BackResCont},
	conf.HTTPRes:       {sample.FrontRes, sample.BackRes},
	conf.HTTPAfterRes:  {sample.FrontRes, sample.BackRes},
	conf.UseBackend:    {sample.FrontSwitch, 0},
	conf.UseServer:     {0, sample.BackPick},
	conf.Redirect:      {sample.FrontReq, sample.BackReq},
	conf.HTTPCheck:     {0, sample.Checks},
	conf.TCPCheck:      {0, sample.Checks},
	conf.ForcePersist:  {0, sample.BackPick},
	conf.IgnorePersist: {0, sample.BackPick},
	conf.Monitor:       {sample.FrontReq, 0},
}

// Place is where the rules of a set of px are evaluated, or would be if px had
// the side that they need.
func Place(set conf.RuleSet, px *lb.Proxy) (p sample.Place) {
	if px == nil || px.Front != nil {
		p |= places[set][0]
	}
	if px == nil || px.Back != nil {
		p |= places[set][1]
	}
	if p == 0 {
		p = places[set][0] | places[set][1]
	}
	return p
}

// phrases are what messages call a rule set's lines.
var phrases = map[conf.RuleSet]string{
	conf.TCPReqConn: "tcp-request connection", conf.TCPReqSess: "tcp-request session", conf.TCPReqCont: "tcp-request content",
	conf.HTTPReq: "http-request", conf.TCPResCont: "tcp-response content", conf.HTTPRes: "http-response",
	conf.HTTPAfterRes: "http-after-response", conf.Redirect: "redirect", conf.QUICInit: "quic-initial",
	conf.HTTPCheck: "http-check", conf.TCPCheck: "tcp-check",
}

// ActionSets are the sets whose lines name an action, in the manual's order.
var ActionSets = []conf.RuleSet{
	conf.TCPReqConn, conf.TCPReqSess, conf.TCPReqCont, conf.TCPResCont,
	conf.HTTPReq, conf.HTTPRes, conf.HTTPAfterRes, conf.QUICInit,
}

// Phrase is the words that the lines of a set begin with.
func Phrase(set conf.RuleSet) string { return phrases[set] }

func isTCP(set conf.RuleSet) bool {
	return set == conf.TCPReqConn || set == conf.TCPReqSess || set == conf.TCPReqCont || set == conf.TCPResCont || set == conf.QUICInit
}

func itoa(n int) string { return strconv.Itoa(n) }
