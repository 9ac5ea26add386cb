package process

import (
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestStoppedWorkerFailsReload stops the worker before a reload, and in the
// midst of one.
func TestStoppedWorkerFailsReload(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	for _, tc := range []struct {
		name, line string
		before     bool
	}{
		{name: "before", line: "reply two", before: true},
		{name: "a new worker is due", line: "fixed 2", before: true},
		{name: "while it links", line: "linkstop"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newService(t)
			s.write("reply one")
			s.startMaster()
			pid, _, _ := s.must()
			if tc.before {
				unix.Kill(pid, unix.SIGSTOP)
				within(t, 5*time.Second, "the worker stops", func() bool { return stopped(pid) })
			}
			s.write("reply two", tc.line)
			begin := time.Now()
			got := s.run("reload")
			if !strings.HasPrefix(got, "Success=0\n") || !strings.Contains(got, "is stopped (SIGSTOP)") {
				t.Errorf("reload = %q, want a failure that names the reason", got)
			}
			if d := time.Since(begin); d > 2*stoppedTime {
				t.Errorf("the reload took %v", d)
			}
			unix.Kill(pid, unix.SIGCONT)
			if now, reply, _ := s.must(); now != pid || reply != "one" {
				t.Errorf("worker %d says %q, want worker %d and one", now, reply, pid)
			}
			s.write("reply three")
			if got := s.run("reload"); !strings.HasPrefix(got, "Success=1\n") {
				t.Errorf("afterwards: %q", got)
			}
			if now, reply, _ := s.must(); now != pid || reply != "three" {
				t.Errorf("worker %d says %q, want worker %d and three", now, reply, pid)
			}
		})
	}
}

func TestLateActivationIsRefused(t *testing.T) {
	ctl, far, err := newPair()
	if err != nil {
		t.Fatal(err)
	}
	defer ctl.close()
	other, err := openControl(far)
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	w := &worker{ctl: other, con: &console{w: os.Stderr}, next: &candidate{gen: 7, linked: &fakeGeneration{}}}
	w.handle(message{Op: opActivate, Gen: 7, Until: monotonic() - 1})
	if w.next != nil || w.serving {
		t.Error("it was activated, or is still waiting")
	}
	if m, err := ctl.receive(); err != nil || m.Op != opFailed || m.Gen != 7 {
		t.Errorf("the worker says %+v, %v", m, err)
	}
}

func TestStoppedReadsAnyName(t *testing.T) {
	if stopped(os.Getpid()) {
		t.Error("we are not stopped")
	}
	if stopped(1 << 30) {
		t.Error("nobody is not stopped")
	}
}
