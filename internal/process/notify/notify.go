package notify

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Notifier sends messages to one socket. It may be used by any goroutine.
type Notifier struct {
	addr string
}

// New returns a Notifier for the socket that $NOTIFY_SOCKET names: a path, or
// "@name" for an abstract socket. It returns nil for "".
func New(socket string) *Notifier {
	if socket == "" {
		return nil
	}
	return &Notifier{addr: socket}
}

// Ready says that the service serves. pid is the process to supervise.
func (n *Notifier) Ready(pid int, status string) error {
	return n.send("READY=1", "MAINPID="+strconv.Itoa(pid), "STATUS="+oneLine(status))
}

// Reloading says that a reload has begun. Type=notify-reload needs the time.
func (n *Notifier) Reloading(status string) error {
	return n.send("RELOADING=1", "STATUS="+oneLine(status), "MONOTONIC_USEC="+strconv.FormatInt(monotonic(), 10))
}

// Settled says that a reload has ended, well or badly, and the service serves.
func (n *Notifier) Settled(status string) error {
	return n.send("READY=1", "STATUS="+oneLine(status))
}

// Stopping says that the service is about to end.
func (n *Notifier) Stopping(status string) error {
	return n.send("STOPPING=1", "STATUS="+oneLine(status))
}

// Status changes the text that "systemctl status" shows.
func (n *Notifier) Status(status string) error { return n.send("STATUS=" + oneLine(status)) }

// oneLine keeps a text from being read as further assignments.
func oneLine(s string) string { return strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", " | ") }

func (n *Notifier) send(lines ...string) error {
	if n == nil {
		return nil
	}
	if n.addr[0] != '/' && n.addr[0] != '@' {
		return fmt.Errorf("cannot notify '%s': neither a path nor an abstract name", n.addr)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("cannot notify '%s': %w", n.addr, err)
	}
	defer unix.Close(fd)
	msg := []byte(strings.Join(lines, "\n") + "\n")
	if err := unix.Sendto(fd, msg, unix.MSG_NOSIGNAL, &unix.SockaddrUnix{Name: n.addr}); err != nil {
		return fmt.Errorf("cannot notify '%s': %w", n.addr, err)
	}
	return nil
}

// monotonic is CLOCK_MONOTONIC in microseconds, the clock systemd compares
// with.
func monotonic() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return 0
	}
	return ts.Nano() / 1000
}

// Inherited is a descriptor from socket activation.
type Inherited struct {
	FD   int
	Name string // FileDescriptorName= of the socket unit; "" if unnamed
}

// firstFD is SD_LISTEN_FDS_START.
const firstFD = 3

// maxInherited bounds $LISTEN_FDS.
const maxInherited = 1 << 16

// ListenFDs returns the descriptors that the service manager passed, and makes
// them close-on-exec. They count only for the process that $LISTEN_PID names;
// pid is ours, getenv usually os.Getenv. None is no error.
func ListenFDs(pid int, getenv func(string) string) ([]Inherited, error) {
	if getenv("LISTEN_FDS") == "" || getenv("LISTEN_PID") != strconv.Itoa(pid) {
		return nil, nil
	}
	n, err := strconv.Atoi(getenv("LISTEN_FDS"))
	if err != nil || n < 0 || n > maxInherited {
		return nil, errors.New("cannot use socket activation: LISTEN_FDS is '" + getenv("LISTEN_FDS") + "'")
	}
	names := strings.Split(getenv("LISTEN_FDNAMES"), ":")
	out := make([]Inherited, n)
	for i := range out {
		out[i].FD = firstFD + i
		if i < len(names) {
			out[i].Name = names[i]
		}
		if _, err := unix.FcntlInt(uintptr(out[i].FD), unix.F_SETFD, unix.FD_CLOEXEC); err != nil {
			return nil, fmt.Errorf("cannot use descriptor %d of socket activation: %w", out[i].FD, err)
		}
	}
	return out, nil
}
