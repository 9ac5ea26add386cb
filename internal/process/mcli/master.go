package mcli

import (
	"fmt"
	"net"
	"time"

	"segue/internal/command"
)

// The levels of a session. Each includes those below.
const (
	User     = command.User
	Operator = command.Operator
	Admin    = command.Admin
)

// Proc is a row of "show proc".
type Proc struct {
	PID     int
	Reloads int // since the process started; for the master: of all
	Failed  int // of the master's
	Started time.Time
	Version string
	Old     bool // a worker that drains
	FD      int  // control socket, for "show proc debug"
}

// Result is how a reload ended.
type Result struct {
	OK   bool
	Logs string // what was said meanwhile
}

// Master is what the commands act on. All methods may be called from several
// sessions at once.
type Master interface {
	// Reload loads the configuration anew and waits for the outcome; hard
	// means that old workers are not given time to finish.
	Reload(hard bool) Result
	// Procs returns the master and then its workers, the current one first.
	Procs() []Proc
	// Loaded is how the last load ended.
	Loaded() Result
	// StartupLogs is what was said at the last (re)load.
	StartupLogs() string
	// Version of the master.
	Version() string
	// Env is the environment at start, "NAME=value".
	Env() []string
	// Open connects to the command line of worker pid at the given level.
	Open(pid int, level command.Level) (net.Conn, error)
}

// appendProcs appends "show proc" in HAProxy's columns.
func appendProcs(dst []byte, procs []Proc, now time.Time, debug bool) []byte {
	head := "%-15s %-15s %-15s %-15s %-15s"
	line := func(pid any, typ, reloads, uptime, version, extra string) {
		dst = fmt.Appendf(dst, head, fmt.Sprint(pid), typ, reloads, uptime, version)
		dst = append(dst, extra...)
		dst = append(dst, '\n')
	}
	extra := func(p *Proc) string {
		if !debug {
			return ""
		}
		return fmt.Sprintf("\t\t %-15d %-15d", p.FD, -1)
	}
	more := ""
	if debug {
		more = fmt.Sprintf("\t\t %-15s %-15s", "<ipc_fd[0]>", "<ipc_fd[1]>")
	}
	line("#<PID>", "<type>", "<reloads>", "<uptime>", "<version>", more)
	for i := range procs {
		p := &procs[i]
		switch {
		case i == 0:
			line(p.PID, "master", fmt.Sprintf("%d [failed: %d]", p.Reloads, p.Failed), uptime(now.Sub(p.Started)), p.Version, extra(p))
			dst = append(dst, "# workers\n"...)
			continue
		case p.Old && !procs[i-1].Old:
			dst = append(dst, "# old workers\n"...)
		}
		line(p.PID, "worker", fmt.Sprint(p.Reloads), uptime(now.Sub(p.Started)), p.Version, extra(p))
	}
	return dst
}

// uptime is "0d00h00m00s".
func uptime(d time.Duration) string {
	s := max(0, int(d/time.Second))
	return fmt.Sprintf("%dd%02dh%02dm%02ds", s/86400, s/3600%24, s/60%60, s%60)
}
