package privs

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Need is what the descriptors are needed for.
type Need struct {
	MaxConn  int    // connections; each may use two descriptors
	Fixed    int    // listeners, checks, logs, threads and the rest
	ULimitN  uint64 // explicit "ulimit-n"; 0: computed
	HardMax  uint64 // "fd-hard-limit"; 0: none
	Strict   bool   // "strict-limits": too few is an error
	MayRaise bool   // the process may raise its hard limit (CAP_SYS_RESOURCE)
}

// Descriptors is the number of descriptors that n asks for.
func (n *Need) Descriptors() uint64 {
	if n.ULimitN > 0 {
		return n.ULimitN
	}
	return uint64(2*n.MaxConn + n.Fixed)
}

// Limit computes the new soft and hard limit from the current ones. warning is
// what to print when there are fewer descriptors than needed, with the remedy;
// under Strict it comes as err and nothing should be changed.
func (n *Need) Limit(soft, hard uint64) (newSoft, newHard uint64, warning string, err error) {
	want := n.Descriptors()
	if n.HardMax > 0 {
		hard = min(hard, n.HardMax)
	}
	newSoft, newHard = max(soft, want), hard
	if want > hard && n.MayRaise && n.HardMax == 0 {
		newHard = want
	}
	newSoft = min(newSoft, newHard)
	need := uint64(2*n.MaxConn + n.Fixed)
	if newSoft >= need {
		return newSoft, newHard, "", nil
	}
	warning = fmt.Sprintf("FD limit (%d) too low for maxconn=%d/maxsock=%d. Please raise 'ulimit-n' to %d or more to avoid any trouble.",
		newSoft, n.MaxConn, need, need)
	if n.ULimitN == 0 {
		warning += fmt.Sprintf(" Or lower 'maxconn' to %d; under systemd, set LimitNOFILE=%d.", AutoMaxConn(newSoft, n.Fixed), need)
	}
	if n.Strict {
		return soft, hard, "", fmt.Errorf("%s", warning)
	}
	return newSoft, newHard, warning, nil
}

// AutoMaxConn is the number of connections that limit descriptors allow when
// fixed are used otherwise: HAProxy's choice when maxconn is not given.
func AutoMaxConn(limit uint64, fixed int) int {
	return max(1, (int(min(limit, 1<<30))-fixed)/2)
}

// SetDescriptors raises the process's limit for n, or tells why not.
func SetDescriptors(n Need) (warning string, err error) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return "", fmt.Errorf("cannot read the limit of descriptors: %w", err)
	}
	n.MayRaise = n.MayRaise || has(unix.CAP_SYS_RESOURCE)
	soft, hard, warning, err := n.Limit(r.Cur, r.Max)
	if err != nil || soft == r.Cur && hard == r.Max {
		return warning, err
	}
	r.Cur, r.Max = soft, max(hard, soft)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return "", fmt.Errorf("cannot set the limit of descriptors to %d: %w; is fs.nr_open lower?", soft, err)
	}
	return warning, nil
}
