package stream_test

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

const okResponse = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// TestInterimFlood: many 1xx responses arrive as they were sent, and cost memory
// that grows with their bytes, not with the square of it.
func TestInterimFlood(t *testing.T) {
	flood := strings.Repeat("HTTP/1.1 100 C\r\n\r\n", 50000) + okResponse
	addr := proxy(t, "frontend f\n bind :1\n default_backend b\nbackend b\n server s @SRV\n", newOrigin(t, flood, true))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c := dial(t, addr)
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(flood))
	if n, err := io.ReadFull(c, got); err != nil {
		t.Fatalf("%d of %d bytes: %v", n, len(flood), err)
	}
	runtime.ReadMemStats(&after)
	if !bytes.Equal(got, []byte(flood)) {
		t.Error("the responses are not those that were sent")
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 64*uint64(len(flood)) {
		t.Errorf("%d bytes allocated for %d", used, len(flood))
	}
}

// TestInterimBeforeJunk: a 1xx with a body is junk behind a 1xx; the client gets
// the 502 alone.
func TestInterimBeforeJunk(t *testing.T) {
	for _, tc := range []struct{ name, response, want string }{
		{"a body", "HTTP/1.1 100 C\r\nContent-Length: 5\r\n\r\nhello" + okResponse, "HTTP/1.1 502 "},
		{"junk", "HTTP/1.1 100 C\r\n\r\nJUNK JUNK\r\n\r\n", "HTTP/1.1 502 "},
		{"none", "HTTP/1.1 103 C\r\n\r\n" + okResponse, "HTTP/1.1 103 "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := dial(t, proxy(t, "frontend f\n bind :1\n default_backend b\nbackend b\n server s @SRV\n", newOrigin(t, tc.response, true)))
			if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, len(tc.want))
			if _, err := io.ReadFull(c, got); err != nil || string(got) != tc.want {
				t.Errorf("got %q, %v, want %q", got, err, tc.want)
			}
		})
	}
}

// TestEndlessInterimsLeaveTheLoopToOthers: a server that floods 1xx responses
// faster than they are read does not keep other clients from being served.
func TestEndlessInterimsLeaveTheLoopToOthers(t *testing.T) {
	flood := strings.Repeat("HTTP/1.1 100 C\r\n\r\n", 50000)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	flooding := make(chan struct{})
	go func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		for i := 0; err == nil; i++ {
			if _, err = io.WriteString(c, flood); i == 2 {
				close(flooding)
			}
		}
	}()
	addr, _, _ := engine(t, "frontend f\n bind :1\n monitor-uri /m\n default_backend b\nbackend b\n server s @SRV\n", ln.Addr().String())
	bad := dial(t, addr)
	// An HTTP/1.0 client gets no interim response: nothing slows the flood down.
	if _, err := io.WriteString(bad, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-flooding
	for range 20 {
		if got := talk(t, dial(t, addr), "GET /m HTTP/1.1\r\nHost: a\r\n\r\n", "</html>\n$"); !strings.HasPrefix(got, "HTTP/1.1 200 ") {
			t.Fatalf("got %q, want a 200", got)
		}
	}
}

// TestInterimsRefreshTheServerTimeout: a server that says again and again that it
// works at the request is not silent, however long it takes.
func TestInterimsRefreshTheServerTimeout(t *testing.T) {
	for _, tc := range []struct {
		name, interim, want string
	}{
		{"with 103", "HTTP/1.1 103 E\r\n\r\n", "HTTP/1.1 200 "},
		{"silent", "", "HTTP/1.1 504 "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go func() {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				defer c.Close()
				pace := time.NewTicker(50 * time.Millisecond)
				defer pace.Stop()
				for range 24 { // three times the timeout
					<-pace.C
					if _, err := io.WriteString(c, tc.interim); err != nil {
						return
					}
				}
				io.WriteString(c, okResponse) //nolint:errcheck // the client sees it
			}()
			addr, _, _ := engine(t, "frontend f\n bind :1\n default_backend b\nbackend b\n retries 0\n timeout server 400ms\n server s @SRV\n", ln.Addr().String())
			// An HTTP/1.0 client gets the final response only.
			if got := talk(t, dial(t, addr), "GET / HTTP/1.0\r\n\r\n", ""); !strings.HasPrefix(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
