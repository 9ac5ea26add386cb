package resolve

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"segue/internal/conf"
	"segue/internal/lb"
)

// zoneServer answers A queries with 10.9.8.7, by UDP and TCP at one address.
func zoneServer(t *testing.T) netip.AddrPort {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := ln.Addr().(*net.TCPAddr).AddrPort()
	pc, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		t.Skipf("the UDP port is taken: %v", err)
	}
	t.Cleanup(func() { ln.Close(); pc.Close() })
	go func() {
		buf := make([]byte, 4096)
		for {
			n, from, err := pc.ReadFromUDP(buf)
			if err != nil {
				return
			}
			pc.WriteToUDP(zoneAnswer(buf[:n]), from)
		}
	}()
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go zoneStream(c)
		}
	}()
	return at
}

func zoneStream(c net.Conn) {
	defer c.Close()
	var size [2]byte
	for {
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		msg := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, msg); err != nil {
			return
		}
		a := zoneAnswer(msg)
		c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(a))), a...))
	}
}

func zoneAnswer(query []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(query) != nil {
		return nil
	}
	q := m.Questions[0]
	name := q.Name.String()
	r := reply{id: m.ID, q: question{name[:len(name)-1], q.Type}, rcode: dnsmessage.RCodeNameError}
	if q.Type == typeA {
		r.rcode, r.records = 0, []string{r.q.name + " A 10.9.8.7"}
	}
	return r.bytes()
}

func TestNameServersAreReachedByUDPAndTCP(t *testing.T) {
	for _, tcp := range []bool{false, true} {
		r := conf.NewResolvers("r")
		r.Servers = []conf.NameServer{{Name: "d", Addr: zoneServer(t), TCP: tcp}}
		state := lb.NewState()
		p := &lb.Process{State: state}
		c := server("s", "a.test")
		st, _ := state.Server("b", "s")
		px := &lb.Proxy{Conf: &conf.Proxy{Name: "b", Kind: "backend"}, Name: "b"}
		px.Servers = []*lb.Server{{Conf: c, Proxy: px, State: st, Name: "s"}}
		Start(&lb.Generation{Conf: &conf.Model{Resolvers: []*conf.Resolvers{r}}, Proxies: []*lb.Proxy{px}}, p)
		tick := time.NewTicker(time.Millisecond)
		for deadline := time.Now().Add(10 * time.Second); st.Addr.Load() == nil; <-tick.C {
			if time.Now().After(deadline) {
				t.Fatalf("tcp %v: no answer", tcp)
			}
		}
		tick.Stop()
		if got := st.Addr.Load().String(); got != "10.9.8.7:80" {
			t.Errorf("tcp %v: %s", tcp, got)
		}
		Start(&lb.Generation{Conf: &conf.Model{}}, p) // ends the section
	}
}

// A socket that was silent for long is closed; the next query opens another and
// is not lost.
func TestQueriesAfterSilenceAreNotLost(t *testing.T) {
	pc, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	c := conf.NewResolvers("r")
	c.Retry = time.Millisecond - time.Second // the patience is 1 ms
	m := newManager()
	sec := &Section{m: m, in: make(chan packet, 64), stop: make(chan struct{})}
	sec.shared.Store(c)
	ns := &nameServer{NameServer: conf.NameServer{Addr: pc.LocalAddr().(*net.UDPAddr).AddrPort()}, sec: sec}
	l := newLink(ns)
	defer l.close()
	pause := time.NewTicker(4 * time.Millisecond)
	defer pause.Stop()
	buf := make([]byte, 512)
	for i := range 20 {
		l.send([]byte{byte(i)})
		pc.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := pc.Read(buf); err != nil || buf[0] != byte(i) {
			t.Fatalf("query %d: %v, %v", i, buf[0], err)
		}
		<-pause.C
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := ns.count[SendErrors]; n != 0 {
		t.Errorf("%d errors", n)
	}
}
