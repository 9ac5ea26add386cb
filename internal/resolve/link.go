package resolve

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"time"
)

// newLink makes the transport to a name server.
func newLink(ns *nameServer) transport {
	l := &link{ns: ns, queue: make(chan []byte, 1024), stop: make(chan struct{})}
	if ns.TCP {
		go l.runTCP()
	} else {
		go l.runUDP()
	}
	return l
}

// link is a goroutine that writes what is queued. Each socket has a goroutine
// that reads and hands to the section.
type link struct {
	ns    *nameServer
	queue chan []byte
	stop  chan struct{}
	once  sync.Once
}

// send implements transport.
func (l *link) send(msg []byte) bool {
	select {
	case l.queue <- msg:
		return true
	default:
		return false
	}
}

// close implements transport.
func (l *link) close() { l.once.Do(func() { close(l.stop) }) }

// received hands a message to the section; it waits while that is busy.
func (l *link) received(msg []byte) bool {
	select {
	case l.ns.sec.in <- packet{l.ns, msg}:
		return true
	case <-l.stop:
	case <-l.ns.sec.stop:
	}
	return false
}

// lost counts a message that could not be sent.
func (l *link) lost() {
	m := l.ns.sec.m
	m.mu.Lock()
	l.ns.count[SendErrors]++
	l.ns.count[Sent]--
	m.mu.Unlock()
}

// patience is how long a socket waits for answers after the last query.
func (l *link) patience() time.Duration { return l.ns.sec.shared.Load().Retry + time.Second }

// maxUses is how many queries leave from one UDP socket: then a new one takes
// over, whose port the kernel chooses at random.
const maxUses = 32

// runUDP writes queries, each few from a socket of its own.
func (l *link) runUDP() {
	var c *net.UDPConn
	uses := 0
	for {
		select {
		case <-l.stop:
			if c != nil {
				c.Close()
			}
			return
		case msg := <-l.queue:
			if c != nil && uses < maxUses && l.write(c, msg) {
				uses++
				continue
			}
			// The reader has closed it, or never will: it may still wait for answers.
			if c = l.openUDP(); c == nil || !l.write(c, msg) {
				l.lost()
			}
			uses = 1
		}
	}
}

// openUDP makes a socket and begins to read from it; nil if there is none.
func (l *link) openUDP() *net.UDPConn {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(l.ns.Addr))
	if err != nil {
		return nil
	}
	c.SetDeadline(time.Now().Add(l.patience()))
	go l.readUDP(c)
	return c
}

// write sends a message; false means that the socket is of no use any more.
func (l *link) write(c *net.UDPConn, msg []byte) bool {
	c.SetDeadline(time.Now().Add(l.patience()))
	_, err := c.Write(msg)
	if err != nil && !isClosed(err) {
		_, err = c.Write(msg) // often the error of an earlier message that nobody took
	}
	if err != nil {
		c.Close()
	}
	return err == nil
}

// readUDP reads until the socket has been silent for long: it closes it then,
// and the writer opens another.
func (l *link) readUDP(c *net.UDPConn) {
	defer c.Close()
	buf := make([]byte, l.ns.sec.shared.Load().Payload+1)
	for {
		n, err := c.Read(buf)
		if ne, ok := err.(net.Error); ok && !ne.Timeout() && !isClosed(err) {
			continue // nobody listens there, for now
		}
		if err != nil || !l.received(append([]byte(nil), buf[:n]...)) {
			return
		}
	}
}

func isClosed(err error) bool {
	e, ok := err.(*net.OpError)
	return !ok || e.Err == net.ErrClosed
}

// Limits of TCP. Manual 5.3.2 "nameserver": four queries are in flight on a
// connection.
const (
	inFlight = 4
	maxConns = 16
)

// stream is one TCP connection. flying is written by both goroutines.
type stream struct {
	net.Conn
	mu     sync.Mutex
	flying int
	dead   bool
}

func (c *stream) add(n int) (flying int, dead bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flying = max(0, c.flying+n)
	return c.flying, c.dead
}

func (c *stream) end() {
	c.mu.Lock()
	c.dead = true
	c.mu.Unlock()
	c.Close()
}

// runTCP writes queries to connections that it opens as they are needed.
func (l *link) runTCP() {
	var conns []*stream
	defer func() {
		for _, c := range conns {
			c.end()
		}
	}()
	for {
		select {
		case <-l.stop:
			return
		case msg := <-l.queue:
			var c *stream
			if conns, c = l.pick(conns); c == nil {
				l.lost()
				continue
			}
			c.add(1)
			c.SetDeadline(time.Now().Add(l.patience()))
			framed := binary.BigEndian.AppendUint16(make([]byte, 0, len(msg)+2), uint16(len(msg)))
			if _, err := c.Write(append(framed, msg...)); err != nil {
				l.lost()
				c.end()
			}
		}
	}
}

// pick finds a connection with room, opens one, or takes the least busy.
func (l *link) pick(conns []*stream) ([]*stream, *stream) {
	most := l.ns.MaxConn
	if most <= 0 || most > maxConns {
		most = maxConns
	}
	var best *stream
	least := 0
	alive := conns[:0]
	for _, c := range conns {
		n, dead := c.add(0)
		if dead {
			continue
		}
		alive = append(alive, c)
		if best == nil || n < least {
			best, least = c, n
		}
	}
	if best != nil && (least < inFlight || len(alive) >= most) {
		return alive, best
	}
	d := net.Dialer{Timeout: time.Second}
	if l.ns.Source.IsValid() {
		d.LocalAddr = &net.TCPAddr{IP: l.ns.Source.AsSlice()}
	}
	nc, err := d.Dial("tcp", l.ns.Addr.String())
	if err != nil {
		return alive, best
	}
	c := &stream{Conn: nc}
	go l.readTCP(c)
	return append(alive, c), c
}

// readTCP reads messages with their lengths until the connection ends or is
// silent for long.
func (l *link) readTCP(c *stream) {
	defer c.end()
	var size [2]byte
	for {
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		msg := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, msg); err != nil {
			return
		}
		c.add(-1)
		if !l.received(msg) {
			return
		}
	}
}
