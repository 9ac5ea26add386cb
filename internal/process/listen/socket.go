package listen

import (
	"os"

	"golang.org/x/sys/unix"
)

// Socket is a descriptor with the Spec that it serves.
type Socket struct {
	FD   int
	Spec Spec
	// Shards are further sockets of the address, made by a process that had one
	// per thread. The kernel spreads connections over all of them, so that they
	// live as long as FD.
	Shards []int
	// temp is the name of a unix socket between Open and Publish.
	temp string
	// file is what Publish made; nil if that was another process.
	file os.FileInfo
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
	for _, fd := range s.Descriptors() {
		if err := unix.Listen(fd, backlog); err != nil {
			return &Error{Spec: &s.Spec, Step: "cannot listen to socket", Err: err}
		}
		s.setLazyAck(fd)
	}
	return nil
}

// setLazyAck says whether connections acknowledge their first data at once. They
// inherit that, which saves a segment and costs no call; listen(2) resets it.
func (s *Socket) setLazyAck(fd int) {
	if !s.Spec.isTCP() {
		return
	}
	quick := 1
	if s.Spec.LazyAck {
		quick = 0
	}
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_QUICKACK, quick) //nolint:errcheck // a matter of cost only
}

// Descriptors are FD and Shards.
func (s *Socket) Descriptors() []int { return append([]int{s.FD}, s.Shards...) }

// Publish gives a unix socket its own name, replacing what was there. One that
// was adopted has the name; its file gets the owner and mode of the Spec.
func (s *Socket) Publish() error {
	if s.temp == "" {
		return s.repermit()
	}
	s.file, _ = os.Lstat(s.temp) // nil: nothing is known of it
	if err := os.Rename(s.temp, s.Spec.Path); err != nil {
		return &Error{Spec: &s.Spec, Step: "cannot switch final and temporary UNIX sockets", Err: err}
	}
	s.temp = ""
	return nil
}

// repermit is permit for an adopted socket, unless the name is somebody else's.
func (s *Socket) repermit() error {
	if s.Spec.Family != Unix {
		return nil
	}
	at, err := os.Lstat(s.Spec.Path)
	if err != nil || at.Mode()&os.ModeSocket == 0 || s.file != nil && !same(at, s.file) {
		return nil
	}
	return s.permit(s.Spec.Path)
}

// Follow tells an adopted socket what is known of prev, the same one under the
// configuration before. prev may be nil.
func (s *Socket) Follow(prev *Socket) {
	if prev != nil && s.temp == "" && s.file == nil {
		s.file = prev.file
	}
}

// Unlink removes the name of a unix socket that no configuration wants any
// more, unless somebody else has taken it.
func (s *Socket) Unlink() {
	if s.file == nil {
		return
	}
	if at, err := os.Lstat(s.Spec.Path); err == nil && same(at, s.file) {
		os.Remove(s.Spec.Path) //nolint:errcheck // it would be in nobody's way
	}
}

// same reports whether two are one file; the number of a removed one may have
// been used again.
func same(a, b os.FileInfo) bool { return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) }

// Discard undoes Open: it closes the socket and removes its temporary name. A
// descriptor that was inherited stays open, because nobody could open it again.
func (s *Socket) Discard() {
	if s.temp != "" {
		os.Remove(s.temp) //nolint:errcheck // nobody knows the name
		s.temp = ""
	}
	if s.FD >= 0 && s.Spec.Family != FD && s.Spec.Family != SockPair {
		for _, fd := range s.Descriptors() {
			unix.Close(fd) //nolint:errcheck // nothing is left to do
		}
	}
	s.FD, s.Shards = -1, nil
}
