package process

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// launch starts this program again in the background and waits until it
// serves. Its exit status is then 0, otherwise that of the one that failed: a
// script can rely on it.
func launch(con *console, old []int) int {
	self, err := openProgram()
	if err != nil {
		con.alert(err.Error())
		return 1
	}
	r, w, err := os.Pipe()
	if err != nil {
		con.alert("cannot go to the background: " + err.Error())
		return 1
	}
	defer r.Close()
	cmd := self.command(roleDaemon, w)
	// The configuration may come from the standard input, and messages go to
	// the terminal until detach.
	cmd.Stdin, cmd.Stdout = os.Stdin, os.Stdout
	cmd.Env = append(cmd.Env, daemonEnv+"=1")
	cmd.Env = append(cmd.Env, keepEnv("NOTIFY_SOCKET")...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		con.alert("cannot go to the background: " + err.Error())
		return 1
	}
	w.Close()
	var b [1]byte
	if n, _ := r.Read(b[:]); n == 1 {
		return 0
	}
	status := exitStatus(cmd.Wait())
	con.alert("The start in the background failed with code " + statusText(status) + "." + stillServing(old))
	return max(1, status)
}

// stillServing says which of the processes that were to be replaced go on: nobody
// has signalled them.
func stillServing(old []int) string {
	var alive []string
	for _, pid := range old {
		if pid > 0 && syscall.Kill(pid, 0) != syscall.ESRCH {
			alive = append(alive, strconv.Itoa(pid))
		}
	}
	switch len(alive) {
	case 0:
		return ""
	case 1:
		return " The old process (" + alive[0] + ") still serves."
	}
	return " The old processes (" + strings.Join(alive, ", ") + ") still serve."
}

// keepEnv returns name from the environment as a list of at most one.
func keepEnv(name string) []string {
	if v, ok := os.LookupEnv(name); ok {
		return []string{name + "=" + v}
	}
	return nil
}

// announce tells the launcher that we serve. After it nobody reads what we
// write to the terminal.
func announce(con *console, ready *os.File) {
	if ready == nil {
		return
	}
	con.detach()
	ready.Write([]byte{1}) //nolint:errcheck // a launcher that was killed does not matter
	ready.Close()
}

// openNull opens what detach needs while it can be found: a chroot has none.
func (c *console) openNull() error {
	f, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("cannot go to the background: %w", err)
	}
	c.null = f
	return nil
}

// detach lets go of the standard descriptors: whoever waits for the end of our
// output ("| cat") must not wait for the service's. It needs openNull, and does
// nothing the second time.
func (c *console) detach() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.null == nil {
		return
	}
	c.w = io.Discard
	for std := range 3 {
		unix.Dup3(int(c.null.Fd()), std, 0) //nolint:errcheck // cannot fail
	}
	c.null.Close()
	c.null = nil
}

// exitStatus is what a shell would show: the status, or 128 and the signal.
func exitStatus(err error) int {
	var e *exec.ExitError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &e):
		return 1
	}
	return statusOf(e.ProcessState)
}

func statusOf(st *os.ProcessState) int {
	if ws, ok := st.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return st.ExitCode()
}

// statusText is "143 (Terminated)".
func statusText(status int) string {
	names := map[int]string{1: "Hangup", 2: "Interrupt", 6: "Aborted", 9: "Killed", 11: "Segmentation fault", 15: "Terminated"}
	name := "Exit"
	if status > 128 {
		name = names[status-128]
		if name == "" {
			name = "Signal"
		}
	}
	return fmt.Sprintf("%d (%s)", status, name)
}
