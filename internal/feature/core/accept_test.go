package core

import (
	"strings"
	"testing"
)

// TestTakenAndRefused holds lines whose acceptance was compared with HAProxy
// 3.4. want begins what is said first; "" is silence.
func TestTakenAndRefused(t *testing.T) {
	const (
		alert   = "[ALERT] : config : parsing [f:2] : "
		warning = "[WARNING] : config : parsing [f:2] : "
		tight   = "[ALERT] : config : parsing [f:2]: "
		word    = "[ALERT] : config : [f:2] : 'server b/s' : "
		back    = "backend b\n"
		front   = "frontend f\n"
	)
	for _, tt := range []struct{ name, text, want string }{
		{"external-check argument", "global\n external-check foo\n", alert + "'external-check' only supports 'preserve-env' as an argument, found 'foo'."},
		{"small buffers above the usual", "global\n tune.bufsize.small 64k\n", "[WARNING] : invalid small buffer size 65536 bytes which is greater than default bufsize 16384 bytes."},
		{"small buffers below larger usual ones", "global\n tune.bufsize.small 20000\n tune.bufsize 32k\n", ""},
		{"large buffers below the usual", "global\n tune.bufsize.large 1k\n", "[WARNING] : tune.bufsize.large (1024) is lower than tune.bufsize (16384). large buffers support is disabled."},
		{"large buffers of 256 MB", "global\n tune.bufsize.large 256m\n", "[ALERT] : global.tune.bufsize_large must be below 256 MB when HTTP is in use (current value = 268435456)."},
		{"large buffers", "global\n tune.bufsize.large 1m\n", ""},
		{"log over QUIC", "global\n log quic4@127.0.0.1:12 local0\n", alert + "log : unsupported stream protocol for datagram family 2 address 'quic4@127.0.0.1:12'"},
		{"log to a pair of sockets that is none", "global\n log sockpair@99999 local0\n", alert + "log : cannot use file descriptor '99999' : Bad file descriptor."},
		{"dispatch to a name that nobody has", "global\n" + back + " dispatch nosuch.invalid:80\n", "[ALERT] : config : parsing [f:3] : 'dispatch' : invalid address: 'nosuch.invalid' in 'nosuch.invalid:80'"},
		{"dispatch to port 0", back + " dispatch 127.0.0.1:0\n", alert + "'dispatch' : invalid port '0'"},
		{"dispatch to a descriptor", back + " dispatch fd@5\n", alert + "'dispatch' : a file descriptor is not acceptable here in 'fd@5'"},
		{"source over UDP", back + " source udp@127.0.0.1:33\n", alert + "'source udp@127.0.0.1:33' : dgram-type address not acceptable"},
		{"a server of a ring at a path", "ring r\n server s /x\n", "[ALERT] : config : [f:2] : log server address family not supported for log backend server."},
		{"haterm before HTTP", timed + "frontend f\n mode haterm\n bind :1\n default_backend b\nbackend b\n mode http\n", ""},
		{"TCP before haterm", timed + "frontend f\n bind :1\n default_backend l\nlisten l\n mode haterm\n bind :2\n", ""},
		{"haterm before TCP", timed + "frontend f\n mode haterm\n bind :1\n use_backend b\nbackend b\n", "[ALERT] : http frontend 'f' (f:5) tries to use incompatible tcp backend 'b' (f:9) in a 'use_backend' rule (see 'mode')."},
		{"TCP before log by a rule", timed + "frontend f\n bind :1\n use_backend b if TRUE\nbackend b\n mode log\n", "[ALERT] : tcp frontend 'f' (f:5) tries to use incompatible syslog backend 'b' (f:8) in a 'use_backend' rule (see 'mode')."},
		{"HTTP before log", timed + "frontend f\n mode http\n bind :1\n default_backend b\nbackend b\n mode log\n", "[ALERT] : http frontend 'f' (f:5) tries to use incompatible syslog backend 'b' (f:9) as its default backend (see 'mode')."},
		{"small buffers for what there is", back + " option use-small-buffers queue l7-retries check\n no option use-small-buffers queue\n", ""},
		{"small buffers for something else", back + " option use-small-buffers queue x\n", alert + "invalid parameter 'x'. option 'use-small-buffers' expects 'queue', 'l7-retries' or 'check' value."},
		{"small buffers of a frontend", front + " option use-small-buffers x\n", warning + "'use-small-buffers' ignored because frontend 'f' has no backend capability."},
		{"spread-checks with two words", "global\n spread-checks 5 5\n", alert + "'spread-checks' cannot handle unexpected argument '5'."},
		{"max-spread-checks with two words", "global\n max-spread-checks 5 5\n", alert + "'max-spread-checks' cannot handle unexpected argument '5'."},
		{"a command without its option", back + " external-check command /x\n", "[WARNING] : 'external-check command' will be ignored for backend 'b' (requires 'option external-check')."},
		{"a command without a path", back + " external-check command x\n", "[ALERT] : Proxy 'b': 'external-check command' does not have a leading '/' and 'external-check path' is not set."},
		{"external-check preserve-env", "global\n external-check preserve-env\n", warning + "'external-check preserve-env' is accepted and has no effect in this version"},
		{"maxaccept above 32 bits", "global\n tune.maxaccept 99999999999\n", alert + "'tune.maxaccept' expects -1 or an integer from 0 to INT_MAX."},
		{"maxaccept 2^31", "global\n tune.maxaccept 2147483648\n", alert + "'tune.maxaccept' expects -1"},
		{"unix-bind prefix missing", "global\n unix-bind prefix\n", alert + "unix_bind 'prefix' expects a path as an argument."},
		{"unix-bind mode no number", "global\n unix-bind mode on\n", warning + "'on' is not an octal integer; it is read as 0."},
		{"unix-bind mode with a tail", "global\n unix-bind mode 77x\n", warning + "'77x' is not an octal integer; it is read as 77."},
		{"unix-bind mode", "global\n unix-bind mode 770\n", ""},
		{"strict-limits off", "global\n strict-limits off\n", alert + "'strict-limits' cannot handle unexpected argument 'off'."},
		{"no strict-limits", "global\n no strict-limits\n", ""},
		{"insecure-fork-wanted off", "global\n insecure-fork-wanted off\n", alert + "'insecure-fork-wanted' cannot handle unexpected argument 'off'."},
		{"set-dumpable off", "global\n set-dumpable off\n", ""},
		{"node with two words", "global\n node a b\n", alert + "'node' cannot handle unexpected argument 'b'."},
		{"node missing", "global\n node\n", tight + "'node' requires valid node name"},
		{"node with a bad character", "global\n node a%b\n", tight + "'node' requires valid node name"},
		{"node of a page with a bad character", front + " stats show-node a<b\n", tight + "'stats show-node' invalid node name"},
		{"node of a page with a dot", timed + back + " mode http\n stats show-node a.b\n", ""},
		{"description of a page that nobody gave", front + " stats show-desc\n", "[WARNING] : config : parsing [f:2]: 'show-desc' requires a parameter"},
		{"description of a page", timed + back + " mode http\n stats show-desc a b\n", ""},
		{"description missing", "global\n description\n", tight + "'description' expects a string argument."},
		{"cluster-secret with two words", "global\n cluster-secret a b\n", alert + "'cluster-secret' cannot handle unexpected argument 'b'."},
		{"resetenv with an empty name", "global\n resetenv \"\"\n", tight + "argument number 1 at position 12 is empty and marks the end of the argument list:"},
		{"uid above 32 bits", "global\n uid 99999999999\n", warning + " uid: string '99999999999' is not a number."},
		{"gid 2^31", "global\n gid 2147483648\n", warning + " gid: string '2147483648' is not a number."},
		{"profiling.memory", "global\n profiling.memory foo\n", alert + "'profiling.memory' expects either 'on' or 'off' but got 'foo'."},
		{"maxhdr with a tail", "global\n tune.http.maxhdr 10x\n", warning + "'10x' is not an integer; it is read as 10."},
		{"maxhdr missing", "global\n tune.http.maxhdr\n", alert + "'tune.http.maxhdr' expects an integer argument."},
		{"transparent with a word", back + " transparent foo\n", alert + "'transparent' cannot handle unexpected argument 'foo'."},
		{"transparent", back + " transparent\n", "[WARNING] : config : parsing [f:2]: 'transparent' is deprecated in 3.3"},
		{"option tcp-check with a word", back + " option tcp-check bar\n", alert + "'option tcp-check' cannot handle unexpected argument 'bar'."},
		{"option httpchk with five words", back + " option httpchk GET / HTTP/1.0 a foo\n", alert + "'option httpchk' cannot handle unexpected argument 'foo'."},
		{"option smtpchk with two words", back + " option smtpchk EHLO a\n", ""},
		{"tcp-check rules alone", timed + back + " tcp-check connect\n", "[WARNING] : backend 'b' uses tcp-check rules without 'option tcp-check', so the rules are ignored."},
		{"tcp-check rules with the option", timed + back + " option tcp-check\n tcp-check connect\n", ""},
		{"check address that no one has", back + " server s 127.0.0.1:80 addr fd@3\n", word + "'addr' : a file descriptor is not acceptable here in 'fd@3'."},
		{"check address with a range", back + " server s 127.0.0.1:80 addr 127.0.0.1:80-90\n", word + "'addr' : port range not permitted here"},
		{"agent address with a port", back + " server s 127.0.0.1:80 agent-addr 127.0.0.1:80\n", word + "parsing agent-addr failed. Check if '127.0.0.1:80' is correct address.."},
		{"agent address", timed + back + " server s 127.0.0.1:80 agent-addr ::1\n", ""},
		{"server id with a tail", back + " server s 127.0.0.1:80 id 1d\n", warning + "'1d' is not an integer; it is read as 1."},
		{"field of PROXY without an id", timed + back + " server s 127.0.0.1:80 set-proxy-v2-tlv-fmt x\n", ""},
		{"server address in one number", timed + back + " server s 2\n", ""},
		{"source 0", timed + back + " source 0\n server s 127.0.0.1:80 source 0\n", ""},
		{"forwardfor except a number", timed + back + " option forwardfor except 1\n", "[WARNING] : 'option forwardfor' ignored for backend 'b'"},
		{"originalto except a short network", timed + back + " mode http\n option originalto except 10/8\n", ""},
		{"forwardfor except a bad length", back + " option forwardfor except 10/33\n", alert + "'option forwardfor except' expects <address>[/mask] as argument."},
		{"uri length with a tail", back + " balance uri len 10x\n", warning + "'10x' is not an integer; it is read as 10."},
		{"uri length 0", back + " balance uri len 0\n", alert + "balance uri : 'len' expects a positive integer (got '0')."},
		{"hash with two words", back + " balance hash src bar\n", alert + "balance hash takes no other argument (got 'bar')."},
		{"rate-limit no number", front + " rate-limit sessions 10x\n", alert + "'rate-limit sessions' : unexpected character 'x' in integer value '10x'"},
		{"rate-limit below 0", front + " rate-limit sessions -1\n", alert + "'rate-limit sessions' expects a limit of 0 or more, but got '-1'."},
		{"capture length no number", front + " capture request header x len x\n", warning + "'x' is not an integer; it is read as 0."},
		{"capture length missing", front + " capture cookie x len\n", alert + "'capture' expects 'cookie' <cookie_name> 'len' <len>."},
		{"capture length below 0", front + " capture cookie x len -1\n", alert + "'capture cookie' expects a positive length, but got '-1'."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, said := parse(tt.text, nil)
			if tt.want == "" && len(said) != 0 || tt.want != "" && (len(said) == 0 || !strings.HasPrefix(said[0], tt.want)) {
				t.Errorf("parse(%q) said %q, want %q", tt.text, said, tt.want)
			}
		})
	}
}
