package health

import (
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"segue/internal/conf"
	"segue/internal/lb"
)

// counting answers requests on connections that it keeps, and counts both. After
// most requests on one connection it closes it without an answer; 0 = never.
func counting(t *testing.T, most int) (addr string, conns, requests *atomic.Int64) {
	conns, requests = new(atomic.Int64), new(atomic.Int64)
	addr = serve(t, func(c net.Conn) {
		conns.Add(1)
		buf := make([]byte, 4096)
		for n := 1; ; n++ {
			var got []byte
			for !strings.Contains(string(got), "\r\n\r\n") {
				k, err := c.Read(buf)
				if err != nil {
					return
				}
				got = append(got, buf[:k]...)
			}
			if most > 0 && n > most {
				return
			}
			requests.Add(1)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	})
	return addr, conns, requests
}

// until waits for something that another goroutine brings about.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: did not happen", what)
		}
	}
}

const keepAlive = "send ver HTTP/1.1 hdr Connection keep-alive"

// pooling makes a backend whose checks may use the pool.
func pooling(steps []conf.RuleLine, words map[string]string, addr string) *conf.Proxy {
	px := logged("httpchk", "", steps, server1("s", addr, func(s *conf.Server) {
		s.Inter = 50 * time.Millisecond
		s.CheckWords = map[string]string{"check-reuse-pool": "on"}
		for k, v := range words {
			s.CheckWords[k] = v
		}
	}))
	px.Mode = conf.HTTP
	px.Timeouts.Check = 5 * time.Second // a check that takes long is none that failed
	return px
}

func TestChecksShareConnections(t *testing.T) {
	for _, c := range []struct {
		name   string
		steps  []conf.RuleLine
		words  map[string]string
		reuse  lb.Reuse
		shares bool
	}{
		{"always", rules(keepAlive), nil, lb.ReuseAlways, true},
		{"by name", rules(keepAlive), map[string]string{"check-pool-conn-name": "a"}, lb.ReuseAlways, true},
		{"a plain connect rule", rules("connect", keepAlive, "expect status 200"), nil, lb.ReuseAlways, true},
		{"a connect rule with options", rules("connect linger", keepAlive, "expect status 200"), nil, lb.ReuseAlways, false},
		{"the server is told to close", rules("send ver HTTP/1.1"), nil, lb.ReuseAlways, false},
		{"a check is a first request", rules(keepAlive), nil, lb.ReuseSafe, false},
		{"never", rules(keepAlive), nil, lb.ReuseNever, false},
		{"a protocol of its own", rules(keepAlive), map[string]string{"check-proto": "h1"}, lb.ReuseAlways, false},
		{"a PROXY header", rules(keepAlive), map[string]string{"check-send-proxy": "on"}, lb.ReuseAlways, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			addr, conns, requests := counting(t, 0)
			g := b.generation(pooling(c.steps, c.words, addr))
			g.Proxies[0].Reuse = c.reuse
			g.Proxies[0].Servers[0].Conf.PoolPurge = 5e9
			if msgs := b.compile(g); msgs != nil {
				t.Fatal(msgs)
			}
			b.use(g)
			until(t, "four checks", func() bool { return requests.Load() >= 4 })
			if got := conns.Load() == 1; got != c.shares {
				t.Errorf("%d connections for %d checks, want one only = %v", conns.Load(), requests.Load(), c.shares)
			}
		})
	}
}

func TestCheckSurvivesAConnectionThatDiedInThePool(t *testing.T) {
	b := newBench(t)
	addr, conns, requests := counting(t, 1)
	g := b.generation(pooling(rules(keepAlive), nil, addr))
	g.Proxies[0].Reuse = lb.ReuseAlways
	g.Proxies[0].Servers[0].Conf.PoolPurge = 5e9
	if msgs := b.compile(g); msgs != nil {
		t.Fatal(msgs)
	}
	b.use(g)
	until(t, "four checks", func() bool { return requests.Load() >= 4 })
	if conns.Load() < 4 {
		t.Errorf("%d connections, want one for each check", conns.Load())
	}
	if check, _, _ := Look(g.Proxies[0].Servers[0]); check.Fails != 0 {
		t.Errorf("%d checks failed, want 0", check.Fails)
	}
}

func TestProtocolOfChecks(t *testing.T) {
	for _, c := range []struct {
		kind, proto string
		fits        bool
	}{
		{"httpchk", "h1", true},
		{"httpchk", "none", false},
		{"tcp-check", "none", true},
		{"tcp-check", "h1", false},
		{"", "none", true},
		{"", "spop", false},
		{"spop-check", "spop", true},
	} {
		b := newBench(t)
		px := logged(c.kind, "", nil, server1("s", "127.0.0.1:1", func(s *conf.Server) {
			s.CheckWords = map[string]string{"check-proto": c.proto}
		}))
		if msgs := b.compile(b.generation(px)); (msgs == nil) != c.fits {
			t.Errorf("check-proto %s with %q: %v, want fits = %v", c.proto, c.kind, msgs, c.fits)
		}
	}
}
