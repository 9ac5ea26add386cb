package privs

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestMain lets the test binary play the process that drops its privileges.
func TestMain(m *testing.M) {
	if text := os.Getenv("PRIVS_TEST_DROP"); text != "" {
		os.Exit(dropAndReport(text))
	}
	if dir := os.Getenv("PRIVS_TEST_CONFINE"); dir != "" {
		os.Exit(confineAndReport(dir))
	}
	os.Exit(m.Run())
}

// dropAndReport drops and prints one line for each thread: its user, group,
// effective capabilities and no_new_privs.
func dropAndReport(text string) int {
	var s Settings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		fmt.Println(err)
		return 2
	}
	// Threads that exist before the drop must change, too.
	var parked, running sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		parked.Add(1)
		running.Add(1)
		go func() {
			f, _ := os.Open("/proc/thread-self/status")
			f.Close()
			parked.Done()
			<-stop
			running.Done()
		}()
	}
	parked.Wait()
	proc, err := os.OpenRoot("/proc/self/task")
	if err != nil {
		fmt.Println(err)
		return 2
	}
	if err := Check(&s); err != nil {
		fmt.Println(err)
		return 3
	}
	if err := Drop(&s); err != nil {
		fmt.Println(err)
		return 4
	}
	close(stop)
	running.Wait()
	dir, _ := proc.Open(".")
	tasks, _ := dir.Readdirnames(-1)
	for _, task := range tasks {
		b, _ := proc.ReadFile(task + "/status")
		fmt.Println(summary(string(b)))
	}
	_, etc := os.Stat("/etc")
	fmt.Println("etc:", etc == nil)
	return 0
}

// summary picks the lines of a status file that matter.
func summary(status string) string {
	var out []string
	for _, line := range strings.Split(status, "\n") {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		switch f[0] {
		case "Uid:", "Gid:":
			out = append(out, f[0]+f[1]+"/"+f[2])
		case "CapEff:", "NoNewPrivs:":
			out = append(out, f[0]+f[1])
		case "Groups:":
			out = append(out, line)
		}
	}
	return strings.Join(out, " ")
}

func TestDropChangesAllThreads(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	tests := []struct {
		name    string
		set     Settings
		want    []string // in every thread's line
		jailed  bool
		threads bool // needs a binary without cgo
	}{
		{name: "nothing", want: []string{"Uid:0/0", "Gid:0/0"}},
		{name: "user and group", set: Settings{UID: 65534, HasUID: true, GID: 65534, HasGID: true}, want: []string{"Uid:65534/65534", "Gid:65534/65534", "CapEff:0000000000000000"}},
		{name: "anonymous jail", set: Settings{Chroot: "auto", UID: 65534, HasUID: true}, jailed: true, want: []string{"Uid:65534/65534"}},
		{name: "directory", set: Settings{Chroot: t.TempDir()}, jailed: true},
		{name: "capabilities survive the user", set: Settings{UID: 65534, HasUID: true, Caps: []string{"cap_net_raw", "cap_net_bind_service"}}, threads: true,
			want: []string{"Uid:65534/65534", "CapEff:0000000000002400"}},
		{name: "no new privileges", set: Settings{NoNewPrivs: true}, threads: true, want: []string{"NoNewPrivs:1"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if tc.threads && !threadsReachable() {
				t.Skip("linked with cgo")
			}
			text, _ := json.Marshal(tc.set)
			cmd := exec.Command("/proc/self/exe")
			cmd.Env = append(os.Environ(), "PRIVS_TEST_DROP="+string(text))
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			if len(lines) < 3 {
				t.Fatalf("too few threads: %s", out)
			}
			for _, line := range lines[:len(lines)-1] {
				for _, want := range tc.want {
					if !strings.Contains(line, want) {
						t.Errorf("thread has %q, want %s", line, want)
					}
				}
			}
			if last := lines[len(lines)-1]; last != fmt.Sprintf("etc: %v", !tc.jailed) {
				t.Errorf("%s, want jailed %v", last, tc.jailed)
			}
		})
	}
}

func TestCheckFindsEverythingFirst(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		set  Settings
		want string
	}{
		{name: "nothing to do"},
		{name: "own user", set: Settings{UID: os.Geteuid(), HasUID: true}},
		{name: "no such directory", set: Settings{Chroot: "/nonexistent"}, want: "Cannot chroot(/nonexistent)"},
		{name: "a file", set: Settings{Chroot: file}, want: "not a directory"},
		{name: "unknown capability", set: Settings{Caps: []string{"cap_foo"}},
			want: "'setcap' : unsupported capability 'cap_foo'.  Supported ones are: cap_net_admin, cap_net_bind_service, cap_net_raw, cap_sys_admin."},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			err := Check(&tc.set)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("Check = %v, want %q", err, tc.want)
			}
		})
	}
}

func TestLimit(t *testing.T) {
	tests := []struct {
		name       string
		need       Need
		soft, hard uint64
		wantSoft   uint64
		wantHard   uint64
		complains  bool
		fails      bool
	}{
		{name: "enough already", need: Need{MaxConn: 100, Fixed: 20}, soft: 1024, hard: 4096, wantSoft: 1024, wantHard: 4096},
		{name: "raised within the hard limit", need: Need{MaxConn: 1000, Fixed: 20}, soft: 1024, hard: 4096, wantSoft: 2020, wantHard: 4096},
		{name: "root raises both", need: Need{MaxConn: 10000, Fixed: 20, MayRaise: true}, soft: 1024, hard: 4096, wantSoft: 20020, wantHard: 20020},
		{name: "too few warns", need: Need{MaxConn: 10000, Fixed: 20}, soft: 1024, hard: 4096, wantSoft: 4096, wantHard: 4096, complains: true},
		{name: "too few fails when strict", need: Need{MaxConn: 10000, Fixed: 20, Strict: true}, soft: 1024, hard: 4096, fails: true},
		{name: "explicit but too low", need: Need{MaxConn: 1000, Fixed: 20, ULimitN: 1100}, soft: 1024, hard: 4096, wantSoft: 1100, wantHard: 4096},
		{name: "fd-hard-limit holds for root", need: Need{MaxConn: 1000, Fixed: 20, HardMax: 1500, MayRaise: true}, soft: 1024, hard: 4096, wantSoft: 1500, wantHard: 4096, complains: true},
		{name: "ulimit-n does not lower", need: Need{MaxConn: 10, Fixed: 20, ULimitN: 50}, soft: 1024, hard: 4096, wantSoft: 1024, wantHard: 4096},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			soft, hard, warning, err := tc.need.Limit(tc.soft, tc.hard)
			if tc.fails {
				if err == nil || !strings.Contains(err.Error(), "Raise the hard limit to 20020 ('ulimit -Hn', LimitNOFILE=20020 under systemd), or set 'maxconn' to 2038 or less.") {
					t.Errorf("err = %v, want the remedy", err)
				}
				return
			}
			if err != nil || soft != tc.wantSoft || hard != tc.wantHard || (warning != "") != tc.complains {
				t.Errorf("Limit = %d, %d, %q, %v, want %d, %d", soft, hard, warning, err, tc.wantSoft, tc.wantHard)
			}
		})
	}
}

// The figures are HAProxy 3.4's.
func TestAutoMaxConn(t *testing.T) {
	for _, c := range []struct {
		name         string
		limit        uint64
		fixed, pipes int
		want         int
	}{
		{"one thread", 1024, 25, -1, 499},
		{"two threads", 1024, 28, -1, 498},
		{"eight threads", 1024, 46, -1, 489},
		{"many descriptors", 20000, 28, -1, 9986},
		{"fd-hard-limit 500", 500, 28, -1, 236},
		{"just 101", 230, 28, -1, 101},
		{"never below 100", 64, 28, -1, 100},
		{"splicing takes pipes", 1024, 28, 0, 398},
		{"maxpipes 10", 1024, 28, 10, 488},
	} {
		if got := AutoMaxConn(c.limit, c.fixed, c.pipes); got != c.want {
			t.Errorf("%s: AutoMaxConn(%d, %d, %d) = %d, want %d", c.name, c.limit, c.fixed, c.pipes, got, c.want)
		}
	}
}

func TestPidFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pid")
	if err := os.WriteFile(path, []byte("123456\n9\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := OpenPidFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p.Cancel()
	if b, _ := os.ReadFile(path); string(b) != "123456\n9\n" {
		t.Errorf("after Cancel: %q, want the old content", b)
	}
	p, _ = OpenPidFile(path)
	if err := p.Write(7, 8); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "7\n8\n" {
		t.Errorf("content = %q, want 7 and 8", b)
	}
	fresh := filepath.Join(dir, "new")
	p, _ = OpenPidFile(fresh)
	p.Cancel()
	if _, err := os.Stat(fresh); !os.IsNotExist(err) {
		t.Error("Cancel leaves a new file behind")
	}
	if _, err := OpenPidFile("/nonexistent/pid"); err == nil || err.Error() != "Cannot create pidfile /nonexistent/pid" {
		t.Errorf("err = %v", err)
	}
	if p, err := OpenPidFile(""); p != nil || err != nil || p.Write(1) != nil {
		t.Error("no pid file is not silent")
	}
}
