package core

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
)

// parse reads text as the file "f" and returns the model and the entries as
// printed, without carets. files holds what directives may read.
func parse(text string, files map[string]string) (*conf.Model, []string) {
	return parseOpt(text, catalog.Options{ReadFile: func(name string) ([]byte, error) {
		if s, ok := files[name]; ok {
			return []byte(s), nil
		}
		return nil, errors.New("no such file")
	}})
}

// parseOpt is parse with the machine's files, unless opt says otherwise.
func parseOpt(text string, opt catalog.Options) (*conf.Model, []string) {
	ix := catalog.New(Feature())
	var d diag.List
	tree := cfg.Read([]cfg.Source{{Name: "f", Data: []byte(text)}}, &cfg.Options{Sections: ix.SectionNames(), Version: "3.4.0"}, &d)
	m := catalog.ParseWith(tree, ix, &d, opt)
	var b bytes.Buffer
	if err := d.Print(&b, diag.PrintOptions{PID: 1, Plain: true}); err != nil {
		panic(err)
	}
	var lines []string
	for _, l := range strings.Split(b.String(), "\n") {
		if strings.HasPrefix(l, "[") { // what follows a first line is not compared
			lines = append(lines, strings.Replace(strings.Replace(l, "    (1) ", " ", 1), "  (1) ", " ", 1))
		}
	}
	return m, lines
}

// timed is a defaults section that silences the warning about timeouts.
const timed = "defaults\n timeout client 1s\n timeout server 1s\n timeout connect 1s\n"

func TestRowsAreUniqueSortedAndDocumented(t *testing.T) {
	f := Feature()
	seen := map[string]catalog.In{}
	for i := range f.Directives {
		row := &f.Directives[i]
		if seen[row.Name]&row.In != 0 {
			t.Errorf("directive %q has two rows for the same section", row.Name)
		}
		seen[row.Name] |= row.In
		if row.Text == "" || row.Section == "" || row.Parse == nil {
			t.Errorf("directive %q lacks text, section or parser", row.Name)
		}
		if i > 0 && f.Directives[i-1].Name > row.Name {
			t.Errorf("directive %q is not in alphabetical order", row.Name)
		}
	}
	for i := 1; i < len(f.BindWords); i++ {
		if f.BindWords[i-1].Name >= f.BindWords[i].Name {
			t.Errorf("bind word %q is not in order or twice there", f.BindWords[i].Name)
		}
	}
	for i := 1; i < len(f.ServerWords); i++ {
		if f.ServerWords[i-1].Name >= f.ServerWords[i].Name {
			t.Errorf("server word %q is not in order or twice there", f.ServerWords[i].Name)
		}
	}
}

func TestGlobalModel(t *testing.T) {
	m, said := parse(`global
 nbthread 4
 maxconn 2000
 log 127.0.0.1:514 len 2048 format rfc5424 local0 notice err
 stats socket /run/s.sock mode 600 level admin expose-fd listeners
 stats timeout 30s
 tune.bufsize 32k
 no strict-limits
 h1-case-adjust content-type Content-Type
 unix-bind mode 770
 set-var proc.x int(3)
`, nil)
	if len(said) != 0 {
		t.Fatalf("parse said %q, want nothing", said)
	}
	g := &m.Global
	if g.NbThread != 4 || g.MaxConn != 2000 || g.StatsTimeout != 30*time.Second || g.Tune.BufSize != 32768 || g.StrictLimits {
		t.Errorf("global = %+v", g)
	}
	if len(g.Logs) != 1 || g.Logs[0].Facility != "local0" || g.Logs[0].Level != "notice" || g.Logs[0].MinLevel != "err" || g.Logs[0].Len != 2048 {
		t.Errorf("logs = %+v", g.Logs)
	}
	if len(g.StatsSockets) != 1 {
		t.Fatalf("%d stats sockets, want 1", len(g.StatsSockets))
	}
	if s := g.StatsSockets[0]; s.Level != "admin" || s.Unix.Mode != 0o600 || !s.ExposeFD || s.Addr.Kind != conf.AddrUnix {
		t.Errorf("stats socket = %+v", s)
	}
	if g.H1CaseAdjust["content-type"] != "Content-Type" || len(g.SetVars) != 1 {
		t.Errorf("case = %v, vars = %v", g.H1CaseAdjust, g.SetVars)
	}
}

func TestProxyInheritsAndOverrides(t *testing.T) {
	m, said := parse(`defaults base
 mode http
 timeout client 5s
 timeout connect 1s
 timeout server 1m
 option httplog
 option dontlognull
 option http-server-close
 log 127.0.0.1 local0
 errorfile 503 /e503
 default-server inter 5s maxconn 10
defaults child from base
 timeout client 6s
defaults front from base
 http-request set-header a b
frontend f from front
 bind 127.0.0.1:80-82,[::1]:443 name x accept-proxy
 no option dontlognull
 no option http-server-close
 no log
 http-request deny
 use_backend b if TRUE
 default_backend b
backend b from child
 balance leastconn
 http-reuse always
 server s1 10.0.0.1:8080 check maxconn 5 pool-max-conn 3
 server s2 10.0.0.2:+100 backup cookie c weight 7
 server-template t 2-3 10.0.0.9
`, map[string]string{"/e503": "HTTP/1.0 503 x\r\n\r\n"})
	if len(said) != 1 || said[0] != "[WARNING] : log format ignored for frontend 'f' since it has no log address." {
		t.Fatalf("parse said %q, want only that f has no log", said)
	}
	f, b := m.Proxies[0], m.Proxies[1]
	if f.Mode != conf.HTTP || f.Timeouts.Client != 5*time.Second || b.Timeouts.Client != 6*time.Second || b.Timeouts.Server != time.Minute {
		t.Errorf("timeouts of f = %+v, of b = %+v", f.Timeouts, b.Timeouts)
	}
	if f.Options&conf.OptDontLogNull != 0 || f.NoOptions&conf.OptDontLogNull == 0 || f.ConnMode != conf.KeepAlive || b.ConnMode != conf.ServerClose {
		t.Errorf("options of f = %x/%x %v, mode of b = %v", f.Options, f.NoOptions, f.ConnMode, b.ConnMode)
	}
	if len(f.Logs) != 0 || !f.NoLog || len(b.Logs) != 1 || f.LogFormatName != "httplog" {
		t.Errorf("logs of f = %v, of b = %v, format %q", f.Logs, b.Logs, f.LogFormatName)
	}
	rules := f.Rules.Of(conf.HTTPReq)
	if len(rules) != 2 || rules[0].Def != "front" || rules[0].Words()[0].Text != "set-header" || rules[1].Def != "" {
		t.Errorf("rules of f = %+v", rules)
	}
	if len(b.Rules.Of(conf.HTTPReq)) != 0 {
		t.Errorf("b has %d rules, want none of another defaults section", len(b.Rules.Of(conf.HTTPReq)))
	}
	if f.ErrorFiles[503] == nil || string(f.ErrorFiles[503].Raw) != "HTTP/1.0 503 x\r\n\r\n" {
		t.Errorf("error files of f = %v", f.ErrorFiles)
	}
	if n := len(f.Binds); n != 4 || f.Binds[2].Addr.Port != 82 || !f.Binds[3].AcceptProxy || f.Binds[3].Name != "x" || f.Binds[3].Addr.Port != 443 {
		t.Errorf("binds = %+v", f.Binds)
	}
	var names []string
	for _, s := range b.Servers {
		names = append(names, s.Name)
	}
	if !slices.Equal(names, []string{"s1", "s2", "t2", "t3"}) {
		t.Fatalf("servers = %v", names)
	}
	s1, s2 := b.Servers[0], b.Servers[1]
	if !s1.Check || s1.MaxConn != 5 || s1.Inter != 5*time.Second || s1.PoolMaxConn != 3 || s1.Addr.Port != 8080 {
		t.Errorf("s1 = %+v", s1)
	}
	if !s2.Backup || s2.MaxConn != 10 || s2.Addr.PortSign != 1 || s2.Addr.Port != 100 || s2.Cookie != "c" || s2.Weight != 7 || !s2.WeightSet {
		t.Errorf("s2 = %+v", s2)
	}
	if b.Balance.Algo != "leastconn" || b.HTTPReuse != "always" || f.HTTPReuse != "safe" {
		t.Errorf("balance = %+v, reuse %q %q", b.Balance, b.HTTPReuse, f.HTTPReuse)
	}
}

func TestInheritSharesNothing(t *testing.T) {
	m, _ := parse("defaults\n errorloc 500 /x\n default-server source 1.1.1.1\n retry-on 503\nbackend a\n errorloc 503 /y\nbackend b\n", nil)
	a, b := m.Proxies[0], m.Proxies[1]
	if len(a.ErrorFiles) != 2 || len(b.ErrorFiles) != 1 {
		t.Errorf("a has %d error pages, b %d; want 2 and 1", len(a.ErrorFiles), len(b.ErrorFiles))
	}
	if &a.RetryOn[0] == &b.RetryOn[0] {
		t.Error("two proxies share what their defaults section said")
	}
}

// TestServersShareWords: lines that say the same share, and nobody sees what
// another one says.
func TestServersShareWords(t *testing.T) {
	m, said := parse("defaults\n timeout client 1s\n timeout connect 1s\n timeout server 1s\n default-server maxconn 7\nbackend a\n server s 1.1.1.1:80 check weight 5\n server t 1.1.1.1:80 weight 5\n"+
		"backend b\n server s 1.1.1.2:80 check weight 5\n"+
		"backend c\n default-server maxconn 8\n server s 1.1.1.1:80 check weight 5\n server-template t 3 1.1.1.1:80 id 9 weight 6\n", nil)
	if len(said) > 0 {
		t.Fatal(said)
	}
	a, b, c := m.Proxies[0], m.Proxies[1], m.Proxies[2]
	for _, tt := range []struct {
		name string
		x, y *conf.Server
		same bool
	}{
		{"equal lines under the same defaults", a.Servers[0], b.Servers[0], true},
		{"other words", a.Servers[0], a.Servers[1], false},
		{"equal lines under another default-server", a.Servers[0], c.Servers[0], false},
		{"servers of one template", c.Servers[2], c.Servers[3], true},
		{"the template's first has the id", c.Servers[1], c.Servers[2], false},
	} {
		if same := tt.x.ServerWords == tt.y.ServerWords; same != tt.same {
			t.Errorf("%s: shared = %v, want %v", tt.name, same, tt.same)
		}
	}
	got := []int{a.Servers[0].MaxConn, a.Servers[1].MaxConn, c.Servers[0].MaxConn, c.Servers[1].ID, c.Servers[2].ID}
	if want := []int{7, 7, 8, 9, 0}; !slices.Equal(got, want) || a.Servers[1].Check || !b.Servers[0].Check {
		t.Errorf("maxconn of a/s, a/t, c/s and ids of c/t1, c/t2 = %v, want %v", got, want)
	}
}

// TestSharedWordsAreReportedEach: what there is to say about a word is said of
// every line.
func TestSharedWordsAreReportedEach(t *testing.T) {
	_, said := parse("backend a\n server s 1.1.1.1 nonsense\n server t 1.1.1.1 nonsense\n", nil)
	if n := strings.Count(strings.Join(said, "\n"), "'nonsense'"); n != 2 {
		t.Errorf("%d messages about the word, want 2: %v", n, said)
	}
}

// TestFirstLines holds the first lines of messages as HAProxy 3.4.0 prints
// them, except where the case says that we say more.
func TestFirstLines(t *testing.T) {
	front, back := timed+" mode http\nfrontend x\n bind :1\n ", timed+" mode http\nbackend b\n "
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"unknown word", front + "balnce x\n", []string{"[ALERT] : config : parsing [f:8] : unknown keyword 'balnce' in 'frontend' section; did you mean 'balance' maybe ?"}},
		{"misspelt section", front + "backnd y\n", []string{"[ALERT] : config : parsing [f:8] : unknown keyword 'backnd' in 'frontend' section; did you mean 'backend' maybe ?"}},
		{"misspelt section after global", "global\nfrontned y\n", []string{"[ALERT] : config : parsing [f:2] : unknown keyword 'frontned' in 'global' section; did you mean 'frontend' maybe ?"}},
		{"unknown word in global", "global\n foo\n", []string{"[ALERT] : config : parsing [f:2] : unknown keyword 'foo' in 'global' section"}},
		{"unknown option", front + "option httplg\n", []string{"[ALERT] : config : parsing [f:8] : unknown option 'httplg'; did you mean 'httplog' maybe ?"}},
		{"option without name", front + "option\n", []string{"[ALERT] : config : parsing [f:8]: 'option' expects an option name."}},
		{"option that has no off state", front + "no option httplog\n", []string{"[ALERT] : config : parsing [f:8]: negation/default is not supported for option 'httplog'."}},
		{"too many arguments", front + "maxconn 1 2\n", []string{"[ALERT] : config : parsing [f:8] : 'maxconn' cannot handle unexpected argument '2'."}},
		{"missing argument", front + "maxconn\n", []string{"[ALERT] : config : parsing [f:8] : 'maxconn' expects an integer argument."}},
		{"backend word in a frontend", front + "balance roundrobin\n", []string{"[WARNING] : config : parsing [f:8] : 'balance' ignored because frontend 'x' has no backend capability."}},
		{"server in a frontend", front + "server a 1.1.1.1\n", []string{"[ALERT] : config : [f:8] : parsing [f:8] : 'server' not allowed because frontend 'x' has no backend capability."}},
		{"timeout of the other side", front + "timeout server 1s\n", []string{"[WARNING] : config : parsing [f:8] : 'timeout server' will be ignored because frontend 'x' has no backend capability"}},
		{"timer too large", front + "timeout client 99d\n", []string{"[ALERT] : config : parsing [f:8] : timer overflow in argument '99d' to 'timeout client' (maximum value is 2147483647 ms or ~24.8 days)"}},
		{"bind without port", front + "bind foo\n", []string{"[ALERT] : config : parsing [f:8] : 'bind' : missing port specification in 'foo'"}},
		{"bind with port 0", front + "bind :0\n", []string{"[ALERT] : config : parsing [f:8] : 'bind' : invalid port '0'"}},
		{"bind range backwards", front + "bind :80-70\n", []string{"[ALERT] : config : parsing [f:8] : 'bind' : invalid port range '80-70'"}},
		{"bind word without value", front + "bind :2 mss\n", []string{"[ALERT] : config : parsing [f:8] : 'bind :2' in section 'frontend' : 'mss' : missing MSS value"}},
		{"bind word unknown", front + "bind :2 zzzzzz\n", []string{"[ALERT] : config : parsing [f:8] : 'bind :2' in section 'frontend': unknown keyword 'zzzzzz'."}},
		{"TLS is said, not ignored", front + "bind :2 ssl crt x\n", []string{"[ALERT] : config : parsing [f:8] : 'bind :2' in section 'frontend' : 'ssl' is not built yet in this version: it has no TLS.",
			"[ALERT] : config : parsing [f:8] : 'bind :2' in section 'frontend' : unable to stat SSL certificate from file 'x' : no such file."}},
		{"bind in defaults", "defaults\n bind :80\n", []string{"[ALERT] : config : parsing [f:2] : 'bind' not allowed in 'defaults' section."}},
		{"rule in anonymous defaults", "defaults\n http-request deny\n", []string{"[ALERT] : config : parsing [f:2] : 'http-request' not allowed in anonymous 'defaults' section."}},
		{"server without address", back + "server a\n", []string{"[ALERT] : config : [f:7] : 'server' expects <name> and <addr>[:<port>] as arguments."}},
		{"server word unknown", back + "server a 1.1.1.1:80 zzzzzzz\n", []string{"[ALERT] : config : [f:7] : 'server b/a' : unknown keyword 'zzzzzzz'."}},
		{"server word without value", back + "server a 1.1.1.1:80 inter\n", []string{"[ALERT] : config : [f:7] : 'server b/a' : 'inter' expects a delay as argument.."}},
		{"server weight", back + "server a 1.1.1.1:80 weight 1000\n", []string{"[ALERT] : config : [f:7] : 'server b/a' : weight of server a is not within 0 and 256 (1000).."}},
		{"inter 0", back + "server a 1.1.1.1:80 inter 0\n", []string{"[ALERT] : config : [f:7] : 'server b/a' : invalid value 0 for argument 'inter' of server a.."}},
		{"fastinter 0s", back + "server a 1.1.1.1:80 fastinter 0s\n", []string{"[ALERT] : config : [f:7] : 'server b/a' : invalid value 0 for argument 'fastinter' of server a.."}},
		{"downinter 0us", back + "server a 1.1.1.1:80 downinter 0us\n", []string{"[ALERT] : config : [f:7] : 'server b/a' : invalid value 0 for argument 'downinter' of server a.."}},
		{"agent-inter 0", back + "server a 1.1.1.1:80 agent-inter 0\n", []string{"[ALERT] : config : [f:7] : 'server b/a' : invalid value 0 for argument 'agent-inter' of server a.."}},
		{"inter 0 for all servers", back + "default-server inter 0\n", []string{"[ALERT] : config : [f:7] : invalid value 0 for argument 'inter' of server default-server.."}},
		{"small interval", back + "server a 1.1.1.1:80 inter 1\n", []string{"[WARNING] : config : [f:7] : 'server b/a' : 'inter 1' in server 'a' is suspiciously small for a value in milliseconds. Please use an explicit unit ('1ms') if that was the intent."}},
		{"server tcp-ut", back + "server a 1.1.1.1:80 tcp-ut x\n", []string{"[ALERT] : config : [f:7] : 'server b/a' : 'tcp-ut' : expects a positive delay in milliseconds."}},
		{"bind to two ports", front + "bind 127.0.0.1:80:90\n", []string{"[ALERT] : config : parsing [f:8] : 'bind' : invalid address: '127.0.0.1:80' in '127.0.0.1:80:90'"}},
		{"bind to a name that is none", front + "bind a..invalid:80\n", []string{"[ALERT] : config : parsing [f:8] : 'bind' : invalid address: 'a..invalid' in 'a..invalid:80'"}},
		{"nice out of range", front + "bind :2 nice 2000\n", []string{"[ALERT] : config : parsing [f:8] : 'bind :2' in section 'frontend' : 'nice' : invalid value 2000, allowed range is -1024..1024"}},
		{"server twice", back + "server a 1.1.1.1:80\n server a 1.1.1.2:80\n", []string{"[ALERT] : parsing [f:8] : backend 'b', another server named 'a' was already defined at line 7, please use distinct names."}},
		{"two ways to say who sees the page", "listen l\n mode http\n timeout client 1s\n timeout server 1s\n timeout connect 1s\n bind :1\n stats auth a:b\n stats http-request deny\n", []string{"[ALERT] : proxy 'l': stats 'auth'/'realm' and 'http-request' can't be used at the same time."}},
		{"tracking itself", back + "server a 1.1.1.1:80 track a\n", []string{"[ALERT] : [f:7] : 'server b/a' : unable to track b/a as it belongs to a tracking chain looping back to b/a."}},
		{"cookie modes", back + "cookie a insert prefix\n", []string{"[ALERT] : config : parsing [f:7] : cookie 'rewrite', 'insert' and 'prefix' modes are incompatible."}},
		{"backend that is not there", front + "default_backend y\n", []string{"[ALERT] : Proxy 'x': unable to find required default_backend: 'y'."}},
		{"words behind a backend's name", "backend b x\n this is garbage\n", []string{"[ALERT] : config : parsing [f:1] : 'backend' expects only 'from <defaults>' after its name."}},
		{"an address behind a backend's name", "backend b 127.0.0.1:80 weight 3\n", []string{"[ALERT] : config : parsing [f:1] : 'backend' expects only 'from <defaults>' after its name."}},
		{"backend that is not there, and another error", front + "optoin x\n default_backend y\n", []string{
			"[ALERT] : config : parsing [f:8] : unknown keyword 'optoin' in 'frontend' section; did you mean 'option' maybe ?",
			"[ALERT] : Proxy 'x': unable to find required default_backend: 'y'."}},
		{"no bind", timed + "listen l\n", []string{"[WARNING] : proxy 'l' has no 'bind' directive. Please declare it as a backend if this was intended."}},
		{"no timeouts", "backend b\n server a 1.1.1.1:80\n", []string{"[WARNING] : missing timeouts for backend 'b'."}},
		{"http words in tcp mode", timed + "frontend x\n bind :1\n option httplog\n log 127.0.0.1 local0\n http-request deny\n", []string{
			"[WARNING] : parsing [f:7] : 'option httplog' not usable with frontend 'x' (needs 'mode http'). Falling back to 'option tcplog'.",
			"[WARNING] : 'http-request' rules ignored for frontend 'x' as they require HTTP mode."}},
		{"rule behind a later phase", front + "redirect prefix /\n http-request deny\n", []string{"[WARNING] : config : parsing [f:9] : a 'http-request' rule placed after a 'redirect' rule will still be processed before."}},
		{"log facility", front + "log 127.0.0.1 bar\n", []string{"[ALERT] : config : parsing [f:8] : log : unknown log facility 'bar'"}},
		{"error file missing", front + "errorfile 503 /none\n", []string{"[ALERT] : config : parsing [f:8] : errorfile : error opening file '/none'."}},
		{"old names of unsafe options", front + "option accept-invalid-http-request\n option accept-invalid-http-response\n no option accept-invalid-http-request\n", []string{
			"[WARNING] : config : parsing [f:8]: option 'accept-invalid-http-request' is deprecated. please use 'option accept-unsafe-violations-in-http-request' if absolutely needed.",
			"[WARNING] : config : parsing [f:9] : 'accept-invalid-http-response' ignored because frontend 'x' has no backend capability.",
			"[ALERT] : config : parsing [f:10]: negation/default is not supported for option 'accept-invalid-http-request'."}},
		{"retry-on none with others", "backend b\n retry-on conn-failure none\n", []string{"[ALERT] : config : parsing [f:2] : 'retry-on' 'none' keyword only usable alone"}},
		{"http-error without a page", "backend b\n http-error status 418\n http-error content-type a status 299\n", []string{
			"[ALERT] : config : parsing [f:2] : http-error: status code '418' not handled.",
			"[ALERT] : config : parsing [f:3] : http-error: status code '299' not handled."}},
		{"global log-tag with more", "global\n log-tag a b\n", []string{"[ALERT] : config : parsing [f:2] : 'log-tag' cannot handle unexpected argument 'b'."}},
		{"all errors in one run", front + "foo\n mode foo\n log-tag\n", []string{
			"[ALERT] : config : parsing [f:8] : unknown keyword 'foo' in 'frontend' section",
			"[ALERT] : config : parsing [f:9] : unknown proxy mode 'foo'.",
			"[ALERT] : config : parsing [f:10] : 'log-tag' expects a tag for use in syslog."}},
		{"defaults not found", "defaults d\nbackend b from e\n", []string{"[ALERT] : config : parsing [f:2] : defaults section 'e' not found for backend 'b'."}},
		{"same name", "backend b\nbackend b\n", []string{"[ALERT] : config : Parsing [f:2]: backend 'b' has the same name as backend 'b' declared at f:1."}},
		{"given twice", "global\n maxconn 10\n maxconn 20\n uid 0\n user root\n pidfile a\n pidfile b\n", []string{
			"[ALERT] : config : parsing [f:3] : 'maxconn' already specified. Continuing.",
			"[ALERT] : config : parsing [f:5] : user/uid already specified. Continuing.",
			"[WARNING] : config : parsing [f:7] : 'pidfile' already specified. Continuing."}},
		{"guid", "backend b\n guid a/b\n server s 1.1.1.1:1 guid a,b\n", []string{"[ALERT] : config : parsing [f:2] : 'guid': invalid character '/'",
			"[ALERT] : config : [f:3] : 'server b/s' : 'guid': invalid character ','"}},
		{"declare in a backend", "backend b\n declare capture request len 1\n", []string{"[ALERT] : config : parsing [f:2] : 'declare' only available in frontend or listen section"}},
		{"declare in defaults", "defaults\n declare capture request len 1\n", []string{"[ALERT] : config : parsing [f:2] : 'declare' not available in default section"}},
		{"declare without room", front + "declare capture request len 0\n declare capture request len 5x\n", []string{
			"[ALERT] : config : parsing [f:8] : length must be > 0", "[ALERT] : config : parsing [f:9] : 'declare capture': cannot parse the length '5x'"}},
		{"word of a section to come", "ring r\n foo\nuserlist u\n foo\nlog-profile p\n foo\npeers p\n foo\n", []string{
			"[ALERT] : config : parsing [f:2] : unknown statement 'foo'", "[ALERT] : config : parsing [f:4]: unknown keyword 'foo' in 'userlist' section",
			"[ALERT] : config : parsing [f:6] : unknown keyword 'foo' in log-profile section", "[ALERT] : config : parsing [f:8] : unknown keyword 'foo' in 'peers' section"}},
		{"log profiles", "log-profile\nlog-profile a b\nlog-profile a\nlog-profile a\nlog-profile b\n on\n on x\n on close\n on close drop x\n on close foo\n on any sd\n log-tag\n on close drop format x\n on any format a sd b\n", []string{
			"[ALERT] : config : parsing [f:1] : missing name for log-profile section.", "[ALERT] : config : parsing [f:2] : 'log-profile' cannot handle unexpected argument 'b'.",
			"[ALERT] : config : Parsing [f:4]: log-profile section 'a' has the same name as another log-profile section declared at f:3.",
			"[ALERT] : config : parsing [f:6]: 'on' expects a log step.", "[ALERT] : config : parsing [f:7]: 'on' expects a log step.",
			"[ALERT] : config : parsing [f:8] : 'on close' expects 'drop', 'format' or 'sd'.", "[ALERT] : config : parsing [f:9] : 'on close' expects 'drop', 'format' or 'sd'.",
			"[ALERT] : config : parsing [f:10] : 'on close' expects 'drop', 'format' or 'sd'.", "[ALERT] : config : parsing [f:11] : 'on any sd' expects a logformat string.",
			"[ALERT] : config : parsing [f:12] : 'log-tag' expects a tag for use in syslog."}},
		{"log steps", front + "log-steps accept,,close\n log-steps all\n log-steps all,accept\n log-steps error\nbackend b\n log-steps all\n", []string{
			"[ALERT] : config : parsing [f:10] : invalid log step name (all). Expected values are: accept, request, connect, response, close, http-req, http-res, http-after-res, tcp-req-conn, tcp-req-sess, tcp-req-cont, tcp-res-cont",
			"[ALERT] : config : parsing [f:11] : invalid log step name (error). Expected values are: accept, request, connect, response, close, http-req, http-res, http-after-res, tcp-req-conn, tcp-req-sess, tcp-req-cont, tcp-res-cont",
			"[WARNING] : config : parsing [f:13] : log-steps will be ignored because backend 'b' has no frontend capability"}},
		{"tracking in a circle", back + "server a 1.1.1.1:80 track b\n server b 1.1.1.1:80 track c\n server c 1.1.1.1:80 track a\n server d 1.1.1.1:80 track a\n", []string{
			"[ALERT] : [f:9] : 'server b/c' : unable to track b/a as it belongs to a tracking chain looping back to b/c."}},
		{"tracking and checking", back + "server a 1.1.1.1:80 check\n server b 1.1.1.1:80 track a check\n", []string{
			"[ALERT] : config : [f:8] : 'server b/b' : unable to enable checks and tracking at the same time!"}},
		{"tracking and init-state", back + "default-server init-state up\n server a 1.1.1.1:80 check\n server b 1.1.1.1:80 track a\n server c 1.1.1.1:80 track a init-state none\n", []string{
			"[ALERT] : config : [f:9] : 'server b/b' : unable to set init-state and tracking at the same time!"}},
		{"agent without a port", back + "server a 1.1.1.1:80 agent-check\n", []string{
			"[ALERT] : config : [f:7] : 'server b/a' : server a does not have agent port. Agent check has been disabled."}},
		{"values of server words", back + "server a 1.1.1.1:80 check-proto x\n server b 1.1.1.1:80 log-bufsize 0\n server c 1.1.1.1:80 addr udp@1.2.3.4\n server d 1.1.1.1:80 init-addr libc,\n server e 1.1.1.1:80 tcp-ut 99999999999\n", []string{
			"[ALERT] : config : [f:7] : 'server b/a' : 'check-proto' :  unknown MUX protocol 'x'.", "[ALERT] : config : [f:8] : 'server b/b' : log-bufsize has to be > 0..",
			"[ALERT] : config : [f:9] : 'server b/c' : 'addr' : dgram-type address not acceptable in 'udp@1.2.3.4'.",
			"[ALERT] : config : [f:11] : 'server b/e' : timer overflow in argument '99999999999' to 'tcp-ut' (maximum value is 2147483647 ms or ~24.8 days)."}},
		{"protocol that the backend has not", timed + "backend b\n mode http\n server a 1.1.1.1:80 proto none\n", []string{
			"[ALERT] : backend 'b' : MUX protocol 'none' is not usable for server 'a' at [f:7]."}},
		{"values of bind words", timed + "frontend x\n mode http\n bind :1 guid-prefix a/b\n bind :2 id 2147483648\n bind :3 accept-netscaler-cip 5x\n bind :4 accept-netscaler-cip x\n", []string{
			"[ALERT] : [f:7] : error on GUID generation : invalid character '/'. You may fix it by adjusting guid-prefix.",
			"[ALERT] : config : parsing [f:8] : 'bind :2' in section 'frontend' : 'id' : custom id has to be > 0",
			"[ALERT] : config : parsing [f:10] : 'bind :4' in section 'frontend' : 'accept-netscaler-cip' : invalid value 0, must be >= 0"}},
		{"words of threads and status codes", "global\n cpu-affinity x\n cpu-set x\n thread-groups x\n thread-hard-limit 1 2\n max-threads-per-group 65\n http-err-codes 400-499,503 -404 +500\n http-err-codes\n http-fail-codes 99\n http-fail-codes 400-\n http-fail-codes 400,x\n pp2-never-send-local x\n ca-base\n", []string{
			"[ALERT] : config : parsing [f:2] : 'cpu-affinity' parsed an unknown directive 'x'. Known values are : per-core per-group per-thread per-ccx auto",
			"[ALERT] : config : parsing [f:3] : 'cpu-set' passed an unknown directive 'x' (only 'reset', 'only-cpu', 'drop-cpu', 'only-node', 'drop-node', 'only-cluster', 'drop-cluster', 'only-core', 'drop-core', 'only-thread', 'drop-thread' supported).",
			"[ALERT] : config : parsing [f:4] : 'thread-groups' passed a missing or unparsable integer value in 'x'",
			"[ALERT] : config : parsing [f:5] : 'thread-hard-limit' cannot handle unexpected argument '2'.",
			"[ALERT] : config : parsing [f:6] : 'max-threads-per-group' value must be an integer between 1 and 64,  got '65'",
			"[WARNING] : config : parsing [f:7] : 'http-err-codes' is accepted and has no effect in this version: the classes of status codes are fixed.",
			"[ALERT] : config : parsing [f:8] : Missing status codes range for 'http-err-codes'.",
			"[ALERT] : config : parsing [f:9] : Invalid status codes range '99' in 'http-fail-codes'.",
			"[ALERT] : config : parsing [f:10] : Invalid status codes range '400-' in 'http-fail-codes' at position 4. Ranges must be in the form [+-]{low[-{high}]}[,...].",
			"[ALERT] : config : parsing [f:11] : Invalid status codes range '400,x' in 'http-fail-codes' at position 4. Ranges must be in the form [+-]{low[-{high}]}[,...].",
			"[ALERT] : config : parsing [f:12] : 'pp2-never-send-local' cannot handle unexpected argument 'x'.",
			"[ALERT] : config : parsing [f:13] : global statement 'ca-base' expects a directory path as an argument."}},
		{"size of a ring", "ring r\n size abc\n maxlen 0\n size 100000000000000\n size 900g\n", []string{
			"[ALERT] : config : parsing [f:2] : invalid size 'abc' for new sink buffer.", "[ALERT] : config : parsing [f:3] : invalid size '0' for new sink buffer.",
			"[ALERT] : config : parsing [f:4] : fail to set sink buffer size '100000000000000' for ring 'r'.",
			"[ALERT] : config : parsing [f:5] : fail to set sink buffer size '900g' for ring 'r'."}},
		{"balance without what it needs", "backend b\n balance url_param\n balance uri len x\n balance uri foo\n balance hdr()\n balance hdr(x) foo\n balance hash\n balance rdp-cookie(\n", []string{
			"[ALERT] : config : parsing [f:2] : balance url_param requires an URL parameter name.",
			"[ALERT] : config : parsing [f:3] : balance uri : 'len' expects a positive integer (got 'x').",
			"[ALERT] : config : parsing [f:4] : balance uri only accepts parameters 'len', 'depth', 'path-only', and 'whole' (got 'foo').",
			"[ALERT] : config : parsing [f:5] : balance hdr requires an http header field name.",
			"[ALERT] : config : parsing [f:6] : balance hdr(x) only accepts 'use_domain_only' modifier (got 'foo').",
			"[ALERT] : config : parsing [f:7] : balance hash requires a sample expression.",
			"[ALERT] : config : parsing [f:8] : balance rdp-cookie : missing cookie name."}},
		{"balance with what it takes", timed + "backend b\n mode http\n balance random()\n balance random(3)\n balance uri len 5 depth 3 whole\n balance url_param x check_post\n balance hdr(x) use_domain_only\n", nil},
		{"balance random", "backend b\n balance random(0)\n balance random(x)\n balance random(2\n", []string{
			"[ALERT] : config : parsing [f:2] : balance random : number of draws must be at least 1.",
			"[ALERT] : config : parsing [f:3] : balance random : unexpected character 'x' after argument.",
			"[ALERT] : config : parsing [f:4] : balance random : missing closing parenthesis."}},
		{"arguments of words without effect", "global\n profiling.tasks foo\n stress-level 10\n tune.fd.edge-triggered on\n tune.fail-alloc 101\n tune.renice.runtime 10s\n tune.listener.multi-queue x\n tune.epoll.mask-events err,x\n tune.chksize 1\n", []string{
			"[ALERT] : config : parsing [f:2] : 'profiling.tasks' expects a combination of either 'on', 'auto', 'off', 'lock', 'no-lock', 'memory', or 'no-memory', but got 'foo'.",
			"[ALERT] : config : parsing [f:3] : 'stress-level' level must be between 0 and 9 inclusive.",
			"[ALERT] : config : parsing [f:4] : 'tune.fd.edge-triggered' directive is experimental, must be allowed via a global 'expose-experimental-directives'",
			"[ALERT] : config : parsing [f:5] : 'tune.fail-alloc' expects a numeric value between 0 and 100.",
			"[ALERT] : config : parsing [f:6] : 'tune.renice.runtime' only supports values between -20 and 19 inclusive (was given 10s)",
			"[ALERT] : config : parsing [f:7] : 'tune.listener.multi-queue' expects either 'on', 'fair', or 'off' but got 'x'.",
			"[ALERT] : config : parsing [f:8] : 'tune.epoll.mask-events' expects a comma-delimited list of 'err', 'hup' and 'rdhup' but got 'x'.",
			"[ALERT] : config : parsing [f:9] : option 'tune.chksize' is not supported any more (tune.bufsize is used instead)."}},
		{"numbers of words without effect", "global\n tune.takeover-other-tg-connections full\n tune.buffers.reserve 5k\n tune.h1.zero-copy-fwd-recv on\n", nil},
		{"words whose lack of effect shows", "global\n tune.fail-alloc\n tune.buffers.limit 5k\n tune.renice.startup -20\n profiling.tasks on memory\n no-quic\n", []string{
			"[WARNING] : config : parsing [f:2] : 'tune.fail-alloc' is accepted and has no effect in this version: no allocation is made to fail.",
			"[WARNING] : config : parsing [f:3] : 'tune.buffers.limit' is accepted and has no effect in this version: memory is limited by maxconn and tune.bufsize.",
			"[WARNING] : config : parsing [f:4] : 'tune.renice.startup' is accepted and has no effect in this version: the process keeps the priority that it was started with.",
			"[WARNING] : config : parsing [f:5] : 'profiling.tasks' is accepted and has no effect in this version: times and memory of tasks are not counted yet."}},
		{"process words", "global\n pidfile a b\n mworker-max-reloads -1\n set-dumpable foo\n set-dumpable libs\n", []string{
			"[ALERT] : config : parsing [f:2] : 'pidfile' cannot handle unexpected argument 'b'.",
			"[ALERT] : config : parsing [f:3] : 'mworker-max-reloads' expects a positive value or zero.",
			"[ALERT] : config : parsing [f:4] : 'set-dumpable' only supports 'on' and 'off' as an argument, found 'foo'."}},
		{"words of the other side", "backend b\n force-be-switch if TRUE\nfrontend f\n retry-on none\n hash-preserve-affinity always\n", []string{
			"[ALERT] : config : parsing [f:2] : 'force-be-switch' only available in frontend or listen section.",
			"[ALERT] : config : parsing [f:4] : 'retry-on' only available in backend or listen section",
			"[ALERT] : config : parsing [f:5] : 'hash-preserve-affinity' only available in backend or listen section"}},
		{"protocol that the mode has not", timed + "frontend x\n bind :1 proto h1\n", []string{"[ALERT] : frontend 'x' : MUX protocol 'h1' is not usable for 'bind :1' at [f:6]."}},
		{"lines without what they are for", "backend b\n http-error\n tcp-check\n", []string{
			"[ALERT] : config : parsing [f:2] : http-error : expects at least a <status> as arguments.",
			"[ALERT] : config : parsing [f:3] : 'tcp-check' only supports 'comment', 'connect', 'send', 'send-binary', 'expect', 'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'. but got ''"}},
		{"external-check", "backend b\n external-check comand x\n external-check command\n external-check path a b\n", []string{
			"[ALERT] : config : parsing [f:2] : 'external-check' only supports 'command' and 'path'. but got 'comand'.",
			"[ALERT] : config : parsing [f:3] : missing argument after 'command'.",
			"[ALERT] : config : parsing [f:4] : 'external-check' cannot handle unexpected argument 'b'."}},
		{"words of features to come", "backend b\n compression alg gzip\n email-alert frm x\n", []string{
			"[ALERT] : config : parsing [f:2] : 'compression' expects 'algo', 'type', 'direction', 'offload', 'minsize-req' or 'minsize-res'",
			"[ALERT] : config : parsing [f:3] : email-alert: unknown argument 'frm'."}},
		{"defaults named and taken", "defaults d\nbackend a\nbackend b from d\nbackend c\n", []string{mixed(3), mixed(4)}},
		{"defaults named by defaults and taken", "defaults d\nbackend a\ndefaults e from d\nbackend c\n", []string{mixed(3)}},
		{"defaults named only", "defaults d\ndefaults e\nbackend a\nbackend b from d\n", nil},
		{"referenced defaults again", "defaults d\nbackend b from d\ndefaults d\n", []string{"[ALERT] : config : Parsing [f:3]: defaults 'd' has the same name as another defaults section declared at f:1 which was explicitly referenced hence cannot be replaced. Please remove or rename one of the offending defaults section."}},
		{"rules in two levels of defaults", "defaults a\n http-request deny\ndefaults b from a\n", []string{"[ALERT] : config : parsing [f:3]: a defaults section cannot inherit from a defaults section defining TCP/HTTP rules (defaults section at f:1)."}},
		{"rules of defaults in listen", "defaults a\n http-request deny\nlisten b from a\n", []string{"[ALERT] : config : parsing [f:3]: a listen section cannot inherit from a defaults section defining TCP/HTTP rules."}},
		{"rules of defaults on both sides", "defaults a\n http-request deny\nfrontend b from a\nbackend c from a\n", []string{"[ALERT] : config : parsing [f:4]: frontends and backends cannot inherit from the same defaults section if it defines TCP/HTTP rules (defaults section at f:1)."}},
		{"section of a feature to come", "mailers r\nmailers q\n", []string{
			"[WARNING] : config : parsing [f:1] : section 'mailers' is accepted and has no effect in this version: it sends no mail.",
			"[WARNING] : config : parsing [f:2] : section 'mailers' is accepted and has no effect in this version: it sends no mail."}},
		{"rings", "ring\nring r\n size 20\nring r\nring buf0\nring q\n size foo\n format foo\n description\n timeout connect\n server a\n zork\n", []string{
			"[ALERT] : config : parsing [f:1] : missing ring name.",
			"[ALERT] : config : parsing [f:4] : sink named 'r' already exists.",
			"[ALERT] : config : parsing [f:5] : sink named 'buf0' already exists.",
			"[ALERT] : config : parsing [f:7] : invalid size 'foo' for new sink buffer.",
			"[ALERT] : config : parsing [f:8] : unknown format 'foo'.",
			"[ALERT] : config : parsing [f:9] : missing ring description text.",
			"[ALERT] : config : parsing [f:10] : 'timeout connect' expects <time> as argument.",
			"[ALERT] : config : [f:11] : 'server' expects <name> and <addr>[:<port>] as arguments.",
			"[ALERT] : config : parsing [f:12] : unknown statement 'zork'"}},
		{"log-forward", "log-forward\nlog-forward a b\nlog-forward a\n dgram-bind 127.0.0.1\n dgram-bind tcp@127.0.0.1:1\n bind udp@127.0.0.1:1\n maxconn\n backlog 3 4\n timeout server 3s\n option foo\n option host x\n option dont-parse-log x\n zork\n", []string{
			"[ALERT] : config : parsing [f:1] : missing name for log-forward section.",
			"[ALERT] : config : parsing [f:2] : 'log-forward' cannot handle unexpected argument 'b'.",
			"[ALERT] : config : parsing [f:4] : 'dgram-bind 127.0.0.1' : missing port specification in '127.0.0.1'",
			"[ALERT] : config : parsing [f:5] : 'dgram-bind tcp@127.0.0.1:1' : stream-type address not acceptable in 'tcp@127.0.0.1:1'",
			"[ALERT] : config : parsing [f:6] : 'bind' : dgram-type address not acceptable in 'udp@127.0.0.1:1'",
			"[ALERT] : config : parsing [f:7] : 'maxconn' expects an integer argument.",
			"[ALERT] : config : parsing [f:8] : 'backlog' cannot handle unexpected argument '4'.",
			"[ALERT] : config : parsing [f:9] : unknown keyword 'timeout server' in log-forward section.",
			"[ALERT] : config : parsing [f:10] : unknown option 'foo' in log-forward section.",
			"[ALERT] : config : parsing [f:11] : option 'host' expects {replace|fill|keep|append}.",
			"[ALERT] : config : parsing [f:12] : 'option dont-parse-log' cannot handle unexpected argument 'x'.",
			"[ALERT] : config : parsing [f:13] : unknown keyword 'zork' in log-forward section."}},
		{"log-forward's name", "log-forward a\nbackend a\n", []string{
			"[WARNING] : frontend 'a' has no 'bind' directive. Please declare it as a backend if this was intended.",
			"[ALERT] : config : Parsing [f:2]: backend 'a' has the same name as log forward section 'a' declared at f:1."}},
		{"log frontend", "frontend x\n mode log\n", []string{"[ALERT] : config : parsing [f:2] : mode syslog is only applicable on proxies with backend capability."}},
		{"log backends", "backend a\n mode log\n balance leastconn\nbackend b\n mode log\n balance log-hash lower\n hash-type consistent\nbackend c\n mode log\n use-server s if TRUE\n server s 127.0.0.1:1\n", []string{
			"[ALERT] : in backend 'a': \"balance\" only supports 'roundrobin', 'random', 'sticky' and 'log-hash'.",
			"[ALERT] : log backend 'b': failed to initialize: unsupported hash method (from \"hash-type\").",
			"[WARNING] : Cannot use \"use-server\" rules with 'mode log' in backend 'c'. They will be ignored."}},
		{"a buffer of nothing", "global\n tune.bufsize 0\n", []string{"[ALERT] : config : parsing [f:2] : 'tune.bufsize' expects a positive integer argument."}},
		{"a buffer beyond int", "global\n tune.bufsize 2147483647\n", []string{"[ALERT] : config : parsing [f:2] : 'tune.bufsize' expects a size in bytes from 0 to 2147483631."}},
		{"a buffer beyond the scratch", "global\n tune.bufsize 1m\n", []string{"[ALERT] : config : parsing [f:2] : 'tune.bufsize' must be between 1024 and 258048 in this version."}},
		{"a buffer too small for a head", "global\n tune.bufsize 64\n", []string{"[ALERT] : config : parsing [f:2] : 'tune.bufsize' must be between 1024 and 258048 in this version."}},
		{"words of a feature to come are one warning", "global\n ca-base /a\n maxzlibmem 3\n crt-base /b\n maxsslconn 4\n", []string{
			"[WARNING] : config : parsing [f:2] : 'ca-base', 'crt-base' (line 4), 'maxsslconn' (line 5) are accepted and have no effect in this version: it has no TLS.",
			"[WARNING] : config : parsing [f:3] : 'maxzlibmem' is accepted and has no effect in this version: it has no compression."}},
		{"word of a feature to come", "global\n tune.ssl.lifetime 300\n", []string{"[WARNING] : config : parsing [f:2] : 'tune.ssl.lifetime' is accepted and has no effect in this version: it has no TLS."}},
		{"filter that decides", front + "filter spoe engine e config f\n", []string{"[ALERT] : config : parsing [f:8] : 'filter spoe' is not built yet in this version: traffic would pass without it."}},
		{"http-errors not found", front + "errorfiles e\n", []string{"[ALERT] : proxy 'x': unknown http-errors section 'e' (at f:8)."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := parse(tt.text, nil); !slices.Equal(got, tt.want) {
				t.Errorf("parse said\n %s\nwant\n %s", strings.Join(got, "\n "), strings.Join(tt.want, "\n "))
			}
		})
	}
}

func TestErrorFilesFromSections(t *testing.T) {
	const pageA, pageB = "HTTP/1.0 400 A\r\n\r\n", "HTTP/1.0 503 B\n\nb"
	m, said := parse(timed+"http-errors e\n errorfile 400 /a\n errorfile 503 /b\nbackend b\n errorfiles e 503\n errorloc 400 /own\nbackend c\n errorfiles e\n", map[string]string{"/a": pageA, "/b": pageB})
	if len(said) != 0 {
		t.Fatalf("parse said %q", said)
	}
	b, c := m.Proxies[0].ErrorFiles, m.Proxies[1].ErrorFiles
	if b[400].Location != "/own" || string(b[503].Raw) != pageB || string(c[400].Raw) != pageA {
		t.Errorf("pages of b = %v, of c = %v", b, c)
	}
}

func TestErrorFileMustBeAResponse(t *testing.T) {
	for _, c := range []struct {
		name, data string
		ok         bool
	}{
		{"another file", "root:x:0:0:root:/root:/bin/sh\n", false},
		{"no empty line", "HTTP/1.0 503 x\r\nA: b\r\n", false},
		{"field without a colon", "HTTP/1.0 503 x\r\nbad\r\n\r\n", false},
		{"empty", "", true},
		{"line feeds only", "HTTP/1.0 503 x\nA: b\n\nbody", true},
		{"no reason", "HTTP/1.1 503\r\n\r\n", true},
	} {
		_, said := parse("backend b\n errorfile 503 /e\n", map[string]string{"/e": c.data})
		got := !slices.ContainsFunc(said, func(l string) bool { return strings.Contains(l, "errorfile : '/e': unable to parse headers") })
		if got != c.ok {
			t.Errorf("%s: accepted = %v, want %v; parse said %q", c.name, got, c.ok, said)
		}
	}
}

func TestOldNamesOfUnsafeOptionsAreTheSwitch(t *testing.T) {
	m, _ := parse(timed+"listen l\n bind :1\n option accept-invalid-http-request\n option accept-invalid-http-response\n", nil)
	if want := conf.OptUnsafeRequest | conf.OptUnsafeResponse; m.Proxies[0].Options&want != want {
		t.Errorf("options = %b, want %b set", m.Proxies[0].Options, want)
	}
}

func TestErrorFileMustFitABuffer(t *testing.T) {
	_, said := parse("global\n tune.bufsize 1024\nbackend b\n errorfile 503 /big\n", map[string]string{"/big": strings.Repeat("x", 1025)})
	if len(said) != 1 || !strings.Contains(said[0], "exceeds the buffer size") {
		t.Errorf("parse said %q, want one error about the size", said)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(timed + "frontend f\n bind :80,\n bind unix@/x mode 7\n capture request header\n http-request\n")
	f.Add("backend b\n server a 1.1.1.1 source usesrc\n server-template t 1-\n server a rhttp@\n default-server proxy-v2-options ,\n balance\n cookie a maxidle\n")
	f.Add("global\n log\n stats socket\n unix-bind\n set-var\n h1-case-adjust a\ndefaults from\nlisten from from from\n")
	ix := catalog.New(Feature())
	f.Fuzz(func(t *testing.T, text string) {
		var d diag.List
		tree := cfg.Read([]cfg.Source{{Name: "f", Data: []byte(text)}}, &cfg.Options{Sections: ix.SectionNames(), Version: "3.4.0"}, &d)
		m := catalog.ParseWith(tree, ix, &d, catalog.Options{ReadFile: func(string) ([]byte, error) { return nil, errors.New("none") }})
		for _, p := range m.Proxies {
			for set := range conf.RuleSets {
				for i := range p.Rules.Of(set) {
					p.Rules.Of(set)[i].Words() // must not go out of bounds
				}
			}
		}
	})
}

func TestBindRangesHaveOneBindForEachPort(t *testing.T) {
	m, lines := parse(timed+"frontend f\n bind 127.0.0.1:8001-8003,[::1]:90 name x\n bind 127.0.0.1:70-71 id 4\n", nil)
	var got []string
	for _, b := range m.Proxies[len(m.Proxies)-1].Binds {
		got = append(got, b.Addr.Text+" "+b.Name)
	}
	if want := []string{"127.0.0.1:8001 x", "127.0.0.1:8002 x", "127.0.0.1:8003 x", "[::1]:90 x"}; !slices.Equal(got, want) {
		t.Errorf("binds %q, want %q", got, want)
	}
	if want := "'bind 127.0.0.1:70-71' in section 'frontend' : 'id' can only be used with a single socket"; len(lines) == 0 || !strings.Contains(lines[0], want) {
		t.Errorf("messages %q, want %q", lines, want)
	}
}

func TestMissingArgumentsAreNamed(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"declare", "frontend f\n declare\n", "'declare' needs a second keyword that specify the type of declaration ('capture')"},
		{"direction", "frontend f\n declare capture foo len 3\n", "'declare capture' requires a direction ('request' or 'response')"},
		{"length", "frontend f\n declare capture request\n", "'declare capture' requires a capture length ('len')"},
		{"dispatch", "backend b\n dispatch\n", "'dispatch' : '' resolves to an empty address (environment variable missing?)"},
		{"tcp-request", "frontend f\n tcp-request\n", "missing argument for 'tcp-request' in frontend 'f'"},
		{"stats uri", "frontend f\n mode http\n stats uri\n", "[f:7] : 'uri' needs an URI prefix."},
		{"userlist", "userlist\n", "[f:5]: 'userlist' expects <name> as arguments."},
		{"userlist with more", "userlist a b\n", "'userlist' cannot handle unexpected argument 'b'."},
		{"userlist's name", "userlist a/b\n", "[f:5]: character '/' is not permitted in 'userlist' name 'a/b'."},
		{"peers", "peers\n", "[f:5] : missing name for peers section."},
		{"peers with more", "peers a b\n", "[f:5] : 'peers' cannot handle unexpected argument 'b'."},
		{"peers' name", "peers a/b\n", "[f:5] : character '/' is not permitted in 'peers' name 'a/b'."},
		{"peers twice", "peers a\npeers a\n", "Parsing [f:6]: peers section 'a' has the same name as another peers section declared at f:5."},
		{"cache", "cache\n", "[f:5] : 'cache' expects a <name> argument"},
		{"cache with more", "cache a b\n", "[f:5] : 'cache' cannot handle unexpected argument 'b'."},
		{"cache twice", "cache a\n total-max-size 4\ncache a\n total-max-size 4\n", "[f:7]: Duplicate cache name 'a'."},
		{"crt-store with more", "crt-store a b\n", "[f:5] : 'crt-store' section only supports a <name> argument."},
		{"fcgi-app", "fcgi-app\n", "[f:5]: 'fcgi-app' expects <name> as argument."},
		{"fcgi-app with more", "fcgi-app a b\n", "[f:5] : 'fcgi-app' cannot handle unexpected argument 'b'."},
		{"traces with more", "traces x\n", "[f:5] : 'traces' cannot handle unexpected argument 'x'."},
		{"word of traces", "traces\n garbage x\n", "[f:6] : unknown keyword 'garbage' in 'global' section"},
		{"mailers", "mailers\n", "[f:5] : missing name for mailers section."},
		{"mailers' timeout alone", "mailers a\n timeout\n", "[f:6] : 'timeout' expects 'mail' and <time> as arguments."},
		{"mailers' other timeout", "mailers a b\n timeout server 5s\n", "[f:6] : 'timeout' expects 'mail' and <time> as arguments got 'server'."},
		{"mailers' timeout without time", "mailers a\n timeout mail\n", "[f:6] : 'timeout mail' expects <time> as argument."},
		{"mailers' timeout that is no time", "mailers a\n timeout mail x\n", "[f:6]: unexpected character 'x' in argument to <timeout mail>."},
		{"mailer alone", "mailers a\n mailer x\n", "[f:6] : 'mailer' expects <name> and <addr>[:<port>] as arguments."},
		{"mailer without port", "mailers a\n mailer x 127.0.0.1\n", "[f:6] : 'mailer x' : missing port specification in '127.0.0.1'"},
	} {
		if _, lines := parse(timed+c.text, nil); !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, c.want) && strings.HasPrefix(l, "[ALERT]") }) {
			t.Errorf("%s: %q, want an alert with %q", c.name, lines, c.want)
		}
	}
}

// mixed is the warning about defaults that line uses in the other way.
func mixed(line int) string {
	return "[WARNING] : config : parsing [f:" + strconv.Itoa(line) + "] : defaults section 'd' (declared at f:1) is explicitly referenced by another proxy and implicitly used here." +
		" To avoid any ambiguity don't mix both usage. Add a last defaults section not explicitly used or always use explicit references."
}
