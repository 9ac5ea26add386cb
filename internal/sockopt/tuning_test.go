package sockopt

import (
	"testing"

	"golang.org/x/sys/unix"
)

func tcp(t *testing.T) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// state reads back what a Tuning sets.
func state(t *testing.T, fd int) (s [8]int) {
	t.Helper()
	for i, o := range (&Tuning{}).options() {
		v, err := unix.GetsockoptInt(fd, o.level, o.name)
		if err != nil {
			t.Fatal(err)
		}
		s[i] = v
	}
	var err error
	if s[6], err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE); err != nil {
		t.Fatal(err)
	}
	l, err := unix.GetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER)
	if err != nil {
		t.Fatal(err)
	}
	s[7] = int(l.Onoff)
	return s
}

func TestTuning(t *testing.T) {
	plain := state(t, tcp(t))
	with := func(change func(s *[8]int)) [8]int {
		s := plain
		change(&s)
		return s
	}
	for _, c := range []struct {
		name   string
		tuning Tuning
		want   [8]int
	}{
		{"nothing", Tuning{}, plain},
		{"keep-alive", Tuning{KeepAlive: true}, with(func(s *[8]int) { s[6] = 1 })},
		{"keep-alive with numbers", Tuning{KeepAlive: true, KeepCount: 3, KeepIdle: 10, KeepIntvl: 5}, with(func(s *[8]int) { s[0], s[1], s[2], s[6] = 3, 10, 5, 1 })},
		{"numbers without keep-alive", Tuning{KeepCount: 3, KeepIdle: 10, KeepIntvl: 5}, plain},
		{"buffers", Tuning{SendBuf: 30000, RecvBuf: 20000, Unsent: 4000}, with(func(s *[8]int) { s[3], s[4], s[5] = 60000, 4000, 40000 })},
		{"resets", Tuning{Abrupt: true}, with(func(s *[8]int) { s[7] = 1 })},
		{"refused by the system", Tuning{KeepAlive: true, KeepCount: 1 << 20}, with(func(s *[8]int) { s[6] = 1 })},
	} {
		t.Run(c.name, func(t *testing.T) {
			fd := tcp(t)
			c.tuning.Apply(fd)
			if got := state(t, fd); got != c.want {
				t.Errorf("applied: %v, want %v", got, c.want)
			}
			(&Tuning{}).Replace(fd)
			if got := state(t, fd); got != plain {
				t.Errorf("replaced by nothing: %v, want %v", got, plain)
			}
			c.tuning.Replace(fd)
			if got := state(t, fd); got != c.want {
				t.Errorf("replaced: %v, want %v", got, c.want)
			}
		})
	}
	if lock, err := unix.GetsockoptInt(func() int {
		fd := tcp(t)
		(&Tuning{SendBuf: 1, RecvBuf: 1}).Apply(fd)
		(&Tuning{}).Replace(fd)
		return fd
	}(), unix.SOL_SOCKET, unix.SO_BUF_LOCK); err == nil && lock != 0 {
		t.Errorf("the system may not tune the buffers: lock %d", lock)
	}
}
