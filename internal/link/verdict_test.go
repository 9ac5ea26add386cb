package link

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var firstLine = regexp.MustCompile(`(?m)^\[(ALERT|WARNING)\] +\(\d+\) : (.*)$`)

// verdict is the first lines of what there is to say about text, each begun by
// its severity.
func verdict(t *testing.T, text string) (lines []string) {
	t.Helper()
	for _, m := range firstLine.FindAllStringSubmatch(said(t, text), -1) {
		lines = append(lines, m[1]+" "+m[2])
	}
	return lines
}

// The sections that a line is tried in. The line is the sixth of the file in
// "defaults", the ninth in "frontend", the eleventh in "backend" and the ninth in
// "listen".
func in(section, mode, line string) string {
	sides := "defaults\n mode " + mode + "\n timeout client 1s\n timeout server 1s\n timeout connect 1s\n"
	front := "frontend f\n bind 127.0.0.1:1\n default_backend b\n"
	back := "backend b\n server s 127.0.0.1:80\n"
	switch section {
	case "global":
		return "global\n " + line + "\n" + sides + front + back
	case "defaults":
		return sides + " " + line + "\n" + front + back
	case "frontend":
		return sides + front + " " + line + "\n" + back
	case "listen":
		return sides + "listen l\n bind 127.0.0.1:1\n server s 127.0.0.1:80\n " + line + "\n"
	}
	return sides + front + back + " " + line + "\n"
}

// A verdictCase is a line and what HAProxy 3.4.0 says of it, without what stands
// behind the first of want's words where only the beginning counts.
type verdictCase struct {
	section, mode, line string
	want                []string // beginnings
}

func judge(t *testing.T, tests []verdictCase) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.section+" "+tt.mode+" "+tt.line, func(t *testing.T) {
			got := verdict(t, in(tt.section, tt.mode, tt.line))
			if !slices.EqualFunc(got, tt.want, strings.HasPrefix) {
				t.Errorf("said:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestExpressionsHoldWhereHAProxyTakesThem(t *testing.T) {
	judge(t, []verdictCase{
		{"frontend", "http", "http-request set-header a %[bc_rtt]", nil},
		{"frontend", "http", "http-request set-var(txn.a) bc_rttvar(us)", nil},
		{"frontend", "http", "http-request redirect location %[bc_rtt]", nil},
		{"frontend", "http", "http-request deny if { bc_rtt 5 }", nil},
		{"frontend", "http", "tcp-request connection set-var(sess.a) bc_rtt", nil},
		{"frontend", "http", "use_backend %[bc_rtt]", nil},
		{"frontend", "http", "http-request set-header a %[bc_src]", []string{
			"ALERT config : parsing [f:9] : error detected in frontend 'f' while parsing 'http-request set-header' rule : sample fetch <bc_src> may not be reliably used here"}},
		{"frontend", "http", "http-error status 503 hdr x %[res.hdr(a)]", nil},
		{"frontend", "http", "http-error status 503 content-type t lf-string %[srv_name]", nil},
		{"backend", "http", "http-error status 503 hdr x %[status]", nil},
		{"defaults", "http", "http-error status 503 hdr x %[nosuch]", []string{
			"ALERT config : parsing [f:6] : http-error : failed to parse sample expression <nosuch]> : unknown fetch method 'nosuch'"}},
		{"frontend", "http", "http-error status 503 foo", []string{"ALERT config : parsing [f:9] : http-error : unknown keyword 'foo'."}},
		{"frontend", "http", "acl x src_port gt 5.5", nil},
		{"frontend", "http", "acl x src_port ge 5.5.5 6", nil},
		{"frontend", "http", "acl x src_port gt x", []string{"ALERT config : parsing [f:9] : error detected while parsing ACL 'x' : 'x' is neither a number"}},
		{"frontend", "http", "acl x src_port 5.5", []string{"ALERT config : parsing [f:9] : error detected while parsing ACL 'x' : '5.5' is not a number."}},
	})
}

func TestLinesThatHAProxyRefuses(t *testing.T) {
	const udp = "unsupported transport for server address in '"
	tests := []struct{ in, mode, line, want string }{
		{"frontend", "http", "unique-id-format %[res.hdr(a)]", "ALERT Parsing [f:9]: failed to parse unique-id : sample fetch <res.hdr> may not be reliably used here"},
		{"backend", "http", "unique-id-format %[res.hdr(a)]", "ALERT Parsing [f:11]: failed to parse unique-id : sample fetch <res.hdr>"},
		{"frontend", "http", "unique-id-format %[be_name]", "ALERT Parsing [f:9]: failed to parse unique-id : sample fetch <be_name>"},
		{"listen", "http", "unique-id-format %[be_name]", ""},
		{"backend", "http", "server s2 udp@127.0.0.1:80", "ALERT [f:11] : " + udp + "http' backend."},
		{"backend", "tcp", "server s2 dgram+ipv4@127.0.0.1:80", "ALERT [f:11] : " + udp + "tcp' backend."},
		{"backend", "tcp", "server-template s 1-2 udp4@127.0.0.1:80", "ALERT [f:11] : " + udp + "tcp' backend."},
		{"global", "http", "log 127.0.0.1 sample 5:4 local0", "ALERT config : parsing [f:2] : log : sample size 4 should be greater or equal to 5"},
		{"global", "http", "log 127.0.0.1 sample 0:4 local0", "ALERT config : parsing [f:2] : log : wrong sample range '0'"},
		{"global", "http", "log 127.0.0.1 sample 1-3:4 local0", ""},
		{"global", "http", "log 127.0.0.1:514-520 local0", "ALERT config : parsing [f:2] : log : port range not permitted here in '127.0.0.1:514-520'"},
		{"global", "http", "log 127.0.0.1:+5 local0", "ALERT config : parsing [f:2] : log : port offset not permitted here"},
		{"global", "http", "log nosuch%lo local0", "ALERT config : parsing [f:2] : log : invalid address: 'nosuch%lo' in 'nosuch%lo'"},
		{"listen", "http", "log *:514 local0", ""},
		{"listen", "http", "log 127.1 local0", ""},
		{"backend", "tcp", "server s2 127.0.0.1:81 redir http://foo", "ALERT backend 'b' : server cannot have cookie or redirect prefix in non-HTTP mode."},
		{"backend", "http", "default-server set-proxy-v2-tlv-fmt(0x2000) abc", "ALERT config : [f:11] : 'set-proxy-v2-tlv-fmt(0x2000)' : the maximum allowed TLV ID is 255."},
		{"backend", "http", "default-server set-proxy-v2-tlv-fmt(x) abc", "ALERT config : [f:11] : 'set-proxy-v2-tlv-fmt(x)' : could not convert TLV ID."},
		{"backend", "http", "default-server set-proxy-v2-tlv-fmt(0xZZ) abc", "ALERT config : [f:11] : 'set-proxy-v2-tlv-fmt(0xZZ)' : expects set-proxy-v2-tlv(<TLV ID>)."},
		{"backend", "http", "default-server set-proxy-v2-tlv-fmt(0x20) abc", ""},
		{"frontend", "http", "errorloc303 503 http://x foo", "ALERT config : parsing [f:9] : errorloc303 : expects exactly two arguments."},
		{"frontend", "http", "errorfile 503 /dev/null foo", "ALERT config : parsing [f:9] : errorfile : expects exactly two arguments."},
		{"listen", "http", "bind []:21998", "ALERT config : parsing [f:9] : 'bind' : invalid address: '[]' in '[]:21998'"},
		{"listen", "http", "server s2 []:80", "ALERT [f:9] : 'server l/s2' : could not resolve address '[]'."},
		{"listen", "http", "server s2 [fe80::1%lo]:80", "ALERT [f:9] : 'server l/s2' : could not resolve address '[fe80::1%lo]'."},
		{"listen", "http", "server s2 [::1]:80", ""},
		{"listen", "http", "server s2 :21999-21998", "ALERT config : [f:9] : 'server l/s2' : port range not permitted here in ':21999-21998'"},
		{"listen", "http", "server s2 :80-", "ALERT config : [f:9] : 'server l/s2' : port range not permitted here in ':80-'"},
		{"frontend", "http", "option http-tunnel", "ALERT config : parsing [f:9]: option 'http-tunnel' is not supported any more since HAProxy 2.1"},
		{"defaults", "http", "monitor-net 1.2.3.4", "ALERT config : parsing [f:6] : 'monitor-net' doesn't exist anymore."},
		{"backend", "http", "dispatch 1.2.3.4:80-90", "ALERT config : parsing [f:11] : 'dispatch' : port range not permitted here in '1.2.3.4:80-90'"},
		{"backend", "http", "dispatch udp@1.2.3.4:80", "ALERT config : parsing [f:11] : 'dispatch' : dgram-type address not acceptable in 'udp@1.2.3.4:80'"},
		{"frontend", "http", "http-request deny if { req.len 5 }", "WARNING Proxy 'f': L6 sample fetches ignored on HTTP proxies (declared at f:9)."},
		{"frontend", "http", "use_backend b if { req.ssl_sni a }", "WARNING Proxy 'f': L6 sample fetches ignored on HTTP proxies (declared at f:9)."},
		{"backend", "http", "use-server s if { req.len 5 }", "WARNING Proxy 'b': L6 sample fetches ignored on HTTP proxies (declared at f:11)."},
		{"frontend", "http", "http-request set-header a %[req.len]", "WARNING config : parsing [f:9] : L6 sample fetch <req.len> ignored in HTTP log-format string."},
		{"frontend", "http", "http-request set-var-fmt(txn.a) %[req.len]", ""},
		{"frontend", "http", "redirect location /x if { req.len 5 }", ""},
		{"frontend", "tcp", "tcp-request content accept if { req.len 5 }", ""},
		{"backend", "tcp", "option checkcache", "WARNING 'option checkcache' ignored for backend 'b' as it requires HTTP mode."},
		{"frontend", "tcp", "option http-ignore-probes", "WARNING 'option http-ignore-probes' ignored for frontend 'f' as it requires HTTP mode."},
		{"backend", "tcp", "server s2 127.0.0.1:80 cookie x", "WARNING backend 'b' : ignoring cookie for server 's2' as HTTP mode is disabled."},
		{"backend", "tcp", "server s2 127.0.0.1:80 check observe layer7", "ALERT config : [f:11] : 'server b/s2' : 'layer7' can only be used in http proxies.."},
		{"backend", "tcp", "source 0.0.0.0 usesrc hdr_ip(x-f)", "WARNING backend 'b' : ignoring use of header x-f as source IP in non-HTTP mode."},
		{"backend", "tcp", "server s2 127.0.0.1:80 source 0.0.0.0 usesrc hdr_ip(x-f)", "WARNING backend 'b' : server s2 cannot use header x-f as source IP"},
	}
	cases := make([]verdictCase, 0, len(tests))
	for _, tt := range tests {
		var want []string
		if tt.want != "" {
			want = []string{tt.want}
		}
		cases = append(cases, verdictCase{tt.in, tt.mode, tt.line, want})
	}
	judge(t, cases)
}
