package syslog

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// server accepts connections on a loopback port.
func server(t *testing.T) (net.Listener, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln, ln.Addr().String()
}

func accept(t *testing.T, ln net.Listener) net.Conn {
	t.Helper()
	ln.(*net.TCPListener).SetDeadline(time.Now().Add(10 * time.Second))
	c, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second))
	return c
}

func fixed(s string) func() string { return func() string { return s } }

func expect(t *testing.T, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(r, got); err != nil || string(got) != want {
		t.Fatalf("got %q, %v, want %q", got[:n], err, want)
	}
}

func TestForwarderSendsWhatWasThereBeforeAndAfter(t *testing.T) {
	for _, c := range []struct {
		name  string
		count bool
		want  string
	}{{"legacy", false, "one\ntwo\nthree\n"}, {"octet-count", true, "3 one3 two5 three"}} {
		t.Run(c.name, func(t *testing.T) {
			ln, at := server(t)
			b := NewBuffer("r", 4000)
			fill(b, "one", "two")
			f := NewForwarder(b, Forward{Network: "tcp", Address: fixed(at), OctetCount: c.count})
			defer f.Close(0)
			conn := accept(t, ln)
			fill(b, "three")
			expect(t, conn, c.want)
		})
	}
}

func TestForwarderConnectsAgain(t *testing.T) {
	ln, at := server(t)
	b := NewBuffer("r", 4000)
	f := NewForwarder(b, Forward{Network: "tcp", Address: fixed(at)})
	defer f.Close(0)
	first := accept(t, ln)
	fill(b, "one")
	expect(t, first, "one\n")
	first.Close()
	second := accept(t, ln) // without a line that would show that it is gone
	fill(b, "two")
	expect(t, second, "two\n")
}

func TestForwarderCountsWhatIsOverwritten(t *testing.T) {
	ln, at := server(t)
	addr := ""
	b := NewBuffer("r", ringHead+minBuffer)
	f := NewForwarder(b, Forward{Network: "tcp", Address: fixed(addr)})
	defer f.Close(0)
	for i := range 20 {
		fill(b, fmt.Sprintf("message-%02d", i))
	}
	f.Update(Forward{Network: "tcp", Address: fixed(at)})
	conn := accept(t, ln)
	expect(t, conn, "message-14\nmessage-15\n")
	if f.Lost() != 14 || b.Dropped() != 0 {
		t.Errorf("%d lost, %d dropped, want 14, 0", f.Lost(), b.Dropped())
	}
}

func TestForwarderMovesWithItsServer(t *testing.T) {
	one, at1 := server(t)
	two, at2 := server(t)
	b := NewBuffer("r", 4000)
	f := NewForwarder(b, Forward{Network: "tcp", Address: fixed(at1)})
	defer f.Close(0)
	c1 := accept(t, one)
	fill(b, "here")
	expect(t, c1, "here\n")
	f.Update(Forward{Network: "tcp", Address: fixed(at1), Timeout: time.Second})
	fill(b, "still here")
	expect(t, c1, "still here\n")
	f.Update(Forward{Network: "tcp", Address: fixed(at2)})
	c2 := accept(t, two)
	fill(b, "there")
	expect(t, c2, "there\n")
	if _, err := c1.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the old connection: %v, want EOF", err)
	}
}

// A server that takes nothing is left after the timeout; meanwhile nobody waits
// and what does not fit is counted.
func TestForwarderLeavesAServerThatTakesNothing(t *testing.T) {
	ln, at := server(t)
	b := NewBuffer("r", 64<<10)
	f := NewForwarder(b, Forward{Network: "tcp", Address: fixed(at), Timeout: 50 * time.Millisecond})
	defer f.Close(0)
	stuck := accept(t, ln)
	stuck.(*net.TCPConn).SetReadBuffer(1)
	line := strings.Repeat("x", 1000)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { // more than the kernel's buffers hold
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				fill(b, line)
			}
		}
	}()
	again := bufio.NewReader(accept(t, ln))
	if text, err := again.ReadString('\n'); err != nil || text != line+"\n" {
		t.Errorf("the next connection begins with %q, %v", text, err)
	}
	close(stop)
	<-done
	if b.Dropped() == 0 {
		t.Error("nothing is counted as dropped although nobody read")
	}
}

func TestForwarderSendsTheRestAtItsEnd(t *testing.T) {
	ln, at := server(t)
	b := NewBuffer("r", 1<<20)
	f := NewForwarder(b, Forward{Network: "tcp", Address: fixed(at)})
	conn := accept(t, ln)
	var want strings.Builder
	for i := range 5000 {
		fill(b, fmt.Sprint("line ", i))
		fmt.Fprintf(&want, "line %d\n", i)
	}
	go f.Close(10 * time.Second)
	got, err := io.ReadAll(conn)
	if err != nil || string(got) != want.String() {
		t.Errorf("%d bytes, %v, want %d", len(got), err, want.Len())
	}
}
