package stream_test

import (
	"bytes"
	"io"
	"net"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/diag"
	"segue/internal/features"
	"segue/internal/lb"
	"segue/internal/link"
)

// proxy runs conf on a loop of its own and returns the address of its first
// listener. "@SRV" in conf is the origin's address.
func proxy(t testing.TB, conf string, o *origin) string {
	t.Helper()
	addr, _, _ := engine(t, conf, o.addr)
	return addr
}

// proxyOn is proxy with what it was linked to.
func proxyOn(t testing.TB, conf string, o *origin) (string, *link.Result) {
	t.Helper()
	addr, r, _ := engine(t, conf, o.addr)
	return addr, r
}

// engine is proxyOn with what runs.
func engine(t testing.TB, conf, origin string) (string, *link.Result, *link.Engine) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	fd := int(f.Fd())
	if err := syscall.SetNonblock(fd, true); err != nil { // Fd makes it block
		t.Fatal(err)
	}
	if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil { // as package listen does
		t.Fatal(err)
	}
	conf = strings.ReplaceAll(conf, "@SRV", origin)
	conf = "global\n nbthread 1\ndefaults\n mode http\n timeout client 5s\n timeout server 5s\n timeout connect 5s\n" + conf
	ix := catalog.New(features.All()...)
	d := &diag.List{}
	text := link.Text{Features: func(string) bool { return true }}
	m := link.Parse([]cfg.Source{{Name: "test.cfg", Data: []byte(conf)}}, text, ix, d)
	r := link.Link(m, link.Input{State: lb.NewState(), Index: ix, Diag: d, Tag: "segue"})
	if d.Errors() > 0 {
		var out strings.Builder
		d.Print(&out, diag.PrintOptions{})
		t.Fatal(out.String())
	}
	e, err := link.NewEngine(1)
	if err != nil {
		t.Fatal(err)
	}
	e.Start()
	e.Use(r, []link.Socket{{FD: fd}})
	t.Cleanup(func() {
		e.Stop()
		f.Close()
	})
	return ln.Addr().String(), r, e
}

// origin answers every head that it reads with the same bytes.
type origin struct {
	addr  string
	heads chan string
	ln    net.Listener
}

func newOrigin(t testing.TB, response string, closes bool) *origin {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &origin{addr: ln.Addr().String(), heads: make(chan string, 16), ln: ln}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go o.serve(c, []byte(response), closes)
		}
	}()
	t.Cleanup(func() { ln.Close() })
	return o
}

func (o *origin) serve(c net.Conn, response []byte, closes bool) {
	defer c.Close()
	buf := make([]byte, 4096)
	n := 0
	for {
		k, err := c.Read(buf[n:])
		if err != nil {
			return
		}
		n += k
		if !bytes.HasSuffix(buf[:n], []byte("\r\n\r\n")) {
			continue
		}
		if len(o.heads) < cap(o.heads) && n > 0 && buf[0] != 'Z' {
			o.heads <- string(buf[:n])
		}
		n = 0
		if _, err := c.Write(response); err != nil || closes {
			return
		}
	}
}

func dial(t testing.TB, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// talk sends in and reads until what was read matches until, or to the end.
func talk(t *testing.T, c net.Conn, in, until string) string {
	t.Helper()
	if _, err := io.WriteString(c, in); err != nil {
		t.Fatal(err)
	}
	var got []byte
	buf := make([]byte, 4096)
	re := regexp.MustCompile("(?s)" + until)
	for until == "" || !re.Match(got) {
		n, err := c.Read(buf)
		got = append(got, buf[:n]...)
		if err != nil {
			if os.IsTimeout(err) {
				t.Fatalf("timed out with %q", got)
			}
			return string(got) + "<EOF>"
		}
	}
	return string(got)
}

const (
	listen = "listen l\n bind 127.0.0.1:1\n server s @SRV\n"
	ok11   = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	ok10   = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"
	get11  = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	get10  = "GET / HTTP/1.0\r\nHost: a\r\n\r\n"
	get10k = "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"
)

func TestVersionsAndConnection(t *testing.T) {
	for _, c := range []struct{ name, opt, in, res, sent, got string }{
		{"1.1 to 1.1", "", get11, ok11, get11, ok11},
		{"a client of 1.0", "", get10, ok11, get10k, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok<EOF>"},
		{"a client of 1.0 that stays", "", get10k, ok11, get10k, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok"},
		{"a server of 1.0", "", get11, ok10, get11, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok"},
		{"http-server-close", " option http-server-close\n", get11, ok11, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", ok11},
		{"http-server-close and 1.0", " option http-server-close\n", get10, ok10, get10, ok10 + "<EOF>"},
		{"httpclose", " option httpclose\n", get11, ok10, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", ok10 + "<EOF>"},
		{"http-pretend-keepalive", " option http-server-close\n option http-pretend-keepalive\n", get11, ok11, get11, ok11},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOrigin(t, c.res, false)
			conn := dial(t, proxy(t, listen+c.opt, o))
			until := "ok$"
			if strings.HasSuffix(c.got, "<EOF>") {
				until = ""
			}
			if got := talk(t, conn, c.in, until); got != c.got {
				t.Errorf("the client got %q, want %q", got, c.got)
			}
			if sent := <-o.heads; sent != c.sent {
				t.Errorf("the server got %q, want %q", sent, c.sent)
			}
		})
	}
}

func TestBodyUpToTheCloseStaysSo(t *testing.T) {
	o := newOrigin(t, "HTTP/1.1 200 OK\r\n\r\nabc", true)
	got := talk(t, dial(t, proxy(t, listen, o)), get11, "")
	if want := "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc<EOF>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAnsweredRequestIsReadToItsEnd(t *testing.T) {
	o := newOrigin(t, ok11, false)
	c := dial(t, proxy(t, listen+" http-request deny if { path /d }\n", o))
	got := talk(t, c, "POST /d HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc", "</html>\n$")
	if !strings.HasPrefix(got, "HTTP/1.1 403 ") || strings.Contains(got, "close") {
		t.Fatalf("got %q, want a 403 that keeps the connection", got)
	}
	if got := talk(t, c, "def"+get11, "ok$"); got != ok11 {
		t.Errorf("then got %q, want %q", got, ok11)
	}
}

func TestResponseOvertakesItsRequest(t *testing.T) {
	o := newOrigin(t, ok11, false)
	c := dial(t, proxy(t, listen, o))
	if got := talk(t, c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n", "ok$"); got != ok11 {
		t.Fatalf("got %q, want %q", got, ok11)
	}
	<-o.heads
	// The rest of the body ends as the origin's next head would.
	if got := talk(t, c, "\r\n\r\n"+get11, "ok.*ok$|ok$"); !strings.HasPrefix(got, "HTTP/1.1 ") {
		t.Errorf("then got %q, want a response", got)
	}
}

func TestWrongResponses(t *testing.T) {
	const upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	for _, c := range []struct{ name, in, res string }{
		{"no HTTP", get11, "garbage\r\n\r\n"},
		{"cut within the head", get11, "HTTP/1.1 200 OK\r\nX"},
		{"101 that nobody asked for", get11, "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"},
		{"websocket without proof", upgrade, "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"},
		{"bad chunk", get11, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOrigin(t, c.res, true)
			got := talk(t, dial(t, proxy(t, listen, o)), c.in, "</html>\n$")
			if !strings.HasPrefix(got, "HTTP/1.1 502 ") {
				t.Errorf("got %q, want a 502", got)
			}
		})
	}
}

func TestHeadThatRulesTurnIntoGet(t *testing.T) {
	o := newOrigin(t, ok11, false)
	c := dial(t, proxy(t, listen+" http-request set-method GET\n", o))
	want := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
	for range 2 {
		if got := talk(t, c, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\r\n"); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

func TestPagesInPlace(t *testing.T) {
	o := newOrigin(t, ok11, false)
	conf := listen + " http-error status 403 content-type text/plain string no\n http-request deny\n"
	got := talk(t, dial(t, proxy(t, conf, o)), get11, "no$")
	if !strings.HasPrefix(got, "HTTP/1.1 403 ") || !strings.Contains(got, "text/plain") {
		t.Errorf("got %q", got)
	}
}

func TestTCPFrontendHandsOverToHTTP(t *testing.T) {
	o := newOrigin(t, ok11, false)
	conf := "frontend f\n mode tcp\n bind 127.0.0.1:1\n default_backend b\nbackend b\n http-request set-header X-B %[be_name]\n server s @SRV\n"
	c := dial(t, proxy(t, conf, o))
	for range 2 {
		if got := talk(t, c, get11, "ok$"); got != ok11 {
			t.Fatalf("got %q, want %q", got, ok11)
		}
		if head := <-o.heads; !strings.Contains(head, "X-B: b\r\n") {
			t.Errorf("the server got %q", head)
		}
	}
}

// TestKeepAliveRequestAllocatesNothing is the contract of the hot path: client,
// proxy and origin run in this process, so that every allocation is seen.
func TestKeepAliveRequestAllocatesNothing(t *testing.T) {
	o := newOrigin(t, ok11, false)
	c := dial(t, proxy(t, listen, o))
	in := []byte("Z / HTTP/1.1\r\nHost: a\r\n\r\n")
	buf := make([]byte, 4096)
	exchange := func(n int) {
		for range n {
			if _, err := c.Write(in); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(c, buf[:len(ok11)]); err != nil {
				t.Fatal(err)
			}
		}
	}
	exchange(200) // memory that is kept is taken
	const requests = 2000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	exchange(requests)
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; n > requests/20 {
		t.Errorf("%d requests made %s allocations, want next to none", requests, strconv.FormatUint(n, 10))
	}
}
