package mcli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"segue/internal/command"
	"segue/internal/process/listen"
)

// fakeMaster has the workers 21 (current) and 20 (old).
type fakeMaster struct {
	failed bool
	none   bool
}

func (f *fakeMaster) Reload(hard bool) Result {
	return Result{OK: !f.failed, Logs: fmt.Sprintf("hard %v\n", hard)}
}

func (f *fakeMaster) Procs() []Proc {
	began := time.Now().Add(-(26*time.Hour + 3*time.Minute + 4*time.Second))
	out := []Proc{{PID: 10, Reloads: 3, Failed: 1, Started: began, Version: "3.4.0", FD: 6}}
	if f.none {
		return out
	}
	return append(out, Proc{PID: 21, Started: began, Version: "3.4.0", FD: 4}, Proc{PID: 20, Reloads: 1, Started: began, Version: "3.4.0", Old: true, FD: 5})
}

func (f *fakeMaster) Loaded() Result      { return Result{OK: !f.failed, Logs: "loaded\n"} }
func (f *fakeMaster) StartupLogs() string { return "started\n" }
func (f *fakeMaster) Version() string     { return "3.4.0" }
func (f *fakeMaster) Env() []string       { return []string{"HOME=/root", "LANG=C"} }

func (f *fakeMaster) Open(pid int, level command.Level) (net.Conn, error) {
	if pid == 20 {
		return nil, errors.New("busy")
	}
	near, far := net.Pipe()
	go func() {
		defer far.Close()
		// The session writes the whole command at once.
		buf := make([]byte, 4096)
		n, _ := far.Read(buf)
		fmt.Fprintf(far, "%d %v %q\n\n", pid, level, buf[:n])
	}()
	return near, nil
}

// halves are both ends of a unix connection, each of which can end on its own.
func halves(t testing.TB) (near, far net.Conn) {
	t.Helper()
	ln, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if near, err = net.Dial("unix", ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if far, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close() })
	return near, far
}

// talk sends input to a session and returns all that it says.
func talk(t testing.TB, m Master, level command.Level, input string) string {
	t.Helper()
	near, far := halves(t)
	go Serve(far, level, m)
	near.SetDeadline(time.Now().Add(5 * time.Second))
	go func() {
		io.WriteString(near, input)
		near.(interface{ CloseWrite() error }).CloseWrite()
	}()
	var out strings.Builder
	in := bufio.NewReader(near)
	for {
		b, err := in.ReadByte()
		if err != nil {
			return out.String()
		}
		out.WriteByte(b)
	}
}

func TestReplies(t *testing.T) {
	const table = "#<PID>          <type>          <reloads>       <uptime>        <version>      \n" +
		"10              master          3 [failed: 1]   1d02h03m04s     3.4.0          \n" +
		"# workers\n" +
		"21              worker          0               1d02h03m04s     3.4.0          \n" +
		"# old workers\n" +
		"20              worker          1               1d02h03m04s     3.4.0          \n\n"
	tests := []struct {
		name  string
		in    string
		level command.Level
		want  string
	}{
		{name: "processes", in: "show proc\n", level: Operator, want: table},
		{name: "explicit master", in: "@master show proc\n", level: Admin, want: table},
		{name: "processes need operator", in: "show proc\n", level: User, want: "Permission denied\n\n"},
		{name: "bad argument", in: "show proc x\n", level: Admin, want: "'show proc' only supports 'debug' as argument\n\n"},
		{name: "version", in: "show version\n", want: "3.4.0\n\n"},
		{name: "two commands on a line", in: "show version; echo a  b\n", want: "3.4.0\n\na b\n\n"},
		{name: "line by line", in: "show version\nshow version\n", want: "3.4.0\n\n3.4.0\n\n"},
		{name: "how the last load ended", in: "_loadstatus\n", level: Operator, want: "Success=1\n--\nloaded\n\n"},
		{name: "a line that is too long", in: "echo " + strings.Repeat("a", maxLine) + "\n", want: tooBig + "\n"},
		{name: "modes need admin", in: "expert-mode on\n", level: Operator, want: "Permission denied!\n"},
		{name: "empty line", in: "\n", want: "\n"},
		{name: "a reload ends the session", in: "reload\nshow version\n", level: Operator, want: "Success=1\n--\nhard false\n\n"},
		{name: "reload", in: "reload\n", level: Admin, want: "Success=1\n--\nhard false\n\n"},
		{name: "hard", in: "hard-reload\n", level: Admin, want: "Success=1\n--\nhard true\n\n"},
		{name: "reload needs operator", in: "reload\n", level: User, want: "Permission denied\n\n"},
		{name: "a level only sinks", in: "user; operator; show cli level; reload\n", level: Admin, want: "Permission denied!\nuser\n\nPermission denied\n\n"},
		{name: "logs", in: "show startup-logs\n", level: Operator, want: "started\n\n"},
		{name: "environment", in: "show env HOME\n", level: Admin, want: "HOME=/root\n\n"},
		{name: "modes are accepted", in: "expert-mode on; experimental-mode on; show version\n", level: Admin, want: "3.4.0\n\n"},
		{name: "a mode goes with every command", in: "@1; expert-mode on; show fd\n", level: Admin, want: "21 admin \"expert-mode on -;show fd\\n\"\n\n"},
		{name: "a mode ends", in: "@1; experimental-mode on; experimental-mode off; show fd\n", level: Admin, want: "21 admin \"show fd\\n\"\n\n"},
		{name: "without a target a mode is the master's", in: "expert-mode on; @1 show fd\n", level: Admin, want: "21 admin \"show fd\\n\"\n\n"},
		{name: "a level of the worker's", in: "@1 operator; show cli level\n", level: Admin, want: "21 admin \"operator\\n\"\n\nadmin\n\n"},
		{name: "worker 1", in: "@1 show info\n", level: Admin, want: "21 admin \"show info\\n\"\n\n"},
		{name: "worker by pid", in: "@!21 show info\n", level: Operator, want: "21 operator \"show info\\n\"\n\n"},
		{name: "target stays for the line", in: "@1; show version\n", level: User, want: "21 user \"show version\\n\"\n\n"},
		{name: "payload goes along", in: "@1 add map #1 <<\na b\nc d\n\n", level: Admin, want: "21 admin \"add map #1 <<\\na b\\nc d\\n\\n\"\n\n"},
		{name: "no such worker", in: "@2 show info\n", want: "Can't find the target PID matching the prefix '@2'\n"},
		{name: "no such process", in: "@!99 show info\n", want: "Can't find the target PID matching the prefix '@!99'\n"},
		{name: "no such name", in: "@foo show info\n", want: "Can't find the target PID matching the prefix '@foo'\n"},
		{name: "worker does not answer", in: "@!20 show info\n", want: "Can't connect to the target CLI!\n"},
		{name: "prompt", in: "prompt\nshow version\nquit\n", want: "master> 3.4.0\n\nmaster> master> "},
		{name: "prompt names the target", in: "prompt\n@1\n@master\nquit\n", want: "master> 21> master> master> "},
		{name: "interactive without prompt", in: "prompt i\nshow version\nshow version\nquit\n", want: "3.4.0\n\n3.4.0\n\n"},
		{name: "timed", in: "prompt timed\nquit\n", want: "[1:02:03:04] master> [1:02:03:04] master> "},
		{name: "@ alone is the master", in: "@1\n@\n@ show version\n", want: "3.4.0\n\n"},
		{name: "an unknown target drops the rest", in: "@2 show info;show version\n", want: "Can't find the target PID matching the prefix '@2'\n"},
		{name: "a prompt that is none drops the rest", in: "prompt x;show version\n", want: promptUsage},
		{name: "quit is the worker's where it is named", in: "@1 quit\nshow version\n", want: "21 user \"quit\\n\"\n\n3.4.0\n\n"},
		{name: "prompt is the worker's where it is named", in: "prompt\n@1 prompt i\nquit\n", want: "master> 21 user \"prompt i\\n\"\n\nmaster> master> "},
		{name: "a line goes whole", in: "show version;@@1 a;b\n", want: "3.4.0\n\n21 user \"a;b\\n\"\n\n"},
		{name: "a session in the worker", in: "@@1\n", want: "21 user \"prompt i\\n\"\n\n"},
		{name: "no such worker to enter", in: "@@2;a\n", want: "Can't find the target PID matching the prefix '@@2;a'\n"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got := talk(t, &fakeMaster{}, tc.level, tc.in); got != tc.want {
				t.Errorf("%q =\n%q, want\n%q", tc.in, got, tc.want)
			}
		})
	}
}

func TestFailedReload(t *testing.T) {
	if got := talk(t, &fakeMaster{failed: true}, Admin, "reload\n"); got != "Success=0\n--\nhard false\n\n" {
		t.Errorf("reload = %q", got)
	}
	if got := talk(t, &fakeMaster{none: true}, Admin, "@1 show info\n"); !strings.HasPrefix(got, "Can't find") {
		t.Errorf("@1 without worker = %q", got)
	}
}

func TestHelp(t *testing.T) {
	all := talk(t, &fakeMaster{}, User, "help\n")
	for _, c := range Words() {
		if want := "\n  " + c.Name; !c.Hidden && !strings.Contains(all, want) {
			t.Errorf("help lacks %q", c.Name)
		}
	}
	if got := talk(t, &fakeMaster{}, User, "help show\n"); strings.Contains(got, "hard-reload") || !strings.Contains(got, "show proc") {
		t.Errorf("help show = %q", got)
	}
	if got := talk(t, &fakeMaster{}, User, "relod\n"); !strings.HasPrefix(got, "Unknown command: 'relod', but maybe one of the following ones is a better match:\n") ||
		!strings.Contains(got, "  reload ") || strings.Contains(got, "show proc") {
		t.Errorf("unknown command = %q", got)
	}
}

func TestParseBind(t *testing.T) {
	tests := []struct {
		arg  string
		want listen.Spec
		lvl  command.Level
		fail bool
	}{
		{arg: "/m.sock", want: listen.Spec{Family: listen.Unix, Path: "/m.sock"}, lvl: Admin},
		{arg: "unix@m.sock,mode,600,level,operator", want: listen.Spec{Family: listen.Unix, Path: "m.sock", Mode: 0o600}, lvl: Operator},
		{arg: "abns@m,uid,7,gid,8", want: listen.Spec{Family: listen.Abns, Path: "m", UID: 7, HasUID: true, GID: 8, HasGID: true}, lvl: Admin},
		{arg: "fd@5", want: listen.Spec{Family: listen.FD, FD: 5}, lvl: Admin},
		{arg: "127.0.0.1:99", want: v4("127.0.0.1", 99), lvl: Admin},
		{arg: ":99", want: v4("0.0.0.0", 99), lvl: Admin},
		{arg: "ipv6@[::1]:99", want: v4("::1", 99), lvl: Admin},
		{arg: "ipv4@::1:99", fail: true},
		{arg: "127.0.0.1", fail: true},
		{arg: "127.0.0.1:x", fail: true},
		{arg: "foo@x", fail: true},
		{arg: "/m,level,root", fail: true},
		{arg: "/m,bogus", fail: true},
		{arg: "/m,mode,9", fail: true},
	}
	for _, tc := range tests {
		got, err := ParseBind(tc.arg)
		if (err != nil) != tc.fail {
			t.Errorf("ParseBind(%q): %v", tc.arg, err)
			continue
		}
		if tc.fail {
			continue
		}
		tc.want.File, tc.want.Owner = "MASTER", "master CLI"
		if !reflect.DeepEqual(got.Spec, tc.want) || got.Level != tc.lvl {
			t.Errorf("ParseBind(%q) = %+v, want %+v", tc.arg, got, tc.want)
		}
	}
}

// v4 is the Spec for an address, of either version.
func v4(addr string, port uint16) listen.Spec {
	spec, err := parseInet("", addr+":"+fmt.Sprint(port))
	if err != nil {
		panic(err)
	}
	return spec
}

func FuzzSession(f *testing.F) {
	for _, s := range []string{"show proc\n", "@1 show info; help\n", "prompt\n@!21\nquit\n", "@1 x <<\na\n\n", ";;\\;\n", "@\n", "@ @ <<"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		near, far := net.Pipe()
		done := make(chan struct{})
		go func() { Serve(far, Admin, &fakeMaster{}); close(done) }()
		go func() { io.WriteString(near, in); near.Close() }()
		io.Copy(io.Discard, near)
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			t.Fatalf("the session for %q does not end", in)
		}
	})
}
