package handover

//lint:file-ignore ST1005 tools match HAProxy's words

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"segue/internal/process/listen"
)

const (
	// maxSockets bounds what a confused owner can make us believe. Text such
	// as "Unknown command" read as a number is far above it.
	maxSockets = 1 << 20
	// messageTimeout is how long the owner may be silent within an exchange.
	// HAProxy waits one second and fails; a busy owner needs more.
	messageTimeout = 2 * time.Second
	// retryPause is the pause between two attempts.
	retryPause = 50 * time.Millisecond
)

// ErrRefused is an owner that answered with text: its socket has no
// "expose-fd listeners", or its level is below admin.
var ErrRefused = errors.New("the old process did not give its sockets: is 'expose-fd listeners' missing on that stats socket?")

// Fetch takes the listening sockets of the process behind address: the path of
// a unix socket, "abns@name", or "sockpair@N" for a connected descriptor. It
// tries again while the owner is there but does not answer completely, until
// ctx ends. On error nothing is kept open.
func Fetch(ctx context.Context, address string) (*Set, error) {
	var last error
	for {
		set, err := fetchOnce(ctx, address)
		if err == nil || !worthRetry(err) || strings.HasPrefix(address, "sockpair@") {
			return set, err
		}
		if last != nil && ctx.Err() != nil {
			return nil, last // what came now is only that time is over
		}
		last = err
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(retryPause):
		}
	}
}

// Nobody reports whether an error of Fetch says that no process listens at the
// address.
func Nobody(err error) bool {
	return errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED)
}

// worthRetry tells an owner that is busy from one that is not there.
func worthRetry(err error) bool {
	return !errors.Is(err, ErrRefused) && !Nobody(err) && !errors.Is(err, syscall.EACCES) && !errors.Is(err, syscall.EMFILE)
}

func fetchOnce(ctx context.Context, address string) (*Set, error) {
	conn, err := dial(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("Failed to connect to the old process socket '%s': %w", address, err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("_getsocks\n")); err != nil {
		return nil, fmt.Errorf("Failed to ask the old process for its sockets: %w", err)
	}
	var head [4]byte
	extend(conn)
	if _, err := io.ReadFull(conn, head[:]); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("Failed to get the number of sockets to be transferred: the old process closed '%s' without an answer. "+
			"Is 'expose-fd listeners' missing on that stats socket?", address)
	} else if err != nil {
		return nil, fmt.Errorf("Failed to get the number of sockets to be transferred: %w", err)
	}
	count := int(binary.NativeEndian.Uint32(head[:]))
	if count > maxSockets {
		return nil, ErrRefused
	}
	set := &Set{}
	if err := set.receive(conn, count); err != nil {
		set.Close()
		return nil, err
	}
	return set, nil
}

// dial connects to the owner.
func dial(ctx context.Context, address string) (*net.UnixConn, error) {
	if n, ok := strings.CutPrefix(address, "sockpair@"); ok {
		return inherited(n)
	}
	if name, ok := strings.CutPrefix(address, "abns@"); ok {
		address = "@" + name + strings.Repeat("\x00", listen.MaxAbstract-min(len(name), listen.MaxAbstract))
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", strings.TrimPrefix(address, "unix@"))
	if err != nil {
		return nil, err
	}
	return c.(*net.UnixConn), nil
}

func inherited(number string) (*net.UnixConn, error) {
	fd, err := strconv.Atoi(number)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "sockpair")
	if f == nil {
		return nil, syscall.EBADF
	}
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, syscall.ENOTSOCK
	}
	return u, nil
}

// extend gives the owner time for its next message.
func extend(conn *net.UnixConn) {
	conn.SetDeadline(time.Now().Add(messageTimeout)) //nolint:errcheck // fails only when closed
}

// receive reads count sockets. Descriptors that arrived are in s even after an
// error, so that Close closes them.
func (s *Set) receive(conn *net.UnixConn, count int) error {
	buf := make([]byte, 64<<10)
	oob := make([]byte, unix.CmsgSpace(4*(maxBatch+1)))
	var payload []byte // bytes whose record is not complete
	done := 0          // sockets whose record was read
	for done < count {
		extend(conn)
		n, oobn, flags, _, err := conn.ReadMsgUnix(buf, oob)
		fds, rightsErr := Rights(oob[:oobn])
		for _, fd := range fds {
			s.socks = append(s.socks, received{fd: fd})
		}
		switch {
		case err != nil:
			return s.incomplete(count, err)
		case rightsErr != nil:
			return s.incomplete(count, rightsErr)
		case flags&unix.MSG_CTRUNC != 0:
			return s.incomplete(count, errors.New("out of file descriptors; raise the limit (ulimit -n)"))
		case n == 0:
			return s.incomplete(count, io.ErrUnexpectedEOF)
		}
		payload = append(payload, buf[:n]...)
		if payload, done, err = s.describe(payload, done); err != nil {
			return err
		}
		if done == len(s.socks) {
			var ack [4]byte
			binary.NativeEndian.PutUint32(ack[:], uint32(done))
			conn.Write(ack[:]) //nolint:errcheck // the owner may be gone after its last message
		}
	}
	if done != count || len(s.socks) != count || len(payload) != 0 {
		return s.incomplete(count, errors.New("more arrived than was announced"))
	}
	return nil
}

// incomplete words a failed exchange as HAProxy does.
func (s *Set) incomplete(count int, err error) error {
	return fmt.Errorf("We didn't get the expected number of sockets (expecting %d got %d): %w", count, len(s.socks), err)
}

// describe reads the records that payload holds and identifies their sockets.
func (s *Set) describe(payload []byte, done int) ([]byte, int, error) {
	for done < len(s.socks) {
		r, rest, err := readRecord(payload)
		if err != nil {
			break // more to come
		}
		sock := &s.socks[done]
		if sock.id, err = listen.Of(sock.fd, r.namespace, r.iface); err != nil {
			return nil, done, fmt.Errorf("cannot identify socket %d of the old process: %w", done, err)
		}
		payload = rest
		done++
	}
	return payload, done, nil
}

// Rights returns the descriptors in a control message, all of them; with an
// error those before it.
func Rights(oob []byte) ([]int, error) {
	if len(oob) == 0 {
		return nil, nil
	}
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, err
	}
	var fds []int
	for i := range msgs {
		got, err := unix.ParseUnixRights(&msgs[i])
		if err != nil {
			return fds, err
		}
		fds = append(fds, got...)
	}
	return fds, nil
}
