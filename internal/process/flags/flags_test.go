package flags

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestParseOptions(t *testing.T) {
	tests := []struct {
		name string
		args string
		want Options
	}{
		{name: "one file", args: "-f a.cfg", want: Options{Files: []string{"a.cfg"}}},
		{name: "files in order, -- takes the rest whatever it looks like", args: "-f a -f b -- c -V",
			want: Options{Files: []string{"a", "b", "c", "-V"}}},
		{name: "an argument may start with a dash", args: "-f -V", want: Options{Files: []string{"-V"}}},
		{name: "letters behind a simple option are ignored", args: "-Dq -Vf -4x -f a",
			want: Options{Files: []string{"a"}, Daemon: true, Verbose: true, IPv4Only: true}},
		{name: "-Ws is master with notify", args: "-Ws -f a", want: Options{Files: []string{"a"}, Master: true, Systemd: true}},
		{name: "-W is not", args: "-W -f a", want: Options{Files: []string{"a"}, Master: true}},
		{name: "-V undoes -q", args: "-q -V -f a", want: Options{Files: []string{"a"}, Verbose: true}},
		{name: "and keeps it away", args: "-V -q -f a", want: Options{Files: []string{"a"}, Verbose: true}},
		{name: "check", args: "-c -f a", want: Options{Files: []string{"a"}, Check: true}},
		{name: "condition needs no file", args: "-cc 1", want: Options{Condition: "1", HasCondition: true}},
		{name: "pids end at the next option", args: "-sf 12 34 -f a",
			want: Options{Files: []string{"a"}, OldPIDs: []int{12, 34}, OldSignal: Finish}},
		{name: "no pids is fine", args: "-f a -st", want: Options{Files: []string{"a"}, OldSignal: Terminate}},
		{name: "letters behind -sf are ignored", args: "-sfx -f a", want: Options{Files: []string{"a"}, OldSignal: Finish}},
		{name: "take over", args: "-x /s -f a", want: Options{Files: []string{"a"}, Takeover: "/s"}},
		{name: "twice -x warns", args: "-x /s -x /t -f a",
			want: Options{Files: []string{"a"}, Takeover: "/t", Warnings: []string{"-x option already set, overwriting the value"}}},
		{name: "numbers", args: "-n 10 -N 20 -m 30 -f a", want: Options{Files: []string{"a"}, MaxConn: 10, ProxyMaxConn: 20, MaxMemory: 30}},
		{name: "not a number counts as not given", args: "-n x -f a",
			want: Options{Files: []string{"a"}, Warnings: []string{"-n: 'x' is not a number, using 0"}}},
		{name: "names", args: "-L me -p /pid -C /tmp -S /m,level,user -f a",
			want: Options{Files: []string{"a"}, LocalPeer: "me", PidFile: "/pid", Dir: "/tmp", HasDir: true, MasterCLIs: []string{"/m,level,user"}}},
		{name: "debug", args: "-d -f a", want: Options{Files: []string{"a"}, Debug: true, Foreground: true}},
		{name: "unknown second letter is debug", args: "-dX -f a", want: Options{Files: []string{"a"}, Debug: true, Foreground: true}},
		{name: "-db is only the foreground", args: "-db -f a", want: Options{Files: []string{"a"}, Foreground: true}},
		{name: "switches", args: "-dD -dF -dG -dI -dL -dR -dS -dT -dV -dW -dZ -dc -de -dp -dr -f a",
			want: Options{Files: []string{"a"}, Diagnostic: true, NoFastForward: true, NoGetaddrinfo: true, InsecureFork: true, DumpLibs: true,
				NoReusePort: true, NoSplice: true, NoKTLS: true, NoServerVerify: true, ZeroWarning: true, NoZeroCopy: true, ShowCPUs: true,
				NoEpoll: true, NoPoll: true, IgnoreResolve: true,
				Notices: []string{
					"-dF has no effect: bytes pass through the loop's buffer as they come.",
					"-dG has no effect: names are looked up by this program itself.",
					"-dT has no effect: it has no TLS.",
					"-dV has no effect: it has no TLS.",
					"-dZ has no effect: bytes pass through the loop's buffer as they come.",
					"-de has no effect: epoll is the only way of waiting.",
					"-dp has no effect: epoll is the only way of waiting.",
				}}},
		{name: "traces may be the next word", args: "-dt h1,all:user -f a", want: Options{Files: []string{"a"}, HasTrace: true, Trace: "h1,all:user"}},
		{name: "values behind the letters", args: "-dKcfg,cli -dM0x41,fail -dth1:data -dC12 -dA/t.tar -f a",
			want: Options{Files: []string{"a"}, DumpKeywords: "cfg,cli", HasMemory: true, Memory: "0x41,fail", HasTrace: true, Trace: "h1:data",
				DumpConfig: true, DumpConfigKey: "12", LibsArchive: "/t.tar"}},
		{name: "version", args: "-v", want: Options{VersionPrinting: true}},
		{name: "build", args: "-vv -foo", want: Options{VersionPrinting: true, VersionForm: VersionBuild}},
		{name: "plain", args: "-vq", want: Options{VersionPrinting: true, VersionForm: VersionPlain}},
		{name: "short", args: "-vqs", want: Options{VersionPrinting: true, VersionForm: VersionShort}},
		{name: "branch", args: "-vqb", want: Options{VersionPrinting: true, VersionForm: VersionBranch}},
		{name: "other letters behind -v", args: "-vqx", want: Options{VersionPrinting: true}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got, exit := Parse(append([]string{"/usr/sbin/haproxy"}, strings.Fields(tc.args)...))
			if exit != nil {
				t.Fatalf("Parse(%q) exits: %v", tc.args, exit)
			}
			tc.want.Program = "haproxy"
			if tc.want.HasMemory {
				tc.want.Notices = append(tc.want.Notices, "-dM has no effect: Go manages the memory of this program.")
			}
			if tc.want.HasTrace {
				tc.want.Notices = append(tc.want.Notices, "-dt has no effect in this version: it has no traces.")
			}
			if !reflect.DeepEqual(*got, tc.want) {
				t.Errorf("Parse(%q) =\n%+v, want\n%+v", tc.args, *got, tc.want)
			}
		})
	}
}

func TestParseExits(t *testing.T) {
	const noFile = "no configuration file is named: '-f <file|dir>' is missing"
	tests := []struct {
		name  string
		args  []string
		usage bool
		alert string
	}{
		{name: "nothing", usage: true, alert: noFile},
		{name: "a word that is no option", args: []string{"-f", "a", "foo"}, usage: true,
			alert: "'foo' is no option; files are named with '-f' or behind '--'"},
		{name: "help is no error", args: []string{"-h"}, usage: true},
		{name: "the other case", args: []string{"-w", "-f", "a"}, usage: true, alert: "unknown option '-w'; did you mean '-W' maybe ?"},
		{name: "spelled out, with a value", args: []string{"--config=/a"}, usage: true, alert: "unknown option '--config=/a'; did you mean '-f' maybe ?"},
		{name: "a lone dash", args: []string{"-"}, usage: true, alert: "unknown option '-'"},
		{name: "long option", args: []string{"--foo"}, usage: true, alert: "unknown option '--foo'"},
		{name: "unknown letter", args: []string{"-i", "-f", "a"}, usage: true, alert: "unknown option '-i'"},
		{name: "-s alone", args: []string{"-f", "a", "-s"}, usage: true, alert: "unknown option '-s'; did you mean '-S' maybe ?"},
		{name: "no file", args: []string{"-c"}, usage: true, alert: noFile},
		{name: "-- without a file", args: []string{"-c", "--"}, usage: true, alert: noFile},
		{name: "-cc without condition", args: []string{"-cc"}, usage: true, alert: "option '-cc' expects an argument <condition>"},
		{name: "-f at the end", args: []string{"-c", "-f"}, alert: "option '-f' expects an argument <file|dir>"},
		{name: "-x at the end", args: []string{"-x"}, alert: "Unix socket path expected with the -x flag"},
		{name: "process 0", args: []string{"-st", "0", "-f", "a"}, usage: true, alert: "-st option: 0 is no process"},
		{name: "empty process", args: []string{"-sf", "", "-f", "a"}, usage: true, alert: "-sf option: an empty word is no process"},
		{name: "garbage alone", args: []string{"-sf", "abc", "-f", "a"}, alert: "-sf option: some bytes unconsumed in PID list {abc}"},
		{name: "blanks alone", args: []string{"-sf", " ", "-f", "a"}, usage: true, alert: "-sf option: an empty word is no process"},
		{name: "garbage behind a number", args: []string{"-sf", "1x", "-f", "a"}, alert: "-sf option: some bytes unconsumed in PID list {x}"},
		{name: "two numbers in a word", args: []string{"-st", "12 34", "-f", "a"}, alert: "-st option: some bytes unconsumed in PID list {34}"},
		{name: "too large", args: []string{"-sf", "99999999999"}, alert: "-sf option: failed to parse {99999999999}: Numerical result out of range"},
		{name: "unknown word of -dM", args: []string{"-dM0x41,bogus"}, alert: "-dM: unknown pool debugging feature <bogus>"},
		{name: "byte of -dM with more", args: []string{"-dM0x41foo"}, alert: "-dM: unknown pool debugging feature <0x41foo>"},
		{name: "second byte of -dM", args: []string{"-dM0x41,,0x42"}, alert: "-dM: unknown pool debugging feature <0x42>"},
		{name: "trace source", args: []string{"-dth1,foo"}, alert: "config : -dt: unknown trace source 'foo'."},
		{name: "trace level", args: []string{"-dt", "h1:x"},
			alert: "config : -dt: no such trace level 'x', available levels are 'error', 'user', 'proto', 'state', 'data', and 'developer'."},
		{name: "trace verbosity", args: []string{"-dth1::x"},
			alert: "config : -dt: no such trace verbosity 'x' for source 'h1', available verbosities for this source are: 'quiet', 'clean', 'minimal', 'simple', 'advanced', and 'complete'."},
		{name: "trace verbosity of all", args: []string{"-dt:error:clean"}, alert: "config : -dt: trace source must be specified for verbosity other than 'quiet'."},
		{name: "trace colons", args: []string{"-dth1:error:clean:x"}, alert: "config : -dt: too many colon separators in trace definition."},
		{name: "-dA without a file", args: []string{"-dA", "-f", "a"}, alert: "-dA: missing output file name"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			_, exit := Parse(append([]string{"haproxy"}, tc.args...))
			if exit == nil {
				t.Fatalf("Parse(%q) goes on, want exit", tc.args)
			}
			if exit.Status != 1 || exit.Usage != tc.usage || exit.Alert != tc.alert {
				t.Errorf("Parse(%q) exits with %+v, want usage %v, alert %q", tc.args, exit, tc.usage, tc.alert)
			}
		})
	}
}

func TestHelpOfDebugOptions(t *testing.T) {
	for arg, want := range map[string]string{"-dMno-merge,help": "cold-first", "-dthelp": "developer"} {
		_, exit := Parse([]string{"haproxy", arg})
		if exit == nil || exit.Status != 0 || exit.Alert != "" || !strings.Contains(exit.Text, want) {
			t.Errorf("Parse(%q) exits with %+v, want status 0 and a text with %q", arg, exit, want)
		}
	}
}

func TestUsageNamesEveryOption(t *testing.T) {
	page := string(AppendUsage(nil, "segue"))
	if !strings.HasPrefix(page, "Usage : segue ") {
		t.Errorf("first line: %q", page[:20])
	}
	for _, row := range table() {
		if !strings.Contains(page, "\n        -"+row.name) {
			t.Errorf("-%s is missing from the usage text", row.name)
		}
	}
}

func TestExpandReadsDirectories(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{"b.cfg", "a.cfg", "B.cfg", ".hidden.cfg", "c.conf"} {
		if err := os.WriteFile(filepath.Join(dir, n), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "sub.cfg"), 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := Expand([]string{dir, filepath.Join(dir, "c.conf"), "-"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{dir + "/B.cfg", dir + "/a.cfg", dir + "/b.cfg", dir + "/c.conf", "-"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Expand = %q, want %q", got, want)
	}
	none := t.TempDir() + "/none"
	_, err = Expand([]string{none})
	if want := "Cannot open configuration file/directory " + none + " : No such file or directory"; err == nil || err.Error() != want {
		t.Errorf("Expand(missing) = %v, want %s", err, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"-f a", "-W -S /m -f a -sf 1 2", "-c -- a b", "-vqb", "-dK -dM1", "-sf 1x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, exit := Parse(append([]string{"haproxy"}, strings.Split(s, " ")...))
		if o == nil {
			t.Fatal("no options")
		}
		if exit == nil && len(o.Files) == 0 && !o.HasCondition && !o.VersionPrinting {
			t.Errorf("Parse(%q) goes on without anything to do", s)
		}
		for _, p := range o.OldPIDs {
			if p <= 0 {
				t.Errorf("Parse(%q): process %d", s, p)
			}
		}
	})
}
