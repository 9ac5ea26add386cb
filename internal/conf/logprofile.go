package conf

import "segue/internal/cfg"

// LogOrigin is why a log line is written: the step of a stream or the rule.
// Manual 8.3.5 and 4.2 "log-steps".
type LogOrigin uint8

// The origins.
const (
	LogUnspec LogOrigin = iota // not a log line
	LogError
	LogAccept
	LogRequest
	LogConnect
	LogResponse
	LogClose
	LogHTTPReq
	LogHTTPRes
	LogHTTPAfterRes
	LogTCPReqConn
	LogTCPReqSess
	LogTCPReqCont
	LogTCPResCont
	LogAny // in profiles: what has no step of its own
	LogOrigins
)

// logOrigins are their names in a profile and in "%OG".
var logOrigins = [LogOrigins][2]string{
	{"", "unspec"}, {"error", "sess_error"}, {"accept", "txn_accept"}, {"request", "txn_request"}, {"connect", "txn_connect"},
	{"response", "txn_response"}, {"close", "txn_close"}, {"http-req", "http-req"}, {"http-res", "http-res"}, {"http-after-res", "http-after-res"},
	{"tcp-req-conn", "tcp-req-conn"}, {"tcp-req-sess", "tcp-req-sess"}, {"tcp-req-cont", "tcp-req-cont"}, {"tcp-res-cont", "tcp-res-cont"}, {"any", "any"},
}

// String is the origin as "%OG" writes it.
func (o LogOrigin) String() string { return logOrigins[o][1] }

// ParseLogOrigin reads a step as a profile names it.
func ParseLogOrigin(word string) (LogOrigin, bool) {
	for o := LogError; o < LogOrigins; o++ {
		if logOrigins[o][0] == word {
			return o, true
		}
	}
	return 0, false
}

// LogStepNames are the words of "log-steps".
func LogStepNames() (names []string) {
	for o := LogAccept; o < LogAny; o++ {
		names = append(names, logOrigins[o][0])
	}
	return names
}

// LogProfile is a log-profile section.
type LogProfile struct {
	Name  string
	Line  cfg.Line
	Tag   string // "" = as without the profile
	Steps [LogOrigins]*LogStep
}

// LogStep is an "on" line of a profile.
type LogStep struct {
	Drop       bool
	Format, SD *cfg.Line // nil = the proxy's
}
