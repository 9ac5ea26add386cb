package stream_test

import (
	"bufio"
	"net"
	"net/http"
	"testing"
	"time"
)

// delayedAck is how long the kernel waits with an acknowledgement at the least.
const delayedAck = 38 * time.Millisecond

// A server that writes its response in pieces and lets Nagle's algorithm hold the
// next one back goes on at once: the kernel's delay for acknowledgements does not
// show.
func TestResponsesInPiecesAreNotHeldBack(t *testing.T) {
	for _, c := range []struct {
		name   string
		pieces []string
	}{
		{"head and body", []string{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "ok"}},
		{"a head in two", []string{"HTTP/1.1 200 OK\r\n", "Content-Length: 2\r\n\r\nok"}},
		{"head and chunk", []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "2\r\nok\r\n0\r\n\r\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := peer(t, func(conn net.Conn, r *bufio.Reader) {
				if err := conn.(*net.TCPConn).SetNoDelay(false); err != nil {
					t.Error(err)
				}
				for {
					if _, err := http.ReadRequest(r); err != nil {
						return
					}
					for _, p := range c.pieces {
						if _, err := conn.Write([]byte(p)); err != nil {
							return
						}
					}
				}
			})
			addr, _, _ := engine(t, listen, srv)
			conn := dial(t, addr)
			slow := 0
			const all = 40
			for range all {
				begin := time.Now()
				talk(t, conn, get11, "ok")
				if time.Since(begin) >= delayedAck {
					slow++
				}
			}
			if slow > all/4 { // some may be on a busy machine
				t.Errorf("%d of %d exchanges took %v or more", slow, all, delayedAck)
			}
		})
	}
}
