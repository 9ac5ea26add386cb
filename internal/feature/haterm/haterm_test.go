package haterm

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/sched/epoll"
	"segue/internal/stream"
)

// conn is a connection that haterm answers, on a loop of its own.
type conn struct {
	fd int
	in *bufio.Reader
}

func (c conn) Read(p []byte) (int, error) {
	n, err := syscall.Read(c.fd, p)
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return max(n, 0), err
}

// server serves a session's requests one after the other.
type server struct{ ss *lb.Session }

func (j server) Run(t *sched.Task) {
	for {
		s := stream.NewStream(j.ss)
		s.Task = t
		for {
			got := stream.Receive(s)
			if got == stream.Complete {
				break
			}
			if got != stream.Partial || j.ss.Conn.WaitRead(t, 0) != sched.OK {
				j.ss.Conn.Close()
				return
			}
		}
		if string(s.Req.Bytes(s.Req.Method)) == "HEAD" {
			s.Flags |= lb.HeadRequest
		}
		keep := Service{}.Serve(s)
		stream.Free(s)
		if !keep {
			j.ss.Conn.Close()
			return
		}
	}
}

func dial(t testing.TB) *conn {
	t.Helper()
	sys, err := epoll.New()
	if err != nil {
		t.Fatal(err)
	}
	m := &conf.Model{}
	m.Global.Defaults()
	gen := &lb.Generation{Conf: m}
	px := &lb.Proxy{Name: "ht", Gen: gen, Conf: &conf.Proxy{}, Front: new(lb.ProxyState)}
	p := &lb.Process{State: lb.NewState()}
	th := &lb.Thread{Loop: sched.NewLoop(0, sys), Process: p, Rand: 1}
	p.Threads = []*lb.Thread{th}
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	syscall.SetNonblock(fds[0], true)
	ss := &lb.Session{Thread: th, Front: px, Bind: &lb.Bind{Proxy: px, Conf: &conf.Bind{}, State: new(lb.BindState)}}
	th.Post(func() {
		th.Attach(&ss.Conn, int32(fds[0]), true)
		th.Start(server{ss})
	})
	var wg sync.WaitGroup
	wg.Add(1)
	go func() { defer wg.Done(); th.Run() }()
	t.Cleanup(func() {
		syscall.Close(fds[1])
		th.Stop()
		wg.Wait()
	})
	c := &conn{fd: fds[1]}
	c.in = bufio.NewReader(c)
	return c
}

// do sends a request and reads its response.
func (c *conn) do(t testing.TB, request string) (*http.Response, string) {
	t.Helper()
	if _, err := syscall.Write(c.fd, []byte(request)); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	resp, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	return resp, string(body)
}

func get(target string) string { return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n" }

func TestAnswers(t *testing.T) {
	c := dial(t)
	for _, x := range []struct {
		name, target string
		status       int
		body, rsp    string
	}{
		{"no query", "/", 200, "", "id=dummy, code=200, cache=1 size=0, time=0 ms (0 real)"},
		{"size", "/?s=10", 200, ".123456789", "id=dummy, code=200, cache=1 size=10, time=0 ms (0 real)"},
		{"a line", "/?s=50", 200, ".123456789.123456789.123456789.123456789.12345678\n", "id=dummy, code=200, cache=1 size=50, time=0 ms (0 real)"},
		{"chunked", "/?s=5&k=1", 200, "11111", "id=dummy, code=200, cache=1, chunked, size=5, time=0 ms (0 real)"},
		{"chunked and empty", "/?k=1", 200, "", "id=dummy, code=200, cache=1, chunked, size=0, time=0 ms (0 real)"},
		{"status", "/?r=404&s=3", 404, ".12", "id=dummy, code=404, cache=1 size=3, time=0 ms (0 real)"},
		{"any separator", "/?s=4,r=201;c=0/k=0", 201, ".123", "id=dummy, code=201, cache=0 size=4, time=0 ms (0 real)"},
		{"no content", "/?r=204&s=5", 204, "", "id=dummy, code=204, cache=1 size=5, time=0 ms (0 real)"},
		{"not modified", "/?r=304&s=5", 304, "", "id=dummy, code=304, cache=1 size=5, time=0 ms (0 real)"},
		{"status that cannot be", "/?r=99", 500, "", "id=dummy, code=500, cache=1 size=0, time=0 ms (0 real)"},
		{"unknown letter", "/?x=1&s=2", 200, ".1", "id=dummy, code=200, cache=1 size=2, time=0 ms (0 real)"},
		{"nonsense", "/?s=abc", 200, "", "id=dummy, code=200, cache=1 size=0, time=0 ms (0 real)"},
	} {
		t.Run(x.name, func(t *testing.T) {
			resp, body := c.do(t, get(x.target))
			if resp.StatusCode != x.status || body != x.body || resp.Header.Get("x-rsp") != x.rsp {
				t.Errorf("%s: %d %q %q, want %d %q %q", x.target, resp.StatusCode, body, resp.Header.Get("x-rsp"), x.status, x.body, x.rsp)
			}
			if nc := resp.Header.Get("Cache-Control") == "no-cache"; nc != strings.Contains(x.target, "c=0") {
				t.Errorf("%s: no-cache is %v", x.target, nc)
			}
		})
	}
}

func TestLargeBodiesAreWhole(t *testing.T) {
	c := dial(t)
	for _, target := range []string{"/?s=3m", "/?s=3m&k=1", "/?s=3m&R=1"} {
		resp, body := c.do(t, get(target))
		if len(body) != 3<<20 {
			t.Errorf("%s: %d bytes", target, len(body))
		}
		if target == "/?s=3m" {
			if resp.ContentLength != 3<<20 {
				t.Errorf("%s: length %d", target, resp.ContentLength)
			}
			for i := range len(body) {
				if body[i] != textBlock[i%50] {
					t.Fatalf("byte %d is %q", i, body[i])
				}
			}
		}
	}
}

func TestHeadHasNoBody(t *testing.T) {
	c := dial(t)
	resp, _ := c.do(t, "HEAD /?s=20k HTTP/1.1\r\nHost: a\r\n\r\n")
	if resp.ContentLength != 20<<10 {
		t.Errorf("length %d", resp.ContentLength)
	}
	if resp, body := c.do(t, get("/?s=1")); resp.StatusCode != 200 || body != "." {
		t.Errorf("after HEAD: %d %q", resp.StatusCode, body)
	}
}

func TestRequestBodyIsRead(t *testing.T) {
	c := dial(t)
	large := strings.Repeat("x", 200_000)
	for _, a := range []string{"", "&A=1"} {
		post := "POST /?s=3" + a + " HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n"
		done := make(chan error, 1)
		go func() {
			_, err := syscall.Write(c.fd, []byte(post+large))
			done <- err
		}()
		resp, err := http.ReadResponse(c.in, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		if err := <-done; err != nil || string(body) != ".12" {
			t.Fatalf("POST%s: %q, %v", a, body, err)
		}
		if resp, body := c.do(t, get("/?s=2")); resp.StatusCode != 200 || body != ".1" {
			t.Errorf("after POST%s: %d %q", a, resp.StatusCode, body)
		}
	}
}

func TestExpectContinue(t *testing.T) {
	c := dial(t)
	syscall.Write(c.fd, []byte("POST /?s=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"))
	line, _ := c.in.ReadString('\n')
	c.in.ReadString('\n')
	if line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("got %q", line)
	}
	if resp, body := c.do(t, "abc"); resp.StatusCode != 200 || body != "." {
		t.Errorf("%d %q", resp.StatusCode, body)
	}
}

func TestConnectionIsClosedOrKept(t *testing.T) {
	for _, x := range []struct {
		request string
		closes  bool
	}{
		{get("/?C=1"), true}, {get("/?K=0"), true}, {get("/?C=1&K=1"), false}, {get("/?K=1"), false}, {get("/"), false},
		{"GET /?k=1&s=3 HTTP/1.0\r\n\r\n", true},
	} {
		c := dial(t)
		resp, _ := c.do(t, x.request)
		if resp.Close != x.closes {
			t.Errorf("%q: close is %v", x.request, resp.Close)
		}
		if !x.closes {
			continue
		}
		if _, err := c.in.Peek(1); err != io.EOF {
			t.Errorf("%q: the connection stays open", x.request)
		}
	}
}

func TestHelp(t *testing.T) {
	c := dial(t)
	resp, body := c.do(t, get("/?"))
	if resp.StatusCode != 200 || body != Help || resp.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("%d %q", resp.StatusCode, body)
	}
}

func TestParse(t *testing.T) {
	th := &lb.Thread{Rand: 7}
	for _, x := range []struct {
		target string
		want   ask
	}{
		{"/", ask{status: 200}},
		{"/?", ask{status: 200, help: true}},
		{"/?s=2k", ask{status: 200, size: 2048}},
		{"/?s=1m&t=500", ask{status: 200, size: 1 << 20, delay: 500}},
		{"/?s=2g", ask{status: 200, size: 2 << 30}},
		{"/?s=1kk", ask{status: 200, size: 1 << 20}},
		{"/?s=99999999999999999999", ask{status: 200, size: 1<<63 - 1}},
		{"/?s=-5", ask{status: 200}},
		{"/?r=500?s=0?c=0?t=1000", ask{status: 500, noCache: true, delay: 1000}},
		{"/?c=1", ask{status: 200}},
		{"/?c=-1", ask{status: 200, noCache: true}},
		{"/?A=1&R=1", ask{status: 200, drainLater: true, random: true}},
		{"/?C=1", ask{status: 200, close: true}},
		{"/?C=0", ask{status: 200, keep: true}},
		{"/?s", ask{status: 200}},
		{"/?s=", ask{status: 200}},
	} {
		var got ask
		if got.parse([]byte(x.target), th); got != x.want {
			t.Errorf("parse(%q) = %+v, want %+v", x.target, got, x.want)
		}
	}
	for range 100 {
		if n, _ := number([]byte("100r"), 0, th); n < 0 || n > 100 {
			t.Fatalf("100r is %d", n)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"/?s=20k&c=1&t=700&K=30r", "/?r=500?s=0", "/?", "/?s=-9223372036854775808g", "*", "/?=&s"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, target []byte) {
		var a ask
		a.parse(target, &lb.Thread{Rand: 1})
		if a.size < 0 || a.delay < 0 || a.status < 0 || a.status > 1000 {
			t.Fatalf("parse(%q) = %+v", target, a)
		}
	})
}

// The small object that benchmarks ask for costs no allocation.
func TestSmallObjectAllocatesNothing(t *testing.T) {
	c := dial(t)
	request := []byte(get("/?s=64"))
	buf := make([]byte, 4096)
	once := func() {
		syscall.Write(c.fd, request)
		for n := 0; !bytes.HasSuffix(buf[:n], []byte(".123")); {
			k, err := syscall.Read(c.fd, buf[n:])
			if k <= 0 {
				t.Fatal(err)
			}
			n += k
		}
	}
	once()
	if n := testing.AllocsPerRun(200, once); n > 0 {
		t.Errorf("%v allocations for each request", n)
	}
}

func BenchmarkSmallObject(b *testing.B) {
	c := dial(b)
	request := []byte(get("/?s=64"))
	buf := make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		syscall.Write(c.fd, request)
		syscall.Read(c.fd, buf)
	}
}
