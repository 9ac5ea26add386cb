package syslog

import (
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Bounds of a line's length in bytes, with its line feed; manual 4.2 "log",
// "len".
const (
	MinLen     = 80
	MaxLen     = 65535
	DefaultLen = 1024
)

// Config is one "log" line.
type Config struct {
	Target   Target
	Format   Format
	MaxLen   int // 0 means DefaultLen
	Sampling Sampling
	Facility Facility
	Level    Level // the least grave level that is sent; the language's default is Debug
	MinLevel Level // graver messages are sent as this level
	// Outlet takes the lines instead of Target; nil = Target does.
	Outlet Outlet
	// Failed is told, once for each error, why lines do not arrive. It runs on
	// a goroutine of its own; nil = nobody.
	Failed func(unix.Errno)
}

// Outlet is a target inside the process: a ring, or a backend that shares lines
// out to servers. Deliver must not wait and keeps nothing of its arguments; it
// is called by the Writer's goroutine, with the number that NewWriter got, and
// returns how many lines it could not take.
type Outlet interface {
	Deliver(loop int, buf []byte, ends []int) (dropped int)
}

// Sink is a target shared by the process. Its methods may be called from
// anywhere; its Writers belong to one goroutine each.
type Sink struct {
	cfg     Config // not changed after Open
	addr    rawAddr
	pump    *pump            // for FD targets, else nil
	seen    atomic.Uint64    // messages that passed the level, for sampling
	dropped atomic.Uint64    // lines lost for whatever reason
	told    [3]atomic.Uint64 // a bit for each error number that Failed was told
}

// failed tells of an error unless it was told already. It is called when lines
// are lost, at most once a second for each loop.
func (s *Sink) failed(errno unix.Errno) {
	word, bit := int(errno/64), uint64(1)<<(errno%64)
	if s.cfg.Failed == nil || word >= len(s.told) || s.told[word].Or(bit)&bit != 0 {
		return
	}
	go s.cfg.Failed(errno)
}

// Open makes a sink. Sockets are opened by the Writers when they first send, so
// that a target which is not there yet is no error; a file descriptor must be
// open.
func Open(cfg Config) (*Sink, error) {
	if cfg.MaxLen == 0 {
		cfg.MaxLen = DefaultLen
	}
	if cfg.MaxLen < MinLen || cfg.MaxLen > MaxLen {
		return nil, fmt.Errorf("invalid log length '%d', must be between %d and %d", cfg.MaxLen, MinLen, MaxLen)
	}
	s := &Sink{cfg: cfg}
	var err error
	if cfg.Outlet != nil {
		return s, nil
	}
	switch cfg.Target.Kind {
	case FD:
		s.pump, err = newPump(cfg.Target.FD, &s.dropped, s.failed)
	case Unix:
		err = s.addr.setUnix(cfg.Target.Path)
	case Moving:
	default:
		err = s.addr.setUDP(cfg.Target.Addr)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Dropped is how many lines were lost since Open: the target was not there,
// did not keep up, or refused them.
func (s *Sink) Dropped() uint64 { return s.dropped.Load() }

// Wants reports whether a message of a level would be sent at all, so that a
// caller may spare itself the work of formatting it.
func (s *Sink) Wants(lev Level) bool { return lev <= s.cfg.Level }

// Close waits until what was flushed is written, at most for the given time,
// and drops the rest. Writers must not be used any more. The file descriptor of
// an FD target stays open: it is the process's.
func (s *Sink) Close(patience time.Duration) {
	if s.pump != nil {
		s.pump.close(patience)
	}
}
