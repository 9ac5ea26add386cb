package listen

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Error is a socket that could not be made. Its text is HAProxy's, which tools
// match.
type Error struct {
	Spec *Spec
	Step string // "cannot bind socket"
	Err  error  // usually an Errno; nil if Step says it all
}

// Error returns "Binding [lb.cfg:9] for frontend f: protocol tcpv4: cannot
// bind socket (Address already in use) for [127.0.0.1:80]."
func (e *Error) Error() string {
	s := "Binding [" + e.Spec.File + ":" + strconv.Itoa(e.Spec.Line) + "] for " + e.Spec.Owner +
		": protocol " + e.Spec.Protocol() + ": " + e.Step
	if e.Err != nil {
		s += " (" + Reason(e.Err) + ")"
	}
	if !e.Spec.isUnix() {
		s += " for"
	}
	return s + " [" + e.Spec.Address() + "]."
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// InUse reports whether err is an address that somebody else holds.
func InUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

// Reason is the cause's text as the C library words it: with a capital, and
// without the operation that Go puts before it.
func Reason(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	if err == syscall.EADDRNOTAVAIL { // the only one that Go words differently here
		return "Cannot assign requested address"
	}
	s := err.Error()
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
