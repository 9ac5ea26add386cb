package stream_test

import (
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// deaf is the address of a listener whose queue is full: a connect to it goes
// unanswered.
func deaf(t *testing.T) *origin {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		c, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { syscall.Close(c) })
		syscall.Connect(c, sa) // the second one already waits
	}
	return &origin{addr: "127.0.0.1:" + strconv.Itoa(sa.(*syscall.SockaddrInet4).Port)}
}

func TestClientThatLeavesEndsTheConnect(t *testing.T) {
	const conf = "frontend fe\n bind 127.0.0.1:1\n default_backend be\nbackend be\n retries 0\n"
	for _, c := range []struct {
		name, option, want string
		within             time.Duration
	}{
		{name: "at once", want: "", within: 2 * time.Second},
		{name: "not where it may end its side", option: " no option abortonclose\n timeout connect 300ms\n", want: "HTTP/1.1 503", within: 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr := proxy(t, conf+c.option+" server s1 @SRV\n", deaf(t))
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.Write([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
			conn.(*net.TCPConn).CloseWrite()
			conn.SetReadDeadline(time.Now().Add(c.within))
			got, err := io.ReadAll(conn)
			if err != nil || string(got[:min(len(got), len(c.want))]) != c.want || c.want == "" && len(got) > 0 {
				t.Errorf("the client got %q, %v; want %q within %v", got, err, c.want, c.within)
			}
		})
	}
}

func TestClientThatLeavesEndsTheTarpit(t *testing.T) {
	const conf = "frontend fe\n bind 127.0.0.1:1\n http-request tarpit\n"
	for _, c := range []struct{ name, option, request string }{
		{"at once", " timeout tarpit 1h\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
		{"with bytes that nobody reads", " timeout tarpit 1h\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"},
		{"also where it may end its side, but not within its request", " timeout tarpit 1h\n no option abortonclose\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dial(t, proxy(t, conf+c.option, &origin{}))
			if _, err := io.WriteString(conn, c.request); err != nil {
				t.Fatal(err)
			}
			conn.(*net.TCPConn).CloseWrite() //nolint:errcheck // the read tells
			got, err := io.ReadAll(conn)
			if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 500 ") || strings.Count(string(got), "HTTP/1.1 ") != 1 {
				t.Errorf("got %q, %v, want one 500 at once", got, err)
			}
		})
	}
}

// server accepts connections and hands each to serve.
func server(t *testing.T, serve func(net.Conn)) *origin {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return &origin{addr: ln.Addr().String()}
}

// A client may send all of its requests, end its side and wait for the answers.
func TestPipelinedRequestsBeforeTheClientsEnd(t *testing.T) {
	const conf = "frontend fe\n bind 127.0.0.1:1\n default_backend be\nbackend be\n no option abortonclose\n server s1 @SRV\n"
	const request, response = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	both := make(chan struct{})
	o := server(t, func(c net.Conn) {
		buf := make([]byte, 4096)
		for {
			if _, err := c.Read(buf); err != nil {
				return
			}
			<-both // the client's end comes before the first answer
			io.WriteString(c, response)
		}
	})
	conn := dial(t, proxy(t, conf, o))
	io.WriteString(conn, request+request)
	conn.(*net.TCPConn).CloseWrite()
	close(both)
	got, err := io.ReadAll(conn)
	if n := strings.Count(string(got), "HTTP/1.1 200 "); err != nil || n != 2 {
		t.Errorf("%d answers, %v, want 2: %q", n, err, got)
	}
}

// What a server sends up to its end reaches a client that has ended its side.
func TestResponseWithoutLengthSurvivesTheClientsEnd(t *testing.T) {
	const conf = "frontend fe\n bind 127.0.0.1:1\n default_backend be\nbackend be\n server s1 @SRV\n"
	left := make(chan struct{})
	o := server(t, func(c net.Conn) {
		c.Read(make([]byte, 4096))
		io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nfirst")
		<-left
		io.WriteString(c, " second")
	})
	conn := dial(t, proxy(t, conf, o))
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	got := make([]byte, 0, 4096)
	for !strings.HasSuffix(string(got), "first") {
		n, err := conn.Read(got[len(got):cap(got)])
		if err != nil {
			t.Fatal(err)
		}
		got = got[:len(got)+n]
	}
	conn.(*net.TCPConn).CloseWrite()
	close(left)
	rest, err := io.ReadAll(conn)
	if err != nil || string(rest) != " second" {
		t.Errorf("got %q, %v, want the second part", rest, err)
	}
}

// A TCP client that leaves without having sent anything needs no connection.
func TestSilentTCPClientThatLeavesEndsTheConnect(t *testing.T) {
	const conf = "frontend fe\n mode tcp\n bind 127.0.0.1:1\n default_backend be\nbackend be\n mode tcp\n retries 0\n timeout connect 1h\n server s1 @SRV\n"
	conn := dial(t, proxy(t, conf, deaf(t)))
	conn.(*net.TCPConn).CloseWrite()
	if got, err := io.ReadAll(conn); err != nil || len(got) > 0 {
		t.Errorf("got %q, %v, want the end at once", got, err)
	}
}
