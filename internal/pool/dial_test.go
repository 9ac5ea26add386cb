package pool

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"segue/internal/lb"
	"segue/internal/sched"
)

// freePort is a port that nothing listens on.
func freePort(t *testing.T) uint16 {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).AddrPort().Port()
}

func TestDialTakesPortsOfTheRange(t *testing.T) {
	th := threads(t, 1).Threads[0]
	srv, to, conns := listener(t)
	port := freePort(t)
	ports := lb.NewPorts(port, port)
	on(th, func(task *sched.Task) {
		dial := func() (*lb.ServerConn, Failure) {
			target := to
			target.Source, target.Ports = netip.MustParseAddrPort("127.0.0.5:0"), ports
			sc := New(th, srv)
			f := Dial(task, th, &sc.Conn, &target, th.Now()+int64(5*time.Second))
			if f != None {
				Free(sc)
				return nil, f
			}
			sc.Ports, sc.Port = ports, target.Port
			Opened(sc)
			return sc, f
		}
		sc, f := dial()
		if f != None {
			t.Errorf("Dial from a free range: failure %d", f)
			return
		}
		if a := lb.SocketAddr(int(sc.Conn.FD())); a != netip.AddrPortFrom(netip.MustParseAddr("127.0.0.5"), port) {
			t.Errorf("the connection comes from %v, want 127.0.0.5:%d", a, port)
		}
		if _, f := dial(); f != NoSource {
			t.Errorf("Dial from an exhausted range: failure %d, want NoSource", f)
		}
		Close(sc)
		if got := ports.Take(); got != port {
			t.Errorf("after Close the range gives %d, want %d", got, port)
		}
	})
	(<-conns).Close()
}

func TestDialRefusedKeepsNoPort(t *testing.T) {
	th := threads(t, 1).Threads[0]
	port := freePort(t)
	ports := lb.NewPorts(port, port)
	target := Target{Addr: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), freePort(t)),
		Source: netip.MustParseAddrPort("127.0.0.5:0"), Ports: ports}
	on(th, func(task *sched.Task) {
		var c sched.Conn
		if f := Dial(task, th, &c, &target, th.Now()+int64(5*time.Second)); f != Refused {
			t.Errorf("Dial to nobody: failure %d, want Refused", f)
		}
	})
	if got := ports.Take(); got != port {
		t.Errorf("the range gives %d, want %d", got, port)
	}
}

func TestAskSocks(t *testing.T) {
	for _, c := range []struct {
		name, reply string
		want        Failure
	}{
		{name: "granted", reply: "\x00\x5a123456", want: None},
		{name: "denied", reply: "\x00\x5b123456", want: Refused},
		{name: "not a reply", reply: "HTTP/1.1", want: Refused},
		{name: "ends early", reply: "\x00\x5a", want: Refused},
	} {
		th := threads(t, 1).Threads[0]
		_, to, conns := listener(t)
		asked := make(chan string, 1)
		go func() {
			peer := <-conns
			var req [16]byte
			_, _ = io.ReadFull(peer, req[:])
			asked <- string(req[:])
			_, _ = io.WriteString(peer, c.reply)
			peer.Close()
		}()
		on(th, func(task *sched.Task) {
			deadline := th.Now() + int64(5*time.Second)
			var conn sched.Conn
			if f := Dial(task, th, &conn, &to, deadline); f != None {
				t.Errorf("%s: Dial: failure %d", c.name, f)
				return
			}
			if f := AskSocks(task, &conn, netip.MustParseAddrPort("10.1.2.3:258"), deadline); f != c.want {
				t.Errorf("%s: AskSocks = %d, want %d", c.name, f, c.want)
			}
			conn.Close()
		})
		if got, want := <-asked, "\x04\x01\x01\x02\x0a\x01\x02\x03HAProxy\x00"; got != want {
			t.Errorf("%s: the proxy read %q, want %q", c.name, got, want)
		}
	}
}
