package link

import "testing"

// What a section ignores must be right all the same. Most words are said to be
// ignored first; those that HAProxy registers are read before that, and switches
// of the other side are unknown then.
func TestIgnoredLinesAreRead(t *testing.T) {
	const (
		fe = "frontend"
		be = "backend"
	)
	ignored := func(where, word string) string {
		if where == fe {
			return "WARNING config : parsing [f:9] : '" + word + "' ignored because frontend 'f' has no backend capability."
		}
		return "WARNING config : parsing [f:11] : '" + word + "' ignored because backend 'b' has no frontend capability."
	}
	at := map[string]string{fe: "ALERT config : parsing [f:9] : ", be: "ALERT config : parsing [f:11] : "}
	tests := []struct {
		in, line string
		word     string // said to be ignored, "" if not
		want     string // the error, "" for none; it begins with its place unless that is told by a blank in front
	}{
		{fe, "use-server s", "use-server", "'use-server' requires either 'if' or 'unless'"},
		{fe, "use-server s if TRUE", "use-server", " frontend 'f' : unable to find server 's' referenced in a 'use-server' rule."},
		{fe, "use-server s if nosuch", "use-server", "error detected while parsing switching rule : no such ACL : 'nosuch'."},
		{fe, "balance foo", "balance", "balance only supports 'roundrobin'"},
		{fe, "balance roundrobin", "balance", ""},
		{fe, "balance hash nosuch", "balance", " frontend 'f' [f:6]: failed to parse 'balance hash' expression 'nosuch'"},
		{fe, "hash-type foo", "hash-type", "'hash-type' only supports 'consistent' and 'map-based'."},
		{fe, "http-reuse foo", "http-reuse", "'http-reuse' only supports"},
		{fe, "http-reuse safe x", "http-reuse", "'http-reuse safe' cannot handle unexpected argument 'x'."},
		{fe, "dispatch 1.2.3.4", "dispatch", "'dispatch' : missing port specification in '1.2.3.4'"},
		{fe, "retries", "retries", "'retries' expects an integer argument"},
		{fe, "cookie a foo", "cookie", "'cookie' supports 'rewrite'"},
		{fe, "source x.invalid", "source", "'source x.invalid' : invalid address"},
		{fe, "http-check foo", "http-check", "'http-check' only supports"},
		{fe, "http-check comment", "http-check", "'http-check comment' : expects a string as argument."},
		{fe, "tcp-check foo", "tcp-check", "'tcp-check' only supports"},
		{fe, "option mysql-check foo", "mysql-check", "'option mysql-check' only supports optional values: 'user'"},
		{fe, "force-persist if nosuch", "force-persist", "error detected while parsing a 'force-persist' rule : no such ACL : 'nosuch'."},
		{fe, "timeout server 5 6", "", "'timeout server' : unexpected extra argument '6' after value '5'."},
		{fe, "max-keep-alive-queue x", "", "'max-keep-alive-queue' : unexpected character 'x' in integer value 'x'"},
		{fe, "hash-balance-factor 5", "", "'hash-balance-factor' must be 0 or greater than 100."},
		{fe, "persist foo", "", "unknown persist method."},
		{fe, "external-check foo", "", "'external-check' only supports 'command' and 'path'."},
		{fe, "srvtcpka-cnt x", "", "'srvtcpka-cnt' : unexpected character 'x' in integer value 'x'"},
		{fe, "transparent x", "", "'transparent' cannot handle unexpected argument 'x'."},
		{fe, "tcp-response content accept", "", "tcp-response content is only allowed in 'backend' sections"},
		{fe, "tcp-response foo", "", "'tcp-response' expects 'inspect-delay' or 'content' in frontend 'f' (got 'foo')"},
		{fe, "option tcp-smart-connect", "tcp-smart-connect", "unknown option 'tcp-smart-connect'; did you mean 'tcp-smart-connect' maybe ?"},
		{fe, "option srvtcpka", "srvtcpka", "unknown option 'srvtcpka'"},
		{fe, "option srvtcpka x", "", "'option srvtcpka' cannot handle unexpected argument 'x'."},
		{fe, "option forwarded foo", "option forwarded", ""},
		{be, "use_backend nosuch if TRUE", "use_backend", " Proxy 'b': unable to find required use_backend: 'nosuch'."},
		{be, "use_backend b if TRUE", "use_backend", " Proxy 'b': loop detected for use_backend: 'b'."},
		{be, "use_backend b if nosuch", "use_backend", "error detected while parsing switching rule : no such ACL : 'nosuch'."},
		{be, "use_backend b foo", "use_backend", "unexpected keyword 'foo' after switching rule"},
		{be, "default_backend nosuch", "default_backend", " Proxy 'b': unable to find required default_backend: 'nosuch'."},
		{be, "default_backend a b", "default_backend", "'default_backend' cannot handle unexpected argument 'b'."},
		{be, "capture foo", "capture", "'capture' expects 'cookie' or 'request header' or 'response header'."},
		{be, "capture request foo", "capture", "'capture' expects 'cookie' or 'request header' or 'response header'."},
		{be, "monitor foo", "monitor", "'monitor' only supports 'fail'."},
		{be, "monitor fail if nosuch", "monitor", "error detected while parsing a 'monitor fail' condition : no such ACL : 'nosuch'."},
		{be, "bind :x", "bind", "'bind' : invalid character 'x' in port number 'x' in ':x'"},
		{be, "backlog 5 6", "backlog", "'backlog' cannot handle unexpected argument '6'."},
		{be, "timeout client 30d", "", "timer overflow in argument '30d' to 'timeout client'"},
		{be, "rate-limit foo 5", "", "'rate-limit' only supports 'sessions' (got 'foo')"},
		{be, "log-format a b", "", "log-format expects only one argument"},
		{be, "log-format-sd", "", "log-format-sd expects an argument."},
		{be, "option httplog foo", "", "keyword 'httplog' only supports option 'clf'."},
		{be, "clitcpka-intvl x", "", "unexpected character 'x' in argument to <clitcpka-intvl>."},
		{be, "option tcp-smart-accept", "tcp-smart-accept", "unknown option 'tcp-smart-accept'"},
		{be, "option clitcpka", "clitcpka", "unknown option 'clitcpka'"},
		{be, "option h1-case-adjust-bogus-client", "h1-case-adjust-bogus-client", "unknown option"},
	}
	cases := make([]verdictCase, 0, len(tests))
	for _, tt := range tests {
		var want []string
		if tt.word != "" {
			want = append(want, ignored(tt.in, tt.word))
		}
		switch {
		case tt.want == "":
		case tt.want[0] == ' ':
			want = append(want, "ALERT"+tt.want)
		default:
			want = append(want, at[tt.in]+tt.want)
		}
		cases = append(cases, verdictCase{tt.in, "http", tt.line, want})
	}
	judge(t, append(cases,
		verdictCase{"backend", "http", "no option clitcpka", []string{ignored(be, "clitcpka"),
			"ALERT config : parsing [f:11]: negation/default is not supported for option 'clitcpka'."}},
		verdictCase{"backend", "http", "error-log-format %zz", []string{"WARNING config : parsing [f:11] : backend 'b' : 'error-log-format' directive is ignored",
			"ALERT Parsing [f:11]: failed to parse error-log-format : no such format alias 'zz'"}},
		verdictCase{"frontend", "http", "log-format-sd %zz", []string{"ALERT Parsing [f:9]: failed to parse log-format-sd : no such format alias 'zz'"}},
		verdictCase{"defaults", "http", "log-format-sd %[nosuch]", []string{"ALERT Parsing [f:6]: failed to parse log-format-sd : failed to parse sample expression"}},
		verdictCase{"frontend", "http", "use_backend b foo", []string{at[fe] + "unexpected keyword 'foo' after switching rule"}},
	))
}
