package listen

import (
	"os"

	"golang.org/x/sys/unix"
)

// Socket is a descriptor with the Spec that it serves.
type Socket struct {
	FD   int
	Spec Spec
	// temp is the name of a unix socket between Open and Publish.
	temp string
}

// defaultBacklog is what HAProxy's default maxconn leads to; the kernel cuts
// it to net.core.somaxconn.
const defaultBacklog = 4096

// Listen makes the socket accept connections. On a socket that listens already
// it only sets the backlog.
func (s *Socket) Listen() error {
	if s.Spec.isUDP() || s.Spec.Family == SockPair {
		return nil
	}
	backlog := s.Spec.Backlog
	if backlog <= 0 {
		backlog = defaultBacklog
	}
	if err := unix.Listen(s.FD, backlog); err != nil {
		return &Error{Spec: &s.Spec, Step: "cannot listen to socket", Err: err}
	}
	return nil
}

// Publish gives a unix socket its own name, replacing what was there.
func (s *Socket) Publish() error {
	if s.temp == "" {
		return nil
	}
	if err := os.Rename(s.temp, s.Spec.Path); err != nil {
		return &Error{Spec: &s.Spec, Step: "cannot switch final and temporary UNIX sockets", Err: err}
	}
	s.temp = ""
	return nil
}

// Discard undoes Open: it closes the socket and removes its temporary name. A
// descriptor that was inherited stays open, because nobody could open it again.
func (s *Socket) Discard() {
	if s.temp != "" {
		os.Remove(s.temp) //nolint:errcheck // nobody knows the name
		s.temp = ""
	}
	if s.FD >= 0 && s.Spec.Family != FD && s.Spec.Family != SockPair {
		unix.Close(s.FD) //nolint:errcheck // nothing is left to do
	}
	s.FD = -1
}
