package link

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/diag"
	"segue/internal/features"
	"segue/internal/lb"
)

// said reads text as the file "f", links it, and returns what there is to say
// about it, as "-c" prints it.
func said(t *testing.T, text string) string {
	t.Helper()
	ix := catalog.New(features.All()...)
	d := &diag.List{}
	m := Parse([]cfg.Source{{Name: "f", Data: []byte(text)}}, Text{}, ix, d)
	Link(m, Input{Index: ix, State: lb.NewState(), Diag: d})
	var b strings.Builder
	if err := d.Print(&b, diag.PrintOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Two proxies: web speaks HTTP and raw does not.
const checked = "defaults\n timeout client 1s\n timeout server 1s\n timeout connect 1s\n"

func web(line string) string { return checked + "listen web\n mode http\n bind :1\n " + line + "\n" }
func raw(line string) string { return checked + "listen raw\n mode tcp\n bind :1\n " + line + "\n" }

func TestCheckHintsAtWhatWasMeant(t *testing.T) {
	tests := []struct{ name, cfg, want string }{
		{"option", web("option httplgo"), "did you mean 'httplog' maybe ?"},
		{"action with letters left out", web("http-request sethdr X y"), "Did you mean 'set-header' maybe ?"},
		{"action with an argument in parentheses", web("http-request set-vra(txn.x) int(1)"), "Did you mean 'set-var' maybe ?"},
		{"balance", web("balance leastcon"), "did you mean 'leastconn' maybe ?"},
		{"balance with a letter too many", web("balance roundrobbin"), "did you mean 'roundrobin' maybe ?"},
		{"mode", web("mode htpp"), "did you mean 'http' maybe ?"},
		{"ACL criterion", web("acl a path_begg /x"), "did you mean 'path_beg' maybe ?"},
		{"anonymous ACL", web("use_backend web if { path_begg /x }"), "did you mean 'path_beg' maybe ?"},
		{"fetch", web("http-request set-header X %[req.hdrr(x)]"), "did you mean 'req.hdr' maybe ?"},
		{"converter", web("http-request set-header X %[src,lowr]"), "did you mean 'lower' maybe ?"},
		{"fetch that is not built yet", web("http-request deny if { sc_http_req_rat(0) gt 1 }"), "did you mean 'sc_http_req_rate' maybe ?"},
		{"log facility", web("log 127.0.0.1 locl0"), "did you mean 'local0' maybe ?"},
		{"log level", web("log 127.0.0.1 local0 inf"), "did you mean 'info' maybe ?"},
		{"retry-on", web("retry-on conn-failur"), "did you mean 'conn-failure' maybe ?"},
		{"http-reuse", web("http-reuse agressive"), "did you mean 'aggressive' maybe ?"},
		{"hash function", web("hash-type consistent sbdm"), "did you mean 'sdbm' maybe ?"},
		{"filter", web("filter compresion"), "did you mean 'compression' maybe ?"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := said(t, tt.cfg); !strings.Contains(got, tt.want) {
				t.Errorf("got\n%swant a line with %q", got, tt.want)
			}
		})
	}
}

// The lines of a kind of check are looked at without its option, too.
func TestCheckLooksAtChecksThatAreOff(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"tcp-check conect", "'tcp-check' only supports 'comment', 'connect', 'send', 'send-binary', 'expect', 'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'. but got 'conect'"},
		{"http-check expect foo", "'http-check expect' : 'only supports min-recv, [!]string', '[!]rstring', '[!]string-lf', '[!]status', '[!]rstatus', [!]hdr, [!]fhdr or comment but got 'foo' as argument.."},
		{"http-check disable-on-404 x", "'http-check' cannot handle unexpected argument 'x'."},
	} {
		if got := said(t, web(tt.line)); !strings.Contains(got, tt.want) {
			t.Errorf("%s: got\n%swant a line with %q", tt.line, got, tt.want)
		}
	}
	if got := said(t, web("tcp-check connect\n tcp-check expect string x")); strings.Contains(got, "ALERT") || !strings.Contains(got, "uses tcp-check rules without 'option tcp-check', so the rules are ignored.") {
		t.Errorf("good lines: got\n%s", got)
	}
}

func TestCheckCallsWordsOfLaterFeaturesNotBuilt(t *testing.T) {
	tests := []struct{ name, cfg, want string }{
		{"http action", web("http-request track-sc0 src"), "[f:8] : 'http-request track-sc0' is not built yet in this version: it has no stick tables and peers."},
		{"action with an index", web("http-request sc-inc-gpc0(0)"), "'http-request sc-inc-gpc0' is not built yet"},
		{"tcp action", raw("tcp-request connection track-sc1 src"), "'tcp-request connection track-sc1' is not built yet"},
		{"action of the cache", web("http-response cache-store c"), "'http-response cache-store' is not built yet in this version: responses are not cached yet."},
		{"fetch", web("http-request set-header X %[ssl_c_sha1]"), "fetch method 'ssl_c_sha1' is not built yet in this version (it has no TLS)."},
		{"fetch in an ACL", web("acl a sc0_get_gpc0 gt 1"), "fetch method 'sc0_get_gpc0' is not built yet in this version (it has no stick tables and peers) in ACL expression"},
		{"criterion", web("acl a http_auth_group(u) x"), "fetch method 'http_auth_group' is not built yet in this version (it has no userlists) in ACL expression"},
		{"converter", web("http-request set-header X %[src,table_gpc0(t)]"), "converter 'table_gpc0' is not built yet"},
		{"word without a feature", web("http-request set-bc-tos 1"), "'http-request set-bc-tos' is not built yet in this version."},
		{"service", web("http-request use-service prometheus-exporter"), "service 'prometheus-exporter' is not built yet in this version: it has no Prometheus exporter.\n"},
		{"action in Lua", web("http-request lua.x"), "'http-request lua.x' is not built yet in this version: it has no Lua.\n"},
		{"action in Lua for TCP", raw("tcp-request content lua.x"), "'tcp-request content lua.x' is not built yet in this version: it has no Lua.\n"},
		{"service in Lua", web("http-request use-service lua.x"), "service 'lua.x' is not built yet in this version: it has no Lua.\n"},
		{"fetch in Lua", web("http-request set-header X %[lua.x]"), "fetch method 'lua.x' is not built yet in this version (it has no Lua).\n"},
		{"converter in Lua", web("http-request set-header X %[src,lua.x]"), "converter 'lua.x' is not built yet in this version (it has no Lua).\n"},
		{"another set's action is unknown", web("http-after-response cache-use c"), "but got 'cache-use'."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := said(t, tt.cfg); !strings.Contains(got, tt.want) {
				t.Errorf("got\n%swant %q", got, tt.want)
			}
		})
	}
}

func TestCheckReadsHTTPRulesInAnyMode(t *testing.T) {
	tests := []struct{ name, cfg, want string }{
		{"behind a mode that does not exist", checked + "frontend f\n mode htpp\n bind :1\n http-request foo\n", "but got 'foo'."},
		{"action in mode tcp", raw("http-request foo"), "but got 'foo'."},
		{"argument in mode tcp", raw("http-request return status 1"), "Unexpected status code '1'"},
		{"condition in mode tcp", raw("http-response deny if nosuch"), "no such ACL : 'nosuch'"},
		{"redirect in mode tcp", raw("redirect foo"), "while parsing redirect rule"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := said(t, tt.cfg); !strings.Contains(got, tt.want) || !strings.Contains(got, "[ALERT]") {
				t.Errorf("got\n%swant an alert with %q", got, tt.want)
			}
		})
	}
	if got := said(t, raw("http-request deny")); strings.Contains(got, "[ALERT]") || !strings.Contains(got, "rules ignored for proxy 'raw'") {
		t.Errorf("a right rule in mode tcp: got\n%swant a warning", got)
	}
}

func TestCheckLooksForInheritedDescriptors(t *testing.T) {
	ours, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(ours)
	plain, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	tests := []struct {
		name string
		bind string
		want string
	}{
		{"a socket", "fd@" + strconv.Itoa(ours), ""},
		{"no socket", "fd@" + strconv.Itoa(int(plain.Fd())), "[ALERT]    (0) : config : parsing [f:7] : 'bind' : cannot use file descriptor '" + strconv.Itoa(int(plain.Fd())) + "' : Socket operation on non-socket."},
		{"not open", "sockpair@1000000", "'bind' : cannot use file descriptor '1000000' : Bad file descriptor."},
		{"a namespace that is not there", "127.0.0.1:1 namespace segue-none", "Cannot open namespace 'segue-none'."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ix, d := catalog.New(features.All()...), &diag.List{}
			text := checked + "frontend f\n mode http\n bind " + tt.bind + "\n"
			m := Parse([]cfg.Source{{Name: "f", Data: []byte(text)}}, Text{}, ix, d)
			checkInherited(Link(m, Input{Index: ix, State: lb.NewState(), Diag: d}).Binds, d)
			var b strings.Builder
			if err := d.Print(&b, diag.PrintOptions{}); err != nil {
				t.Fatal(err)
			}
			if got := b.String(); !strings.Contains(got, tt.want) || (tt.want == "") != (got == "") {
				t.Errorf("got\n%swant %q", got, tt.want)
			}
		})
	}
}

func TestCheckShowsTheWordThatIsWrong(t *testing.T) {
	behind := func(line string) string { return web(line) + "backend app\n server s1 127.0.0.1:1\n" }
	tests := []struct{ name, cfg, want string }{
		{"argument of an action", web("http-request deny deny_statuss 403"), "'deny_statuss'.\n   http-request deny deny_statuss 403\n                     ^^^^^^^^^^^^\n  did you mean 'deny_status' maybe ?\n"},
		{"default_backend", behind("default_backend ap"), ": 'ap'.\n  f:8:\n   default_backend ap\n                   ^^\n  did you mean 'app' maybe ?\n"},
		{"use_backend", behind("use_backend apq if TRUE"), ": 'apq'.\n  f:8:\n   use_backend apq if TRUE\n               ^^^\n  did you mean 'app' maybe ?\n"},
		{"use-server", behind("") + " use-server s2 if TRUE\n", "'use-server' rule.\n  f:11:\n   use-server s2 if TRUE\n              ^^\n  did you mean 's1' maybe ?\n"},
		{"no port to check", web("server s 127.0.0.1 check"), "nor check port.\n  f:8:\n   server s 127.0.0.1 check\n            ^^^^^^^^^\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := said(t, tt.cfg); strings.Count(got, tt.want) != 1 || strings.Count(got, "[ALERT]") != 1 {
				t.Errorf("got\n%swant once\n%s", got, tt.want)
			}
		})
	}
}

func TestCheckNamesAMissingBackendOnce(t *testing.T) {
	if got := said(t, web("default_backend none")); strings.Count(got, "unable to find required default_backend") != 1 {
		t.Errorf("got\n%swant one message", got)
	}
}

// TestCheckAsHAProxy holds lines whose fate was compared with HAProxy 3.4: want is
// said, not is not.
func TestCheckAsHAProxy(t *testing.T) {
	const unsure = "explicitly depending on request contents without any 'tcp-request inspect-delay' setting."
	for _, tt := range []struct{ name, line, want, not string }{
		{"capture of contents", "tcp-request content capture req.len len 5", "proxy 'web' : a 'tcp-request capture' rule " + unsure, "ALERT"},
		{"capture of contents with a delay", "tcp-request inspect-delay 1s\n tcp-request content capture req.len len 5", "", unsure},
		{"capture of an address", "tcp-request content capture src len 5", "", unsure},
		{"hash of nothing known", "server s9 127.0.0.1:80\n balance hash foo", "]: failed to parse 'balance hash' expression 'foo' in : unknown fetch method 'foo'.", "has no expression"},
		{"external command without a path", "option external-check\n external-check command rel", "does not have a leading '/' and 'external-check path' is not set.", "panic"},
		{"external command with a path", "option external-check\n external-check command rel\n external-check path /bin", "", "leading"},
		{"wait without a limit", "http-request wait-for-body time 0", "", "wait-for-body"},
		{"wait without a time", "http-request wait-for-body", "expects time <time> [ at-least <bytes> ]", "panic"},
		{"field of PROXY without an id", "server s9 127.0.0.1:80 set-proxy-v2-tlv-fmt x", "", "tlv"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := said(t, web(tt.line)); !strings.Contains(got, tt.want) || strings.Contains(got, tt.not) {
				t.Errorf("got\n%swant %q, not %q", got, tt.want, tt.not)
			}
		})
	}
}

// A frontend without a maxconn line has the number of -N. Manual (management) 3.
func TestMaxConnOfTheCommandLine(t *testing.T) {
	ix := catalog.New(features.All()...)
	text := web("") + "frontend own\n bind :2\n maxconn 7\nbackend none\n"
	m := Parse([]cfg.Source{{Name: "f", Data: []byte(text)}}, Text{MaxConn: 5}, ix, &diag.List{})
	got := map[string]int{}
	for _, px := range m.Proxies {
		got[px.Name] = px.MaxConn
	}
	for name, want := range map[string]int{"web": 5, "own": 7, "none": 0} {
		if got[name] != want {
			t.Errorf("%s has maxconn %d, want %d", name, got[name], want)
		}
	}
}
