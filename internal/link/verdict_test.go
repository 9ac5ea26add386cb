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
