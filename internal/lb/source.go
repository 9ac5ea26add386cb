package lb

import (
	"sync"

	"segue/internal/conf"
)

// Source is where connections to a server come from: its own "source" or the
// backend's. Manual 5.2 "source".
type Source struct {
	Conf  *conf.Source
	Hdr   Formatter // usesrc hdr_ip(...): the text of the address
	Ports *Ports    // of a port range; nil: any port
}

// Ports hands out the source ports of a range, the one that has been free for
// longest first, so that the kernel has the most time to forget its last
// connection. It is shared by all loops and by the generations that use the
// same range; the lock is held for a few instructions.
type Ports struct {
	mu   sync.Mutex
	free []uint16 // a ring of n ports from head on
	head int
	n    int
}

// NewPorts returns the ports low to high, all free.
func NewPorts(low, high uint16) *Ports {
	p := &Ports{free: make([]uint16, int(high)-int(low)+1)}
	for i := range p.free {
		p.free[i] = low + uint16(i)
	}
	p.n = len(p.free)
	return p
}

// Take returns a free port, 0 when all are in use.
func (p *Ports) Take() uint16 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.n == 0 {
		return 0
	}
	port := p.free[p.head]
	p.head = (p.head + 1) % len(p.free)
	p.n--
	return port
}

// Give returns a port of Take.
func (p *Ports) Give(port uint16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.n < len(p.free) {
		p.free[(p.head+p.n)%len(p.free)] = port
		p.n++
	}
}

// Namespace is a network namespace that connections are made in, by open
// descriptors; Home is the process's own.
type Namespace struct{ FD, Home int }

// FreePort gives the connection's source port back to its range.
func (sc *ServerConn) FreePort() {
	if sc.Ports != nil {
		sc.Ports.Give(sc.Port)
		sc.Ports = nil
	}
}
