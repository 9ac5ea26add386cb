package handover

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// Item is a socket to hand over. The descriptor stays with its owner.
type Item struct {
	FD        int
	Namespace string
	Interface string
}

// ackTimeout is how long the owner waits for the newcomer, as in HAProxy.
const ackTimeout = time.Second

// Send is the owner's answer to "_getsocks". The connection is usable
// afterwards; after an error it must be closed. Deadlines of conn are
// overwritten and removed.
func Send(conn *net.UnixConn, items []Item) error {
	defer conn.SetDeadline(time.Time{}) //nolint:errcheck // fails only when closed
	conn.SetDeadline(time.Now().Add(ackTimeout))
	var count [4]byte
	binary.NativeEndian.PutUint32(count[:], uint32(len(items)))
	if _, err := conn.Write(count[:]); err != nil {
		return fmt.Errorf("cannot send the number of sockets: %w", err)
	}
	for len(items) > 0 {
		n := min(len(items), maxBatch)
		conn.SetDeadline(time.Now().Add(ackTimeout))
		if err := sendBatch(conn, items[:n]); err != nil {
			return fmt.Errorf("cannot send %d sockets: %w", n, err)
		}
		items = items[n:]
		var ack [4]byte
		if _, err := io.ReadFull(conn, ack[:]); err != nil {
			if len(items) == 0 {
				return nil // the newcomer has everything; it need not say so
			}
			return fmt.Errorf("cannot read the receipt: %w", err)
		}
	}
	return nil
}

// sendBatch sends one message. All payload must leave with the descriptors:
// what a full socket buffer cut off follows as plain bytes.
func sendBatch(conn *net.UnixConn, items []Item) error {
	fds := make([]int, len(items))
	var payload []byte
	for i, it := range items {
		fds[i] = it.FD
		payload = appendRecord(payload, record{namespace: it.Namespace, iface: it.Interface})
	}
	n, _, err := conn.WriteMsgUnix(payload, unix.UnixRights(fds...), nil)
	if err == nil && n < len(payload) {
		_, err = conn.Write(payload[n:])
	}
	return err
}
