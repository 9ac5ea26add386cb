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
	"strings"
	"syscall"
	"time"
)

// The state's exchange is this program's own, on a connection of its own to the
// same socket: the newcomer sends "_getstate\n" and gets stateMagic, the length
// as 64 bits little-endian, and as many bytes. Another program answers the
// unknown command with text, which does not begin like that.
const (
	stateMagic = "SEGUEST1"
	// maxState bounds the state in bytes; 100,000 servers have 60 MB.
	maxState = 1 << 30
	// stateChunk is how much may be on its way before the other side must have
	// read some of it, in bytes.
	stateChunk = 64 << 10
)

// ErrNoState is an owner that has no state for us: it is another program, or
// its socket has no "expose-fd listeners".
var ErrNoState = errors.New("the old process has no state to hand over")

// FetchState appends the state of the process behind address to w, all of it
// or nothing that counts: an error means that w is of no use. The address has
// the forms that Fetch takes; "sockpair@N" has been used up by Fetch.
func FetchState(ctx context.Context, address string, w io.Writer) (rest *Rest, err error) {
	if strings.HasPrefix(address, "sockpair@") {
		return nil, ErrNoState
	}
	conn, err := dial(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("Failed to connect to the old process socket '%s': %w", address, err)
	}
	if err := fetchState(ctx, conn, w); err != nil {
		conn.Close()
		return nil, err
	}
	return &Rest{conn: conn}, nil
}

// Rest is the connection over which a state has come. The old process keeps it
// until its last stream has ended, and then tells what it has counted meanwhile:
// the length as 64 bits little-endian, and as many bytes.
type Rest struct{ conn *net.UnixConn }

// Wait reads that; nil and no error when the old process ended without, or is of
// a version that does not tell. It may take as long as the longest stream.
func (r *Rest) Wait() ([]byte, error) {
	defer r.conn.Close()
	r.conn.SetDeadline(time.Time{}) //nolint:errcheck // fails only when closed
	var head [8]byte
	if _, err := io.ReadFull(r.conn, head[:]); err != nil {
		return nil, nil //nolint:nilerr // see above
	}
	size := binary.LittleEndian.Uint64(head[:])
	if size > maxState {
		return nil, fmt.Errorf("cannot read what the old process has counted: %d bytes are announced", size)
	}
	extend(r.conn)
	text, err := io.ReadAll(io.LimitReader(r.conn, int64(size)))
	if err == nil && uint64(len(text)) < size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read what the old process has counted: %w", err)
	}
	return text, nil
}

// Close says that nobody waits.
func (r *Rest) Close() {
	if r != nil {
		r.conn.Close()
	}
}

// SendRest is the owner's end of Wait.
func SendRest(conn *net.UnixConn, text []byte) error {
	conn.SetWriteDeadline(time.Now().Add(restTimeout)) //nolint:errcheck // fails only when closed
	_, err := conn.Write(append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...))
	return err
}

// restTimeout is how long a process that ends waits for one that does not read.
const restTimeout = 100 * time.Millisecond

func fetchState(ctx context.Context, conn *net.UnixConn, w io.Writer) error {
	if _, err := conn.Write([]byte("_getstate\n")); err != nil {
		return fmt.Errorf("Failed to ask the old process for its state: %w", err)
	}
	// The owner gathers its state before the first byte leaves.
	until := time.Now().Add(stateTime)
	if d, ok := ctx.Deadline(); ok && d.Before(until) {
		until = d
	}
	conn.SetDeadline(until) //nolint:errcheck // fails only when closed
	var head [len(stateMagic) + 8]byte
	n, err := io.ReadFull(conn, head[:])
	switch {
	case !strings.HasPrefix(stateMagic, string(head[:min(n, len(stateMagic))])),
		n == 0 && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)):
		return ErrNoState
	case err != nil:
		return fmt.Errorf("Failed to get the state of the old process: %w", err)
	}
	size := binary.LittleEndian.Uint64(head[len(stateMagic):])
	if size > maxState {
		return fmt.Errorf("Failed to get the state of the old process: %d bytes are announced", size)
	}
	for left := int64(size); left > 0; {
		if ctx.Err() != nil {
			return fmt.Errorf("Failed to get the state of the old process: %w", ctx.Err())
		}
		extend(conn)
		n, err := io.CopyN(w, conn, min(left, stateChunk))
		if left -= n; err != nil {
			return fmt.Errorf("Failed to get the state of the old process (%d of %d bytes are missing): %w", left, size, err)
		}
	}
	return nil
}

// stateTime is how long the owner may gather its state.
const stateTime = 5 * time.Second

// SendState is the owner's answer to "_getstate". Deadlines of conn are
// overwritten; it should be closed afterwards.
func SendState(conn *net.UnixConn, state []byte) error {
	head := binary.LittleEndian.AppendUint64([]byte(stateMagic), uint64(len(state)))
	for _, part := range [][]byte{head, state} {
		for len(part) > 0 {
			n := min(len(part), stateChunk)
			conn.SetWriteDeadline(time.Now().Add(ackTimeout)) //nolint:errcheck // fails only when closed
			if _, err := conn.Write(part[:n]); err != nil {
				if errors.Is(err, os.ErrDeadlineExceeded) {
					err = errors.New("the newcomer does not read")
				}
				return fmt.Errorf("cannot send the state: %w", err)
			}
			part = part[n:]
		}
	}
	return nil
}
