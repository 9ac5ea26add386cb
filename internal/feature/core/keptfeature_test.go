package core

import (
	"strings"
	"testing"
)

// What HAProxy 3.4 refuses of words that have no effect yet is refused, and what
// it takes is taken.
func TestArgumentsOfWordsToComeAreChecked(t *testing.T) {
	tests := []struct{ line, want string }{
		{"ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets", ""},
		{"ssl-default-bind-options ssl-min-ver", "'ssl-min-ver' : missing the ssl/tls version on global statement 'ssl-default-bind-options'."},
		{"ssl-default-bind-options ssl-min-ver x", "'x' : unknown ssl/tls version on global statement"},
		{"ssl-default-bind-options garbage", "unknown option 'garbage' on global statement 'ssl-default-bind-options'."},
		{"ssl-default-server-options", "global statement 'ssl-default-server-options' expects an option as an argument."},
		{"ssl-default-bind-ciphers", "global statement 'ssl-default-bind-ciphers' expects a cipher suite as an argument."},
		{"ssl-default-bind-ciphers a b", "'ssl-default-bind-ciphers' cannot handle unexpected argument 'b'."},
		{"ssl-default-bind-ciphers a", ""},
		{"ssl-load-extra-files bundle key", ""},
		{"ssl-load-extra-files x", "expects one or multiple arguments"},
		{"ssl-security-level 6", "expects a value between 0 and 5"},
		{"ssl-server-verify x", "expects 'none' or 'required' as argument."},
		{"tune.h2.max-frame-size 1", "expects a numeric value between 16384 and 16777215."},
		{"tune.h2.be.rxbuf 64k", ""},
		{"tune.h2.be.rxbuf x", "unexpected character"},
		{"tune.h2.fe.max-concurrent-streams 100 rq-load auto min 10", ""},
		{"tune.h2.fe.max-concurrent-streams 1 x", "only supports 'rq-load' or 'min'"},
		{"tune.lua.openlibs table,string", ""},
		{"tune.lua.openlibs table,x", "unknown library 'x'"},
		{"tune.lua.task-timeout x", "tune.lua.task-timeout: invalid timeout"},
		{"tune.lua.maxmem", "expects an integer argument (Lua memory size in MB)."},
		{"tune.ssl.lifetime 300", ""},
		{"tune.ssl.cachesize -1", "'tune.ssl.cachesize' expects a positive numeric value."},
		{"tune.bufsize.small 0", "expects a positive integer argument."},
		{"tune.bufsize.small 99999999999", "after size passed to 'tune.bufsize.small'"},
		{"thread-groups 33", "value must be between 1 and 32 (was 33)"},
		{"cpu-map auto:1/1-4 0-3", ""},
		{"cpu-map 1 0,2-", ""},
		{"cpu-map 1", "cpu-map expects a thread group number"},
		{"cpu-map x 0", "cpu-map : 'x' is not a valid number/range."},
		{"cpu-map 1 x", "cpu-map : 'x' is not a CPU range."},
		{"maxcompcpuusage 101", "expects an integer argument between 0 and 100."},
		{"acme.scheduler on", "requires either 'auto' or 'off' argument"},
	}
	for _, tt := range tests {
		_, said := parse("global\n "+tt.line+"\n", nil)
		var got string
		for _, l := range said {
			if strings.HasPrefix(l, "[ALERT]") {
				got = l
			}
		}
		if got == "" && tt.want == "" {
			continue
		}
		if tt.want == "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: said %q, want %q", tt.line, got, tt.want)
		}
	}
}
