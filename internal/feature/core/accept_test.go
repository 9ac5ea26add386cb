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
	)
	for _, tt := range []struct{ name, text, want string }{
		{"external-check argument", "global\n external-check foo\n", alert + "'external-check' only supports 'preserve-env' as an argument, found 'foo'."},
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
		{"description missing", "global\n description\n", tight + "'description' expects a string argument."},
		{"cluster-secret with two words", "global\n cluster-secret a b\n", alert + "'cluster-secret' cannot handle unexpected argument 'b'."},
		{"resetenv with an empty name", "global\n resetenv \"\"\n", tight + "argument number 1 at position 12 is empty and marks the end of the argument list:"},
		{"uid above 32 bits", "global\n uid 99999999999\n", warning + " uid: string '99999999999' is not a number."},
		{"gid 2^31", "global\n gid 2147483648\n", warning + " gid: string '2147483648' is not a number."},
		{"profiling.memory", "global\n profiling.memory foo\n", alert + "'profiling.memory' expects either 'on' or 'off' but got 'foo'."},
		{"maxhdr with a tail", "global\n tune.http.maxhdr 10x\n", warning + "'10x' is not an integer; it is read as 10."},
		{"maxhdr missing", "global\n tune.http.maxhdr\n", alert + "'tune.http.maxhdr' expects an integer argument."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, said := parse(tt.text, nil)
			if tt.want == "" && len(said) != 0 || tt.want != "" && (len(said) == 0 || !strings.HasPrefix(said[0], tt.want)) {
				t.Errorf("parse(%q) said %q, want %q", tt.text, said, tt.want)
			}
		})
	}
}
