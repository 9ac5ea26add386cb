package handover

import (
	"fmt"

	"golang.org/x/sys/unix"

	"segue/internal/process/listen"
)

// Set is what Fetch got, or what was added. Its zero value is empty. It belongs to one goroutine and owns the descriptors
// until they are taken.
type Set struct {
	socks []received
}

type received struct {
	fd    int
	id    listen.Identity
	taken bool
}

// Add puts a socket that came another way, for example by socket activation,
// into the set, which owns it from then on.
func (s *Set) Add(fd int) error {
	id, err := listen.Of(fd, "", "")
	if err != nil {
		return fmt.Errorf("cannot identify socket %d: %w", fd, err)
	}
	s.socks = append(s.socks, received{fd: fd, id: id})
	return nil
}

// Len is the number of sockets that arrived.
func (s *Set) Len() int { return len(s.socks) }

// Take gives away all sockets that spec means, nil for none. It has the form
// that listen.OpenAll asks for. There are several of one address where the old
// process had one per thread ("shards"): as long as anybody has them they must be
// accepted from, because the kernel spreads connections over all of them.
func (s *Set) Take(spec *listen.Spec) (fds []int) {
	want := spec.Identity()
	for i := range s.socks {
		if r := &s.socks[i]; !r.taken && listen.Matches(want, r.id) {
			r.taken = true
			fds = append(fds, r.fd)
		}
	}
	return fds
}

// Rest lists the sockets that nobody took.
func (s *Set) Rest() []listen.Identity {
	var out []listen.Identity
	for i := range s.socks {
		if !s.socks[i].taken {
			out = append(out, s.socks[i].id)
		}
	}
	return out
}

// Close closes the sockets that nobody took. The old process still has them.
// A nil Set has none.
func (s *Set) Close() {
	if s == nil {
		return
	}
	for i := range s.socks {
		if !s.socks[i].taken {
			unix.Close(s.socks[i].fd) //nolint:errcheck // nothing is left to do
		}
	}
	s.socks = nil
}
