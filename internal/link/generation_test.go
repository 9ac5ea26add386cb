package link

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"weak"

	"segue/internal/catalog"
	"segue/internal/diag"
	"segue/internal/features"
	"segue/internal/lb"
	"segue/internal/process"
	"segue/internal/process/flags"
)

// rig is a worker in this process, with a listener and an origin.
type rig struct {
	t      *testing.T
	w      *Worker
	file   string
	ln     *net.TCPListener
	sock   int
	origin string
}

func newRig(t *testing.T) *rig {
	t.Helper()
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) //nolint:errcheck // the test's own client
		io.WriteString(w, "hello")  //nolint:errcheck // as above
	})}
	back, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go web.Serve(back) //nolint:errcheck // ends with Close
	t.Cleanup(func() { web.Close() })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, ln: ln.(*net.TCPListener), origin: back.Addr().String(), file: filepath.Join(t.TempDir(), "lb.cfg")}
	f, err := r.ln.File()
	if err != nil {
		t.Fatal(err)
	}
	r.sock = int(f.Fd())
	if err := syscall.SetNonblock(r.sock, true); err != nil { // Fd made it block
		t.Fatal(err)
	}
	ix := catalog.New(features.All()...)
	r.w = NewWorker(ix, func(string) bool { return false })
	t.Cleanup(func() {
		if e := r.w.engine; e != nil {
			e.Stop()
		}
		f.Close()
		ln.Close()
	})
	return r
}

// plan reads a configuration. %[1]s is the listener, %[2]s the origin.
func (r *rig) plan(text string) *process.Bundle {
	r.t.Helper()
	text = fmt.Sprintf(text+"\n# %[1]s %[2]s\n", r.ln.Addr(), r.origin)
	if err := os.WriteFile(r.file, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
	b, d := r.w.Plan(&flags.Options{Files: []string{r.file}, Program: "test"}, nil)
	if b == nil {
		var s strings.Builder
		d.Print(&s, diag.PrintOptions{}) //nolint:errcheck // into memory
		r.t.Fatal(s.String())
	}
	return b
}

// load puts a configuration into service.
func (r *rig) load(text string) weak.Pointer[lb.Generation] {
	r.t.Helper()
	b := r.plan(text)
	socks := make([]process.Socket, len(b.Listeners))
	for i := range socks {
		socks[i] = process.Socket{FD: r.sock, Spec: b.Listeners[i]}
	}
	g, err := r.w.Link(b, socks)
	if err != nil {
		r.t.Fatal(err)
	}
	g.Activate()
	return weak.Make(r.w.engine.Process.Gen.Load())
}

// client is a connection that is kept.
type client struct {
	net.Conn
	r *bufio.Reader
}

func (r *rig) dial() *client {
	r.t.Helper()
	c, err := net.Dial("tcp", r.ln.Addr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second)) //nolint:errcheck // cannot fail
	return &client{c, bufio.NewReader(c)}
}

// get asks for a path and reads the whole answer.
func (c *client) get(path string) (*http.Response, error) {
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: t\r\nCookie: a=b\r\n\r\n"); err != nil {
		return nil, err
	}
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return nil, err
	}
	io.Copy(io.Discard, res.Body) //nolint:errcheck // as above
	return res, nil
}

const tested = `defaults
 timeout connect 5s
 timeout client 30s
 timeout server 30s
`

func TestOldGenerationIsFreed(t *testing.T) {
	web := tested + ` mode http
 log 127.0.0.1:9 local0
 option httplog
frontend f
 bind %[1]s
 acl known path_reg ^/k
 http-request set-var(txn.p) path,lower
 http-request set-header x-p %%[var(txn.p)] if known
 http-request capture req.hdr(host) len 10
 use_backend %%[path,regsub(^/,),lower] if { path /b }
 default_backend b
backend b
 balance leastconn
 cookie S insert
 server one %[2]s cookie one check inter 50 maxconn 10
`
	for _, tc := range []struct {
		name string
		cfg  string
		busy func(t *testing.T, r *rig) (after func())
	}{
		{name: "that served nothing", cfg: web},
		{name: "with an idle client and an idle server connection", cfg: web, busy: func(t *testing.T, r *rig) func() {
			c := r.dial()
			for _, path := range []string{"/", "/known", "/b"} {
				if res, err := c.get(path); err != nil || res.StatusCode != 200 {
					t.Fatalf("%s: %v %v", path, res, err)
				}
			}
			return func() {
				if res, err := c.get("/"); err != nil || res.StatusCode != 200 {
					t.Errorf("the idle connection was dropped: %v %v", res, err)
				}
			}
		}},
		{name: "with a connection that has sent half of a head", cfg: web, busy: func(t *testing.T, r *rig) func() {
			c := r.dial()
			io.WriteString(c, "GET / HTTP/1.1\r\nHo") //nolint:errcheck // the answer tells
			return func() {
				io.WriteString(c, "st: t\r\n\r\n") //nolint:errcheck // as above
				if res, err := http.ReadResponse(c.r, nil); err != nil || res.StatusCode != 200 {
					t.Errorf("the rest of the head: %v %v", res, err)
				}
			}
		}},
		{name: "whose many clients have left", cfg: web, busy: func(t *testing.T, r *rig) func() {
			for range 50 {
				c := r.dial()
				if _, err := c.get("/"); err != nil {
					t.Fatal(err)
				}
				c.Close()
			}
			return nil
		}},
		{name: "whose request ends after the reload", cfg: web, busy: func(t *testing.T, r *rig) func() {
			c := r.dial()
			io.WriteString(c, "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nab") //nolint:errcheck // the answer tells
			waitFor(t, "the request is under way", func() bool { return r.w.engine.holders(r.w.engine.Process.Gen.Load()).Streams == 1 })
			return func() {
				io.WriteString(c, "cd") //nolint:errcheck // as above
				if res, err := http.ReadResponse(c.r, nil); err != nil || res.StatusCode != 200 {
					t.Errorf("the request: %v %v", res, err)
				}
			}
		}},
		{name: "with a tunnel that ends after the reload", cfg: tested + "listen l\n bind %[1]s\n server s %[2]s check inter 50\n", busy: func(t *testing.T, r *rig) func() {
			c := r.dial()
			if _, err := c.get("/"); err != nil {
				t.Fatal(err)
			}
			return func() {
				if res, err := c.get("/"); err != nil || res.StatusCode != 200 {
					t.Errorf("the tunnel: %v %v", res, err)
				}
				c.Close()
			}
		}},
		{name: "with a client's own idle server connection", cfg: strings.Replace(web, "backend b\n", "backend b\n http-reuse never\n", 1), busy: func(t *testing.T, r *rig) func() {
			c := r.dial()
			if _, err := c.get("/"); err != nil {
				t.Fatal(err)
			}
			return func() {}
		}},
		{name: "whose request waits in a queue until after the reload", cfg: strings.Replace(web, "maxconn 10", "maxconn 1", 1), busy: func(t *testing.T, r *rig) func() {
			first, second := r.dial(), r.dial()
			post := "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nab"
			io.WriteString(first, post) //nolint:errcheck // the answer tells
			gen := r.w.engine.Process.Gen.Load()
			waitFor(t, "the first request is under way", func() bool { return r.w.engine.holders(gen).Streams == 1 })
			io.WriteString(second, post) //nolint:errcheck // as above
			waitFor(t, "the second request waits", func() bool { return r.w.engine.holders(gen).Streams == 2 })
			return func() {
				for _, c := range []*client{first, second} {
					io.WriteString(c, "cd") //nolint:errcheck // as above
					if res, err := http.ReadResponse(c.r, nil); err != nil || res.StatusCode != 200 {
						t.Errorf("the request: %v %v", res, err)
					}
				}
			}
		}},
		{name: "whose backend is gone", cfg: strings.Replace(web, "backend b\n balance", "backend gone\n server x %[2]s check inter 50\nbackend b\n balance", 1)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t)
			old := r.load(tc.cfg)
			var after func()
			if tc.busy != nil {
				after = tc.busy(t, r)
			}
			kept := web
			if !strings.Contains(tc.cfg, "mode http") {
				kept = tc.cfg
			}
			now := r.load(kept)
			if after != nil {
				after()
			}
			waitFor(t, "the old generation is collected", func() bool {
				runtime.GC()
				return old.Value() == nil
			})
			if now.Value() == nil {
				t.Error("the generation that serves was collected")
			}
		})
	}
}

// waitFor polls until ok.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(8 * time.Second); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}
