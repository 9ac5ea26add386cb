package health

import (
	"io"
	"net"
	"testing"
	"time"

	"segue/internal/conf"
)

// TestSocksFailures compares with what HAProxy 3.4 says of the same proxies.
func TestSocksFailures(t *testing.T) {
	for _, c := range []struct {
		name  string
		proxy func(c net.Conn)
		want  string
	}{
		{"refuses", func(c net.Conn) { c.Write([]byte{0, 91, 0, 0, 0, 0, 0, 0}) }, `Socket error, info: "SOCKS4 Proxy deny the request at initial connection step of tcp-check"`},
		{"ends", func(net.Conn) {}, `Socket error, info: "SOCKS4 Proxy read error during handshake at initial connection step of tcp-check"`},
		{"resets", func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }, `Socket error, info: "SOCKS4 Proxy handshake aborted by server at initial connection step of tcp-check"`},
		{"is silent", func(c net.Conn) { c.Read(make([]byte, 1)) }, `Layer7 timeout, info: " at initial connection step of tcp-check"`},
		{"stops halfway", func(c net.Conn) { c.Write([]byte{0, 90, 0}); c.Read(make([]byte, 1)) }, `Layer7 timeout, info: " at initial connection step of tcp-check"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			socks := serve(t, func(conn net.Conn) {
				if _, err := io.ReadFull(conn, make([]byte, 16)); err == nil {
					c.proxy(conn)
				}
			})
			b := newBench(t)
			g := b.generation(logged("tcp-check", "", nil, server1("s", "127.0.0.1:9", func(s *conf.Server) {
				s.Inter, s.Socks4 = 500*time.Millisecond, socks
				s.CheckWords = map[string]string{"check-via-socks4": "on"}
			})))
			if msgs := b.compile(g); msgs != nil {
				t.Fatal(msgs)
			}
			b.use(g)
			b.expect("Health check for server b/s failed, reason: " + c.want + ", check duration: ~ms, status: 0/2 DOWN.")
		})
	}
}
