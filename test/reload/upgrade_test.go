package reload

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// builds are two binaries that differ in their version only.
func builds(t *testing.T, dir string) (list [2]string) {
	t.Helper()
	for i := range list {
		list[i] = filepath.Join(dir, fmt.Sprintf("segue-%d", i))
		cmd := exec.Command("go", "build", "-ldflags", fmt.Sprintf("-X main.Version=0.0.%d-test", i), "-o", list[i], "segue/cmd/segue")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("cannot build segue: %v\n%s", err, out)
		}
	}
	return list
}

// runs reports whether the process executes the file that path names now.
func runs(pid int, path string) bool {
	a, err := os.Stat("/proc/" + itoa(pid) + "/exe")
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}

// install puts a copy of binary where the service's program lies.
func install(t *testing.T, binary, path string) {
	t.Helper()
	data, err := os.ReadFile(binary)
	if err == nil {
		if err = os.WriteFile(path+".new", data, 0o755); err == nil {
			err = os.Rename(path+".new", path)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestNewBinaryTakesOver replaces the program's file, three times, with a
// tunnel open from the first worker on. After each reload master and worker run
// the new one; the master's number, the tunnel, what an operator changed and
// what was counted are still there, and no request fails.
func TestNewBinaryTakesOver(t *testing.T) {
	s := newService(t)
	path := filepath.Join(s.dir, "segue")
	bins := builds(t, s.dir)
	install(t, bins[0], path)
	addr, back, mapFile, tcp := origin(t), echo(t), filepath.Join(s.dir, "m.map"), freePort(t)
	if err := os.WriteFile(mapFile, []byte("/map/a one\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	text := func(round int) string {
		return s.stateful(mapFile, addr, "", round) +
			fmt.Sprintf("listen tcp\n mode tcp\n bind 127.0.0.1:%d\n server s %s\n", tcp, back)
	}
	s.write(text(0))
	s.start(path, "-W", "-S", s.master())
	within(t, 10*time.Second, "the master's CLI answers", func() bool {
		_, err := cli(s.master(), "show version")
		return err == nil
	})
	master := s.cmd.Process.Pid
	for _, cmd := range []string{
		"set server b/maint state maint", "set server b/weighted weight 77", "set maxconn global 4321",
		"set server b/moved addr 127.0.0.9 port 9", "set server b/moved state maint", "add map " + mapFile + " /map/x yes",
	} {
		s.ask(cmd)
	}
	tn, err := openTunnel(fmt.Sprintf("127.0.0.1:%d", tcp), false)
	if err != nil {
		t.Fatal(err)
	}
	defer tn.c.Close()
	facts := func() string { f, _, _ := strings.Cut(s.facts(), " sessions="); return f + " map=" + s.mapped() }
	before := facts()
	s.underLoad(func() {
		for round := 1; round <= 3; round++ {
			install(t, bins[round%2], path)
			s.write(text(round))
			s.reload()
			within(t, 5*time.Second, "the master runs the new binary", func() bool { return runs(master, path) })
			// The first keeps the tunnel, one serves; the one between has drained.
			within(t, 5*time.Second, "two workers", func() bool { return len(s.processes()) == 3 })
			if pid := newest(t, s); !runs(pid, path) {
				t.Errorf("round %d: worker %d runs an old binary", round, pid)
			}
			if got := facts(); got != before {
				t.Errorf("round %d:\n got %s\nwant %s", round, got, before)
			}
			if err := tn.works(fmt.Sprintf("round %d", round)); err != nil {
				t.Errorf("round %d: the tunnel through the first worker: %v", round, err)
			}
		}
	})
	for _, pid := range s.processes() {
		if name, _ := os.ReadFile("/proc/" + itoa(pid) + "/comm"); string(name) != "segue\n" {
			t.Errorf("process %d is called %q", pid, name)
		}
	}
	proc, err := cli(s.master(), "show proc")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(proc, "\n"); !strings.HasPrefix(lines[1], itoa(master)+" ") || !strings.Contains(lines[1], "3 [failed: 0]") {
		t.Errorf("show proc: the master's line has the wrong number or count of reloads:\n%s", proc)
	}
	s.write("broken\n")
	if text, ok := s.tryReload(); ok {
		t.Errorf("a broken file after the upgrade: %s", text)
	}
	tn.c.Close()
	within(t, 5*time.Second, "one master and one worker", func() bool { return len(s.processes()) == 2 })
	worker := s.processes()[1]
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR2} {
		s.cmd.Process.Signal(sig) //nolint:errcheck // seen below
	}
	s.cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // seen below
	start := time.Now()
	<-s.gone
	if took := time.Since(start); took > 500*time.Millisecond {
		t.Errorf("SIGTERM took %v", took)
	}
	if alive(worker) {
		t.Errorf("worker %d is left", worker)
	}
}

// newest is the worker that serves.
func newest(t *testing.T, s *service) (pid int) {
	t.Helper()
	text, err := cli(s.master(), "@1 show info")
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(l, "Pid: "); ok {
			fmt.Sscan(rest, &pid) //nolint:errcheck // 0 is no process
		}
	}
	return pid
}

// TestNewBinaryRemembers replaces the program's file without any load, so that
// every counter can be compared: nothing is forgotten.
func TestNewBinaryRemembers(t *testing.T) {
	s := newService(t)
	path := filepath.Join(s.dir, "segue")
	bins := builds(t, s.dir)
	install(t, bins[0], path)
	text, remember := s.prepare(func() { s.start(path, "-W", "-S", s.master()) })
	before := remember()
	for round := 1; round <= 2; round++ {
		install(t, bins[round%2], path)
		s.write(text(round))
		s.reload()
		within(t, 5*time.Second, "the master runs the new binary", func() bool { return runs(s.cmd.Process.Pid, path) })
		if pid := newest(t, s); !runs(pid, path) {
			t.Errorf("round %d: worker %d runs an old binary", round, pid)
		}
		if got := remember(); got != before {
			t.Errorf("round %d:\n got %s\nwant %s", round, got, before)
		}
	}
}

// TestSignalsOutliveTheNewBinary asks for another reload, by signal, at moments
// around the one at which the master executes a new binary: before, the old one
// has to do it, afterwards the new one. In between nobody may lose SIGUSR2, or
// end by SIGHUP.
func TestSignalsOutliveTheNewBinary(t *testing.T) {
	s := newService(t)
	path := filepath.Join(s.dir, "segue")
	install(t, program, path)
	files := s.pair([2]string{})
	s.write(files[0])
	s.start(path, "-W", "-S", s.master())
	master := s.cmd.Process.Pid
	runsNew := func() bool { return runs(master, path) }
	took := 100 * time.Millisecond
	for round := range 40 {
		install(t, program, path)
		s.write(files[1])
		s.cmd.Process.Signal(syscall.SIGUSR2) //nolint:errcheck // seen below
		// Not a wait for something: the moment is the test's variable, and goes to
		// where the binary is replaced.
		time.Sleep(took*3/4 + rand.N(took/2))
		if round == 0 { // not the first master: all of its threads take signals
			within(t, 10*time.Second, "the master runs the new binary", runsNew)
		}
		if runsNew() {
			took -= took / 20
		} else {
			took += took / 20
		}
		s.write(files[0])
		if round%2 == 0 {
			s.cmd.Process.Signal(syscall.SIGUSR2) //nolint:errcheck // as above
			within(t, 10*time.Second, fmt.Sprintf("round %d: the second reload", round), func() bool {
				text, err := get(s.addr())
				return err == nil && strings.Contains(text, "x-file: 0") || s.ended()
			})
		} else {
			s.cmd.Process.Signal(syscall.SIGHUP) //nolint:errcheck // as above
		}
		within(t, 10*time.Second, fmt.Sprintf("round %d: the master runs the new binary", round), func() bool { return runsNew() || s.ended() })
		if s.ended() {
			t.Fatalf("round %d: the master has ended: %v", round, s.cmd.ProcessState)
		}
	}
}
