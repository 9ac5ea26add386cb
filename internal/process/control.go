package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"segue/internal/process/handover"
)

// op is what a message on the control socket is about.
type op string

// The messages; see the package's documentation for their order.
const (
	opHello    op = "hello"    // worker: it runs; Text is its version
	opBundle   op = "bundle"   // master: memory file and, if State, a pipe to import from
	opSockets  op = "sockets"  // master: descriptors for the listeners Index
	opLink     op = "link"     // master: everything has been sent
	opLinked   op = "linked"   // worker
	opFailed   op = "failed"   // worker: Text says why
	opActivate op = "activate" // master
	opDiscard  op = "discard"  // master
	opActive   op = "active"   // worker
	opTell     op = "tell"     // master: Text goes to the log targets
	opDrain    op = "drain"    // master: accept no more, end when the streams have
	opDraining op = "draining" // worker: accepts no more
	opExport   op = "export"   // master: write the state to the descriptor
	opCLI      op = "cli"      // master: serve the connection at level Text
	opRest     op = "rest"     // worker, at its end: memory file with what it has counted since export
	opAdd      op = "add"      // master: count what is in the memory file
)

// message is one packet.
type message struct {
	Op    op     `json:"op"`
	Gen   uint64 `json:"gen,omitempty"` // counts the master's attempts to load
	State bool   `json:"state,omitempty"`
	Spare bool   `json:"spare,omitempty"` // in bundle: better no state than no service
	Index []int  `json:"index,omitempty"` // one listener may have several
	Text  string `json:"text,omitempty"`
	// Until, in activate, is when it is too late to begin: monotonic, in ns; 0 =
	// never.
	Until int64 `json:"until,omitempty"`
	// Level, in tell, is the severity as syslog numbers it.
	Level int `json:"level,omitempty"`
	// Format, in hello, is what of masterState the binary reads.
	Format int `json:"format,omitempty"`

	fds  []int // travel beside the text; owned by the receiver
	lost bool  // descriptors did not arrive: the receiver may have no more
}

const (
	// maxPassed is the number of descriptors in one packet; the kernel takes
	// 253.
	maxPassed = 200
	// maxPacket bounds the text of a packet, in bytes. Only an error's text
	// can be long; it is cut.
	maxPacket = 64 << 10
)

// control is one end of the control socket. Sending is safe from any
// goroutine, receiving is for one.
type control struct {
	conn *net.UnixConn
	mu   sync.Mutex // one packet at a time
}

// newPair makes a control socket. The second end is for a child.
func newPair() (*control, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot make a control socket: %w", err)
	}
	far := os.NewFile(uintptr(fds[1]), "control")
	near, err := openControl(os.NewFile(uintptr(fds[0]), "control"))
	if err != nil {
		far.Close()
		return nil, nil, err
	}
	return near, far, nil
}

// openControl takes over f.
func openControl(f *os.File) (*control, error) {
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("cannot use the control socket: %w", err)
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, errors.New("cannot use the control socket: not a unix socket")
	}
	return &control{conn: u}, nil
}

// send writes m with m.fds, which stay open here.
func (c *control) send(m message) error {
	if over := len(m.Text) - maxPacket/2; over > 0 {
		m.Text = m.Text[:maxPacket/2] + "..."
	}
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("cannot send '%s': %w", m.Op, err)
	}
	var oob []byte
	if len(m.fds) > 0 {
		oob = unix.UnixRights(m.fds...)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// One that does not read must not hold up its master for ever.
	c.conn.SetWriteDeadline(time.Now().Add(stoppedTime)) //nolint:errcheck // WriteMsgUnix fails as well
	if _, _, err := c.conn.WriteMsgUnix(text, oob, nil); err != nil {
		return fmt.Errorf("cannot send '%s': %w", m.Op, err)
	}
	return nil
}

// receive reads the next message; io.EOF when the other side is gone.
func (c *control) receive() (message, error) {
	buf := make([]byte, maxPacket)
	oob := make([]byte, unix.CmsgSpace(4*maxPassed))
	n, oobn, flags, _, err := c.conn.ReadMsgUnix(buf, oob)
	if err != nil || n == 0 {
		if err == nil || errors.Is(err, syscall.ECONNRESET) {
			err = io.EOF
		}
		return message{}, err
	}
	return unpack(buf[:n], oob[:oobn], flags)
}

// hear is receive that takes hold before it reads. When it returns a message,
// hold is still taken; while it waits, it is not.
func (c *control) hear(hold sync.Locker) (m message, err error) {
	raw, err := c.conn.SyscallConn()
	if err != nil {
		return m, err
	}
	buf := make([]byte, maxPacket)
	oob := make([]byte, unix.CmsgSpace(4*maxPassed))
	read := func(fd uintptr) bool {
		hold.Lock()
		var n, oobn, flags int
		n, oobn, flags, _, err = unix.Recvmsg(int(fd), buf, oob, unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT)
		// Who ended without reading all that we said may have said something before.
		for err == unix.EINTR || err == unix.ECONNRESET {
			n, oobn, flags, _, err = unix.Recvmsg(int(fd), buf, oob, unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT)
		}
		switch {
		case err != nil:
		case n == 0:
			err = io.EOF
		default:
			m, err = unpack(buf[:n], oob[:oobn], flags)
		}
		if err != nil {
			hold.Unlock()
		}
		return err != unix.EAGAIN
	}
	if closed := raw.Read(read); closed != nil {
		return m, closed
	}
	return m, err
}

// last lets the other side say nothing more: after what it has said comes the end.
func (c *control) last() { c.conn.CloseRead() } //nolint:errcheck // closed is fine

func unpack(text, oob []byte, flags int) (m message, err error) {
	if len(oob) > 0 {
		if m.fds, err = handover.Rights(oob); err != nil {
			return message{}, err
		}
	}
	if flags&unix.MSG_CTRUNC != 0 {
		m.closeFDs()
		m.lost = true
	}
	if err := json.Unmarshal(text, &m); err != nil {
		m.closeFDs()
		return message{}, fmt.Errorf("cannot receive: %w", err)
	}
	return m, nil
}

// closeFDs closes descriptors that nobody wants.
func (m *message) closeFDs() {
	for _, fd := range m.fds {
		unix.Close(fd) //nolint:errcheck // nothing is left to do
	}
	m.fds = nil
}

func (c *control) close() { c.conn.Close() }

// descriptor is the socket's number; it stays with the control.
func (c *control) descriptor() (fd int, err error) {
	raw, err := c.conn.SyscallConn()
	if err != nil {
		return -1, err
	}
	return fd, raw.Control(func(n uintptr) { fd = int(n) })
}
