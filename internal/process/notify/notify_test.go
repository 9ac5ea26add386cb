package notify

import (
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// manager receives messages at addr.
func manager(t *testing.T, addr string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: addr, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	return c
}

func receive(t *testing.T, c *net.UnixConn) string {
	t.Helper()
	var b [4096]byte
	n, err := c.Read(b[:])
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

func TestMessages(t *testing.T) {
	dir := t.TempDir()
	for _, addr := range []string{filepath.Join(dir, "n"), "@segue-notify-" + filepath.Base(filepath.Dir(dir))} {
		c := manager(t, addr)
		n := New(addr)
		tests := []struct {
			name string
			send func() error
			want string
		}{
			{name: "ready", send: func() error { return n.Ready(12, "Ready.") }, want: `^READY=1\nMAINPID=12\nSTATUS=Ready\.\n$`},
			{name: "reloading", send: func() error { return n.Reloading("Reloading.") }, want: `^RELOADING=1\nSTATUS=Reloading\.\nMONOTONIC_USEC=[1-9][0-9]*\n$`},
			{name: "settled", send: func() error { return n.Settled("Reload failed!") }, want: `^READY=1\nSTATUS=Reload failed!\n$`},
			{name: "stopping", send: func() error { return n.Stopping("bye") }, want: `^STOPPING=1\nSTATUS=bye\n$`},
			{name: "a text with lines stays one", send: func() error { return n.Status("a\nREADY=1\n") }, want: `^STATUS=a \| READY=1\n$`},
		}
		for _, tc := range tests {
			if err := tc.send(); err != nil {
				t.Errorf("%s to %s: %v", tc.name, addr, err)
				continue
			}
			if got := receive(t, c); !regexp.MustCompile(tc.want).MatchString(got) {
				t.Errorf("%s to %s = %q, want %s", tc.name, addr, got, tc.want)
			}
		}
	}
}

func TestNobodyListens(t *testing.T) {
	if err := New("").Ready(1, "x"); err != nil {
		t.Errorf("without socket: %v", err)
	}
	if err := New(filepath.Join(t.TempDir(), "none")).Ready(1, "x"); err == nil {
		t.Error("a missing socket is no error")
	}
	if err := New("vsock:2").Ready(1, "x"); err == nil {
		t.Error("an unknown kind of address is no error")
	}
}

func TestListenFDs(t *testing.T) {
	env := func(kv ...string) func(string) string {
		return func(k string) string {
			for i := 0; i < len(kv); i += 2 {
				if kv[i] == k {
					return kv[i+1]
				}
			}
			return ""
		}
	}
	tests := []struct {
		name string
		env  func(string) string
		want int
		fail bool
	}{
		{name: "not activated", env: env()},
		{name: "meant for another process", env: env("LISTEN_PID", "8", "LISTEN_FDS", "1")},
		{name: "no number", env: env("LISTEN_PID", "7", "LISTEN_FDS", "x"), fail: true},
		{name: "negative", env: env("LISTEN_PID", "7", "LISTEN_FDS", "-1"), fail: true},
		{name: "closed descriptors", env: env("LISTEN_PID", "7", "LISTEN_FDS", "60000"), fail: true},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got, err := ListenFDs(7, tc.env)
			if (err != nil) != tc.fail || len(got) != tc.want {
				t.Errorf("ListenFDs = %v, %v", got, err)
			}
		})
	}
}

// TestListenFDsNamesThem uses descriptors that the test process has open
// anyhow: whatever is at 3 is open in every Go program that polls.
func TestListenFDsNamesThem(t *testing.T) {
	c := manager(t, filepath.Join(t.TempDir(), "n"))
	_ = c
	if _, err := unix.FcntlInt(firstFD, unix.F_GETFD, 0); err != nil {
		t.Skip("descriptor 3 is not open here")
	}
	got, err := ListenFDs(7, func(k string) string {
		return map[string]string{"LISTEN_PID": strconv.Itoa(7), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "web:more"}[k]
	})
	if err != nil || len(got) != 1 || got[0] != (Inherited{FD: 3, Name: "web"}) {
		t.Errorf("ListenFDs = %v, %v, want descriptor 3 named web", got, err)
	}
}
