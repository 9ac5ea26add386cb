package stream_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"segue/internal/link"
)

// bodySize is several times what pipes and socket buffers hold together.
const bodySize = 10 << 20

// noise is n bytes in which a piece that is lost, doubled or moved shows.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.New(rand.NewSource(int64(n))).Read(b)
	return b
}

// peer is a server that runs f for each connection.
func peer(t *testing.T, f func(c net.Conn, r *bufio.Reader)) string {
	t.Helper()
	return server(t, func(c net.Conn) { f(c, bufio.NewReader(c)) }).addr
}

// pipesBack waits until no transfer has a pipe any more.
func pipesBack(t *testing.T, e *link.Engine) {
	t.Helper()
	st := &e.Process.Threads[0].Stats
	for end := time.Now().Add(5 * time.Second); st.PipesUsed.Load() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d pipes are still in use", st.PipesUsed.Load())
		}
	}
}

// spliceConf is a proxy that splices in both directions.
const spliceConf = "global\n maxpipes 8\nfrontend fe\n bind 127.0.0.1:1\n default_backend be\nbackend be\n option %s\n server s1 @SRV\n"

// appendChunks is body in chunks of all sizes from size up to 16 times that.
func appendChunks(dst, body []byte, size int) []byte {
	for i := 1; len(body) > 0; i = i%16 + 1 {
		n := min(size*i, len(body))
		dst = fmt.Appendf(dst, "%x\r\n%s\r\n", n, body[:n])
		body = body[n:]
	}
	return append(dst, "0\r\n\r\n"...)
}

// slowly makes a reader of r that lets the other side wait now and then.
func slowly(r io.Reader) io.Reader { return &slow{r: r} }

type slow struct {
	r io.Reader
	n int
}

func (s *slow) Read(p []byte) (int, error) {
	if s.n++; s.n%64 == 0 {
		time.Sleep(time.Millisecond) // what is late is the point here
	}
	return s.r.Read(p[:min(len(p), 8<<10)])
}

func TestSplicedBodiesArriveWhole(t *testing.T) {
	body := noise(bodySize)
	sum := sha256.Sum256(body)
	for _, c := range []struct {
		name    string
		options string
		version string
		chunk   int // 0: content-length
		slow    bool
		copied  bool // nothing may have been spliced
	}{
		{name: "content-length", options: "splice-request\n option splice-response"},
		{name: "content-length, slow readers", options: "splice-request\n option splice-response", slow: true},
		{name: "large chunks", options: "splice-request\n option splice-response", chunk: 100_000},
		{name: "large chunks, slow readers", options: "splice-request\n option splice-response", chunk: 100_000, slow: true},
		{name: "small chunks among large ones", options: "splice-request\n option splice-response", chunk: 3001},
		{name: "auto", options: "splice-auto"},
		{name: "auto, chunks", options: "splice-auto", chunk: 100_000},
		{name: "chunks to a client of HTTP/1.0", options: "splice-response", version: "1.0", chunk: 100_000},
		{name: "no option", options: "splice-auto\n no option splice-auto", copied: true},
		{name: "nosplice", options: "splice-auto", copied: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := make(chan [32]byte, 1)
			head, coded := fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)), body
			if c.chunk > 0 {
				head, coded = "Transfer-Encoding: chunked\r\n\r\n", appendChunks(nil, body, c.chunk)
			}
			pace := func(r io.Reader) io.Reader { return r }
			if c.slow {
				pace = slowly
			}
			srv := peer(t, func(conn net.Conn, r *bufio.Reader) {
				req, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				h := sha256.New()
				io.Copy(h, pace(req.Body))
				got <- [32]byte(h.Sum(nil))
				conn.Write([]byte("HTTP/1.1 200 OK\r\n" + head))
				conn.Write(coded)
			})
			conf := fmt.Sprintf(spliceConf, c.options)
			if c.name == "nosplice" {
				conf = "global\n nosplice\n" + fmt.Sprintf(spliceConf, "splice-auto")
			}
			addr, _, e := engine(t, conf, srv)
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			version, reqHead, reqBody := "1.1", head, coded
			if c.version != "" {
				version, reqHead, reqBody = c.version, "Content-Length: "+strconv.Itoa(len(body))+"\r\n\r\n", body
			}
			go func() {
				conn.Write([]byte("POST / HTTP/" + version + "\r\nHost: a\r\n" + reqHead))
				conn.Write(reqBody)
			}()
			conn.SetDeadline(time.Now().Add(20 * time.Second))
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			h := sha256.New()
			if n, err := io.Copy(h, pace(res.Body)); err != nil || [32]byte(h.Sum(nil)) != sum {
				t.Errorf("the response's body is not what the server sent: %d bytes, %v", n, err)
			}
			if <-got != sum {
				t.Error("the request's body is not what the client sent")
			}
			pipesBack(t, e)
			if n := e.Process.Threads[0].Stats.Spliced.Load(); (n == 0) != c.copied {
				t.Errorf("%d bytes were spliced, copying is wanted: %v", n, c.copied)
			}
		})
	}
}

// TestSpliceEndsEarly covers ends of either side within a body: no pipe is lost,
// and the other side sees that the body is not complete.
func TestSpliceEndsEarly(t *testing.T) {
	body := noise(bodySize)
	head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(body))
	for _, c := range []struct {
		name   string
		serve  func(net.Conn, *bufio.Reader)
		client func(*testing.T, net.Conn)
	}{
		{
			name: "the server closes within its response",
			serve: func(conn net.Conn, r *bufio.Reader) {
				http.ReadRequest(r)
				conn.Write([]byte(head))
				conn.Write(body[:len(body)/2])
			},
			client: func(t *testing.T, conn net.Conn) {
				conn.Write([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
				got, _ := io.ReadAll(conn)
				if want := append([]byte(head), body[:len(body)/2]...); !bytes.HasSuffix(got, want[len(want)-1000:]) || len(got) > len(want)+100 {
					t.Errorf("%d bytes arrived, want the %d that were sent", len(got), len(want))
				}
			},
		},
		{
			name: "the client leaves within the response",
			serve: func(conn net.Conn, r *bufio.Reader) {
				http.ReadRequest(r)
				conn.Write([]byte(head))
				conn.Write(body)
			},
			client: func(t *testing.T, conn net.Conn) {
				conn.Write([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
				io.CopyN(io.Discard, conn, 1<<20)
			},
		},
		{
			name:  "the client leaves within its request",
			serve: func(_ net.Conn, r *bufio.Reader) { io.Copy(io.Discard, r) },
			client: func(t *testing.T, conn net.Conn) {
				fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", len(body))
				conn.Write(body[:len(body)/2])
			},
		},
		{
			name: "the server answers and closes within the request",
			serve: func(conn net.Conn, r *bufio.Reader) {
				io.CopyN(io.Discard, r, 1<<20)
				conn.Write([]byte("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"))
			},
			client: func(t *testing.T, conn net.Conn) {
				fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", len(body))
				go conn.Write(body)
				conn.SetReadDeadline(time.Now().Add(5 * time.Second))
				var b [12]byte
				if _, err := io.ReadFull(conn, b[:]); err != nil || string(b[9:10]) != "4" && string(b[9:10]) != "5" {
					t.Errorf("the client got %q, %v; want an answer", b[:], err)
				}
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr, _, e := engine(t, fmt.Sprintf(spliceConf, "splice-request\n option splice-response"), peer(t, c.serve))
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			c.client(t, conn)
			conn.Close()
			pipesBack(t, e)
			if e.Process.Threads[0].Stats.Spliced.Load() == 0 {
				t.Error("nothing was spliced")
			}
		})
	}
}

// TestSpliceWithoutPipes shows that what finds no pipe is copied.
func TestSpliceWithoutPipes(t *testing.T) {
	body := noise(bodySize)
	srv := peer(t, func(conn net.Conn, r *bufio.Reader) {
		http.ReadRequest(r)
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(body))
		conn.Write(body)
	})
	addr, _, e := engine(t, "global\n maxpipes 1\n"+fmt.Sprintf(spliceConf, "splice-response")[len("global\n maxpipes 8\n"):], srv)
	st := &e.Process.Threads[0].Stats
	get := func() net.Conn {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		conn.Write([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
		return conn
	}
	holder := get()
	defer holder.Close()
	for end := time.Now().Add(5 * time.Second); st.PipesUsed.Load() != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the first response has no pipe")
		}
	}
	other := get()
	defer other.Close()
	res, err := http.ReadResponse(bufio.NewReader(other), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(res.Body); !bytes.Equal(got, body) {
		t.Errorf("%d bytes arrived, want %d", len(got), len(body))
	}
	if n := st.PipesUsed.Load(); n != 1 {
		t.Errorf("%d pipes are in use, want the one that maxpipes allows", n)
	}
}
