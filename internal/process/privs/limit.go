package privs

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Need is what the descriptors are needed for.
type Need struct {
	MaxConn  int    // connections; each may use two descriptors
	Auto     bool   // nobody said MaxConn
	Pipes    int    // for splicing; each has two descriptors
	Fixed    int    // listeners, checks, threads and the rest
	ULimitN  uint64 // explicit "ulimit-n"; 0: computed
	HardMax  uint64 // "fd-hard-limit"; 0: none
	Has      uint64 // the hard limit where n was made: no need below it is one
	Strict   bool   // "strict-limits": too few is an error
	MayRaise bool   // the process may raise its hard limit (CAP_SYS_RESOURCE)
}

// Sockets is the number of descriptors that the service may have.
func (n *Need) Sockets() uint64 { return uint64(2*n.MaxConn + 2*n.Pipes + n.Fixed) }

// Descriptors is the number of descriptors that n asks for.
func (n *Need) Descriptors() uint64 {
	if n.ULimitN > 0 {
		return n.ULimitN
	}
	return n.Sockets()
}

// Granted is Descriptors as far as they can be had.
func (n *Need) Granted() uint64 {
	limit := n.Has
	if n.HardMax > 0 {
		limit = min(limit, n.HardMax)
	}
	if n.MayRaise || MayRaise() {
		limit = max(limit, n.Descriptors())
	}
	return min(limit, n.Descriptors())
}

// Suits says whether a process that was made for n can serve next.
func (n *Need) Suits(next *Need) bool {
	return next.Descriptors() <= max(n.Descriptors(), n.Has)
}

// Limit computes the new soft and hard limit from the current ones. warning is
// what to print when there are fewer descriptors than needed, with the remedy;
// under Strict it comes as err and nothing should be changed. A limit is never
// lowered, whatever "ulimit-n" says, as in HAProxy 3.4.
func (n *Need) Limit(soft, hard uint64) (newSoft, newHard uint64, warning string, err error) {
	want := n.Descriptors()
	ceiling := hard
	if n.MayRaise {
		ceiling = max(ceiling, want)
	}
	if n.HardMax > 0 {
		ceiling = min(ceiling, n.HardMax)
	}
	newSoft = max(soft, min(want, ceiling))
	newHard = max(hard, newSoft)
	if want <= ceiling {
		return newSoft, newHard, "", nil
	}
	warning = fmt.Sprintf("[%s.main()] Cannot raise FD limit to %d, current limit is %d and hard limit is %d. %s", filepath.Base(os.Args[0]), want, min(soft, ceiling), hard, n.remedy(want, ceiling))
	if n.Strict {
		return soft, hard, "", fmt.Errorf("%s", warning)
	}
	return newSoft, newHard, warning, nil
}

// remedy says what helps against a limit of has descriptors where want are
// needed.
func (n *Need) remedy(want, has uint64) string {
	how := fmt.Sprintf("Raise the hard limit to %d ('ulimit -Hn', LimitNOFILE=%d under systemd)", want, want)
	if n.HardMax > 0 && n.HardMax == has {
		how = fmt.Sprintf("Raise 'fd-hard-limit' to %d", want)
	}
	if n.ULimitN > 0 {
		return how + ", or drop 'ulimit-n'."
	}
	pipes := 0
	if n.MaxConn > 0 {
		pipes = n.Pipes
	}
	if fits := (int(min(has, maxFiles)) - n.Fixed - 2*pipes) / 2; fits > 0 {
		return how + fmt.Sprintf(", or set 'maxconn' to %d or less.", fits)
	}
	return how + "."
}

// Bounds of the automatic number of connections.
const (
	maxFiles = 1 << 20 // descriptors that are assumed of a larger limit. Manual 3.1 "fd-hard-limit"
	leastMax = 100     // connections, whatever the limit. Seen on HAProxy 3.4
)

// AutoMaxConn is the number of connections that limit descriptors allow when
// fixed are used otherwise: HAProxy's choice when maxconn is not given. With
// splicing, every fourth connection has a pipe unless their number pipes is
// given; -1 is no splicing.
func AutoMaxConn(limit uint64, fixed, pipes int) int {
	left := int(min(limit, maxFiles)) - fixed
	switch {
	case pipes > 0:
		left -= 2 * pipes
	case pipes == 0:
		return max(leastMax, left*2/5)
	}
	return max(leastMax, left/2)
}

// HardLimit is the process's hard limit of descriptors.
func HardLimit() uint64 {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &r) != nil {
		return 1024
	}
	return r.Max
}

// MayRaise says whether the process may raise its hard limits.
func MayRaise() bool { return has(unix.CAP_SYS_RESOURCE) }

// SetDescriptors raises the process's limit for n, or tells why not.
func SetDescriptors(n Need) (warning string, err error) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return "", fmt.Errorf("cannot read the limit of descriptors: %w", err)
	}
	n.MayRaise = n.MayRaise || MayRaise()
	soft, hard, warning, err := n.Limit(r.Cur, r.Max)
	if err != nil || soft == r.Cur && hard == r.Max {
		return warning, err
	}
	r.Cur, r.Max = soft, hard
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return "", fmt.Errorf("cannot set the limit of descriptors to %d: %w; is fs.nr_open lower?", soft, err)
	}
	return warning, nil
}
