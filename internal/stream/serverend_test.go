package stream_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// served is a server that answers each request with the same bytes and tells how
// its connections end: "kept" when another request comes.
func served(t *testing.T, response string) (o *origin, ends chan string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	ends = make(chan string, 4)
	answer := func(c net.Conn) {
		defer c.Close()
		c.SetDeadline(time.Now().Add(10 * time.Second))
		buf := make([]byte, 4096)
		for range 2 {
			var head []byte
			for !strings.HasSuffix(string(head), "\r\n\r\n") {
				n, err := c.Read(buf)
				switch {
				case errors.Is(err, syscall.ECONNRESET):
					ends <- "reset"
					return
				case err != nil:
					ends <- err.Error()
					return
				}
				head = append(head, buf[:n]...)
			}
			io.WriteString(c, response)
		}
		ends <- "kept"
	}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go answer(c)
		}
	}()
	return &origin{addr: ln.Addr().String()}, ends
}

// TestServerConnectionBehindItsResponse shows which responses end the server's
// connection: by a reset, so that its port does not wait on this side.
func TestServerConnectionBehindItsResponse(t *testing.T) {
	const body = "Content-Length: 2\r\n\r\nok"
	for _, c := range []struct{ name, option, response, want string }{
		{"HTTP/1.1", "", "HTTP/1.1 200 OK\r\n" + body, "kept"},
		{"Connection: close", "", "HTTP/1.1 200 OK\r\nConnection: close\r\n" + body, "reset"},
		{"httpclose", " option httpclose\n", "HTTP/1.1 200 OK\r\n" + body, "reset"},
		{"HTTP/1.0", "", "HTTP/1.0 200 OK\r\n" + body, "reset"},
		{"HTTP/1.0 with keep-alive", "", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + body, "kept"},
		{"Connection: close in an interim response", "", "HTTP/1.1 103 E\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\n" + body, "reset"},
		{"a length beside chunked", "", "HTTP/1.1 204 N\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", "reset"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, ends := served(t, c.response)
			conn := dial(t, proxy(t, "frontend f\n bind :1\n default_backend b\nbackend b\n"+c.option+" server s @SRV\n", o))
			for range 2 {
				talk(t, conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", `HTTP/1.. 20.*\r\n\r\n(ok)?$`)
				if c.option != "" {
					break
				}
			}
			if got := <-ends; got != c.want {
				t.Errorf("the server's connection: %s, want %s", got, c.want)
			}
		})
	}
}

// TestOldClientStaysBehindABadChunk: that a chunked response would have ended the
// connection of a client of HTTP/1.0 says nothing of the 502 in its place.
func TestOldClientStaysBehindABadChunk(t *testing.T) {
	o := newOrigin(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nno field\r\n\r\n", true)
	conn := dial(t, proxy(t, "frontend f\n bind :1\n default_backend b\nbackend b\n server s @SRV\n", o))
	for range 2 {
		got := talk(t, conn, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", `</html>\s*$`)
		if !strings.HasPrefix(got, "HTTP/1.1 502 ") {
			t.Fatalf("got %q", got)
		}
	}
}

// TestFlowBeginsBehindItsProxyHeader: one packet has both.
func TestFlowBeginsBehindItsProxyHeader(t *testing.T) {
	for _, c := range []struct{ name, rules string }{
		{"forwarded as it is", ""},
		{"seen by rules", " tcp-request inspect-delay 5s\n tcp-request content accept if { req.payload(0,5) -m str hello }\n tcp-request content reject\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { ln.Close() })
			go func() {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				defer c.Close()
				io.CopyN(c, c, 5)
			}()
			addr := proxy(t, "frontend f\n mode tcp\n bind :1 accept-proxy\n"+c.rules+" default_backend b\nbackend b\n mode tcp\n server s @SRV\n", &origin{addr: ln.Addr().String()})
			if got := talk(t, dial(t, addr), "PROXY TCP4 192.0.2.7 198.51.100.9 1 2\r\nhello", "hello$"); got != "hello" {
				t.Errorf("the server sent %q back, want hello", got)
			}
		})
	}
}

// An answer that ends with its connection ends at once for a client that is still
// sending its request.
func TestEarlyAnswerWithoutALengthEnds(t *testing.T) {
	srv := peer(t, func(c net.Conn, r *bufio.Reader) {
		if _, err := http.ReadRequest(r); err == nil {
			c.Write([]byte("HTTP/1.1 413 Too Large\r\n\r\nno")) //nolint:errcheck // the client's side tells
		}
	})
	addr, _, _ := engine(t, "defaults\n mode http\n timeout client 1m\n timeout server 1m\n timeout connect 5s\n"+listen, srv)
	c := dial(t, addr)
	got := talk(t, c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc", "")
	if want := "HTTP/1.1 413 Too Large\r\nConnection: close\r\n\r\nno<EOF>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
