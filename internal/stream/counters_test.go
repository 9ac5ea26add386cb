package stream_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"segue/internal/lb"
)

// counted is a listener on "listen px" with one server, and what it counts.
type counted struct {
	addr        string
	front, back *lb.ProxyState
	server      *lb.ServerState
	bind        *lb.BindState
}

func countedProxy(t *testing.T, rules, response string, closes bool) *counted {
	t.Helper()
	return countedOn(t, rules, newOrigin(t, response, closes))
}

func countedOn(t *testing.T, rules string, o *origin) *counted {
	t.Helper()
	c := new(counted)
	addr, r := proxyOn(t, "listen px\n bind 127.0.0.1:80 name in\n option socket-stats\n retries 2\n timeout connect 10ms\n"+rules+" server s1 @SRV\n", o)
	px := r.Gen.Fronts["px"]
	c.addr, c.front, c.back, c.server, c.bind = addr, px.Front, px.Back, px.ByName["s1"].State, r.Binds[0].State
	return c
}

// send sends requests on one connection, reads all that comes until the other
// side is silent after it was told of the end, and waits until the session has
// been counted.
func (c *counted) send(t *testing.T, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck
	io.WriteString(conn, text)                        //nolint:errcheck
	if !strings.HasSuffix(text, askClose) {
		conn.(*net.TCPConn).CloseWrite() //nolint:errcheck
	}
	got, _ := io.ReadAll(conn)
	for deadline := time.Now().Add(5 * time.Second); c.front.Cur.Load() > 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	return string(got)
}

const (
	ask      = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	askClose = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	fine     = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
)

func TestCountersOfExchanges(t *testing.T) {
	tests := []struct {
		name, rules, response, send string
		closes                      bool
		want                        map[string]int64
	}{
		{name: "the end of a kept connection is no response", response: fine, send: ask + ask + askClose,
			want: map[string]int64{"front other": 0, "front 2xx": 3, "front req": 3, "server req": 3, "server 2xx": 3, "bind conn": 1, "ereq": 0}},
		{name: "what a rule returns is intercepted and never came from a server", rules: " http-request return status 200\n", response: fine, send: ask + askClose,
			want: map[string]int64{"intercepted": 2, "front in": int64(len(ask + askClose)), "front to server": 0, "front from server": 0, "server req": 0, "back to client": 1}},
		{name: "a refusal is not", rules: " http-request deny\n", response: fine, send: askClose,
			want: map[string]int64{"intercepted": 0, "front from server": 0, "dreq": 1}},
		{name: "a redirect is", rules: " redirect location /x\n", response: fine, send: askClose, want: map[string]int64{"intercepted": 1, "front 3xx": 1}},
		{name: "what the server sent is the server's even when a rule replaces it", rules: " http-response deny\n", response: fine, send: askClose,
			want: map[string]int64{"server 2xx": 1, "server req": 1, "back 5xx": 1, "bind dresp": 1}},
		{name: "a response that is cut short has failed", response: "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nok", closes: true, send: askClose,
			want: map[string]int64{"back eresp": 1, "server eresp": 1, "server abrt": 1}},
		{name: "junk where the first chunk should be makes no response", response: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", send: askClose,
			want: map[string]int64{"server req": 0, "server 2xx": 0, "back 5xx": 1, "back eresp": 1, "server eresp": 1}},
		{name: "nothing at all is a request that failed", send: "", want: map[string]int64{"ereq": 1, "bind ereq": 1, "front req": 1, "front 4xx": 1}},
		{name: "dontlognull is about the log", rules: " option dontlognull\n", send: "", want: map[string]int64{"ereq": 1, "front req": 1, "front 4xx": 1}},
		{name: "http-ignore-probes is not", rules: " option http-ignore-probes\n", send: "", want: map[string]int64{"ereq": 0, "front req": 0, "front 4xx": 0, "front other": 0}},
		{name: "a request that is cut short fails on the listener, too", send: "GET / HT", want: map[string]int64{"ereq": 1, "bind ereq": 1, "front req": 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := countedProxy(t, tt.rules, tt.response, tt.closes)
			c.send(t, tt.send)
			got := c.numbers()
			for name, want := range tt.want {
				if name == "back to client" {
					if got[name] == 0 || got[name] != got["front to client"] {
						t.Errorf("%s = %d, want what the frontend sent (%d)", name, got[name], got["front to client"])
					}
					continue
				}
				if v, ok := got[name]; !ok || v != want {
					t.Errorf("%s = %d, want %d", name, v, want)
				}
			}
		})
	}
}

func (c *counted) numbers() map[string]int64 {
	return map[string]int64{
		"front other": c.front.Responses[0].Load(), "front 2xx": c.front.Responses[2].Load(), "front 3xx": c.front.Responses[3].Load(), "front 4xx": c.front.Responses[4].Load(),
		"front req": c.front.HTTPReq.Load(), "server req": c.server.HTTPReq.Load(), "server 2xx": c.server.Responses[2].Load(), "back 5xx": c.back.Responses[5].Load(),
		"bind conn": c.bind.CumConn.Load(), "bind ereq": c.bind.FailedReq.Load(), "bind dresp": c.bind.DeniedResp.Load(), "ereq": c.front.FailedReq.Load(), "dreq": c.front.DeniedReq.Load(),
		"intercepted": c.front.Intercepted.Load(), "front in": c.front.BytesIn.Load(), "front to server": c.front.SentIn.Load(),
		"front from server": c.front.BytesOut.Load(), "front to client": c.front.SentOut.Load(), "back to client": c.back.SentOut.Load(),
		"back eresp": c.back.FailedResp.Load(), "server eresp": c.server.FailedResp.Load(), "server abrt": c.server.SrvAborts.Load(),
	}
}

// TestCountersOfAttempts shows that a server is chosen once, however often it is
// tried, and that every attempt is a session of it.
func TestCountersOfAttempts(t *testing.T) {
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := dead.Addr().String()
	dead.Close()
	c := countedOn(t, "", &origin{addr: addr})
	if got := c.send(t, askClose); !strings.HasPrefix(got, "HTTP/1.1 503 ") {
		t.Fatalf("answer = %.40q, want a 503", got)
	}
	s := c.server
	if lbtot, stot, retries, failed := s.LBTotal.Load(), s.CumSess.Load(), s.Retries.Load(), s.FailedConn.Load(); lbtot != 1 || stot != 3 || retries != 2 || failed != 1 {
		t.Errorf("lbtot, stot, wretr, econ = %d, %d, %d, %d, want 1, 3, 2, 1", lbtot, stot, retries, failed)
	}
	if s.SessRateMax.Load() < 1 || c.back.LastSession.Load() == 0 {
		t.Errorf("rate_max, lastsess of the backend = %d, %d, want some", s.SessRateMax.Load(), c.back.LastSession.Load())
	}
}

func TestStreamsHaveNumbersOfTheirOwn(t *testing.T) {
	addr := proxy(t, "frontend fe\n bind 127.0.0.1:80\n unique-id-format %rt\n http-request return status 200 hdr Own %[unique-id].%[txn.id32]\n", newOrigin(t, "", true))
	seen := map[string]bool{}
	for range 2 { // connections
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, strings.Repeat("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 3))
		conn.(*net.TCPConn).CloseWrite()
		b, err := io.ReadAll(conn)
		conn.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(b), "Own: ")[1:] {
			id, _, _ := strings.Cut(part, "\r\n")
			if n, n32, _ := strings.Cut(id, "."); n != n32 {
				t.Errorf("unique-id.txn.id32 = %s, want twice the same", id)
			}
			seen[id] = true
		}
	}
	if len(seen) != 6 {
		t.Errorf("6 requests have the numbers %v, want six of them", seen)
	}
}
