package sockopt

import (
	"sync"

	"golang.org/x/sys/unix"
)

// Tuning is what is set on a TCP socket. The zero value leaves everything to
// the system.
type Tuning struct {
	KeepAlive bool `json:"keepAlive,omitempty"` // option clitcpka, srvtcpka
	KeepCount int  `json:"keepCount,omitempty"` // *tcpka-cnt: packets without answer that end the connection
	KeepIdle  int  `json:"keepIdle,omitempty"`  // *tcpka-idle: s of silence before the first
	KeepIntvl int  `json:"keepIntvl,omitempty"` // *tcpka-intvl: s between them
	Abrupt    bool `json:"abrupt,omitempty"`    // option nolinger: closing resets and drops what was not sent
	RecvBuf   int  `json:"recvBuf,omitempty"`   // tune.rcvbuf.*, bytes
	SendBuf   int  `json:"sendBuf,omitempty"`   // tune.sndbuf.*, bytes
	Unsent    int  `json:"unsent,omitempty"`    // tune.notsent-lowat.*, bytes
}

// option is one of the numbers of a Tuning.
type option struct {
	level, name, value int
}

func (t *Tuning) options() [6]option {
	keep := func(v int) int {
		if !t.KeepAlive {
			return 0
		}
		return v
	}
	return [...]option{
		{unix.IPPROTO_TCP, unix.TCP_KEEPCNT, keep(t.KeepCount)},
		{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, keep(t.KeepIdle)},
		{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, keep(t.KeepIntvl)},
		{unix.SOL_SOCKET, unix.SO_SNDBUF, t.SendBuf},
		{unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, t.Unsent},
		{unix.SOL_SOCKET, unix.SO_RCVBUF, t.RecvBuf},
	}
}

// Apply sets what t gives on a new TCP socket. A value that the system refuses
// is left out, as in HAProxy: it only tunes.
func (t *Tuning) Apply(fd int) {
	if t.KeepAlive {
		set(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	}
	if t.Abrupt {
		linger(fd, true)
	}
	for _, o := range t.options() {
		if o.value > 0 {
			set(fd, o.level, o.name, o.value)
		}
	}
}

// Replace is Apply on a socket that may have been tuned before: what t does not
// give becomes the system's default again.
func (t *Tuning) Replace(fd int) {
	set(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, number(t.KeepAlive))
	linger(fd, t.Abrupt)
	for i, o := range t.options() {
		switch {
		case o.value > 0:
			set(fd, o.level, o.name, o.value)
		case o.name == unix.SO_SNDBUF || o.name == unix.SO_RCVBUF:
			unlock(fd, o, i)
		default:
			set(fd, o.level, o.name, defaults()[i])
		}
	}
}

// unlock gives a buffer back to the system's own tuning. SO_BUF_LOCK is known
// since Linux 5.14; before it the buffer keeps the default's size.
func unlock(fd int, o option, i int) {
	const sendLock, recvLock = 1, 2 // bits of SO_BUF_LOCK
	bit := sendLock
	if o.name == unix.SO_RCVBUF {
		bit = recvLock
	}
	locked, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BUF_LOCK)
	if err != nil || locked&bit == 0 {
		return
	}
	set(fd, o.level, o.name, defaults()[i]/2) // the system doubles what it is given
	set(fd, unix.SOL_SOCKET, unix.SO_BUF_LOCK, locked&^bit)
}

// defaults are the values of a socket that nobody tuned, in the order of
// options.
var defaults = sync.OnceValue(func() (values [6]int) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return values
	}
	defer unix.Close(fd) //nolint:errcheck // nothing was written
	for i, o := range (&Tuning{}).options() {
		values[i], _ = unix.GetsockoptInt(fd, o.level, o.name)
	}
	return values
})

func set(fd, level, name, value int) {
	_ = unix.SetsockoptInt(fd, level, name, value)
}

func linger(fd int, abrupt bool) {
	_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: int32(number(abrupt))})
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
