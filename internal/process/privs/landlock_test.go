package privs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// confineAndReport applies Landlock and prints "NAME: yes" or "no" for what the
// process could do before and can do now, on threads from before and after.
func confineAndReport(dir string) int {
	held, err := os.Open(filepath.Join(dir, "file"))
	if err != nil {
		fmt.Println(err)
		return 2
	}
	memory, err := os.CreateTemp(dir, "held")
	if err != nil {
		fmt.Println(err)
		return 2
	}
	stop, old := make(chan struct{}), make(chan error)
	go func() { // a thread of its own, from before
		runtime.LockOSThread()
		<-stop
		_, err := os.ReadFile(filepath.Join(dir, "file"))
		old <- err
	}()
	if err := Drop(&Settings{NoNewPrivs: true, Landlock: true}); err != nil {
		fmt.Println(err)
		return 4
	}
	close(stop)
	_, read := os.ReadFile(filepath.Join(dir, "file"))
	_, list := os.ReadDir(dir)
	_, maps := os.ReadFile("/proc/self/maps")
	_, fds := os.ReadDir("/proc/self/fd")
	_, other := os.ReadFile("/proc/1/status")
	_, hosts := os.ReadFile("/etc/hosts")
	_, kept := held.Read(make([]byte, 1))
	_, wrote := memory.Write([]byte("x"))
	c, _ := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0) // package net would bring cgo in
	connect := unix.Connect(c, &unix.SockaddrUnix{Name: filepath.Join(dir, "sock")})
	results := []struct {
		name string
		err  error
	}{
		{"read", read}, {"read on an old thread", <-old}, {"read on new threads", onNewThreads(filepath.Join(dir, "file"))},
		{"write", os.WriteFile(filepath.Join(dir, "new"), nil, 0o600)}, {"remove", os.Remove(filepath.Join(dir, "file"))}, {"list", list},
		{"execute", exec.Command("/bin/true").Run()}, {"another process's", other},
		{"own maps", maps}, {"own descriptors", fds}, {"hosts", hosts}, {"read what is open", kept}, {"write what is open", wrote}, {"connect to a unix socket", connect},
	}
	for _, r := range results {
		if r.err != nil && !errors.Is(r.err, fs.ErrPermission) {
			fmt.Printf("%s: %v\n", r.name, r.err)
			continue
		}
		fmt.Printf("%s: %t\n", r.name, r.err == nil)
	}
	return 0
}

// onNewThreads opens the file on threads that did not exist before.
func onNewThreads(path string) error {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var errs []error
	gate := make(chan struct{})
	for range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
			<-gate
			_, err := os.ReadFile(path)
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		}()
	}
	close(gate)
	wg.Wait()
	for _, err := range errs {
		if err == nil {
			return nil
		}
	}
	return errs[0]
}

// TestLandlock: what is open can be used, other files cannot be opened, on any
// thread.
func TestLandlock(t *testing.T) {
	if LandlockABI() == 0 {
		t.Skip("the kernel has no Landlock")
	}
	if !threadsReachable() {
		t.Skip("linked with cgo")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	ln, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(ln)
	if err := errors.Join(unix.Bind(ln, &unix.SockaddrUnix{Name: filepath.Join(dir, "sock")}), unix.Listen(ln, 1)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), "PRIVS_TEST_CONFINE="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := `read: false
read on an old thread: false
read on new threads: false
write: false
remove: false
list: false
execute: false
another process's: false
own maps: true
own descriptors: true
hosts: true
read what is open: true
write what is open: true
connect to a unix socket: true
`
	if got := string(out); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || !strings.Contains(string(b), "secret") {
		t.Errorf("the file afterwards: %q (%v)", b, err)
	}
}
