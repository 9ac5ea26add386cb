package actions

import (
	"slices"
	"strings"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/keyword"
	"segue/internal/rule"
)

// Feature returns the words of this package.
func Feature() *catalog.Feature {
	f := &catalog.Feature{
		Name: "actions",
		Actions: slices.Concat(verdictRows(), headerRows(), replaceRows(), targetRows(), replyRows(), addrRows(),
			timingRows(), logRows(), mapRows(), streamRows(), unsupportedRows(), []rule.Action{normalizeRow()}),
	}
	slices.SortStableFunc(f.Actions, func(a, b rule.Action) int { return strings.Compare(a.Name, b.Name) })
	return f
}

// The rule sets that actions name most often.
var (
	tcpReq   = rule.In(conf.TCPReqConn, conf.TCPReqSess, conf.TCPReqCont)
	tcpCont  = rule.In(conf.TCPReqCont)
	tcpRes   = rule.In(conf.TCPResCont)
	httpReq  = rule.In(conf.HTTPReq)
	httpRes  = rule.In(conf.HTTPRes)
	httpAft  = rule.In(conf.HTTPAfterRes)
	httpBoth = httpReq | httpRes
	httpAll  = httpBoth | httpAft
)

func doc(name, args, text string) keyword.Doc {
	return keyword.Doc{Name: name, Args: args, Section: "4.4", Text: text}
}
