package handover

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"segue/internal/process/listen"
)

// loopback is a Spec on 127.0.0.1.
func loopback(port uint16) listen.Spec {
	return listen.Spec{Family: listen.IPv4, Addr: netip.MustParseAddr("127.0.0.1"), Port: port}
}

// open makes a listening socket that closes with the test; port 0 is filled
// in.
func open(t testing.TB, spec listen.Spec) *listen.Socket {
	t.Helper()
	s, _, err := listen.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Discard)
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	if err := s.Publish(); err != nil {
		t.Fatal(err)
	}
	if id, err := listen.Of(s.FD, "", ""); err == nil && s.Spec.Family == listen.IPv4 {
		s.Spec.Port = id.Addr.Port()
	}
	return s
}

// serve answers connections to a unix socket one after the other and returns
// its path.
func serve(t testing.TB, answer func(*net.UnixConn)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stats")
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { ln.Close(); <-done })
	go func() {
		defer close(done)
		for {
			c, err := ln.AcceptUnix()
			if err != nil {
				return
			}
			var line [10]byte
			if n, _ := c.Read(line[:]); string(line[:n]) == "_getsocks\n" {
				answer(c)
			}
			c.Close()
		}
	}()
	return path
}

// descriptors counts the open ones.
func descriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// noMore waits until no more than want descriptors are open: the owner's side of
// a connection is closed a moment after ours.
func noMore(t testing.TB, want int) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(5 * time.Second)
	for left := descriptors(t); left > want; left = descriptors(t) {
		if time.Now().After(deadline) {
			t.Fatalf("%d descriptors leaked", left-want)
		}
		<-tick.C
	}
}

func TestAllSocketsArriveInOrder(t *testing.T) {
	for _, count := range []int{0, 1, maxBatch, maxBatch + 1, 2*maxBatch + 3} {
		sock := open(t, loopback(0))
		items := make([]Item, count)
		for i := range items {
			items[i] = Item{FD: sock.FD, Namespace: strings.Repeat("n", i%200), Interface: "lo"}
		}
		sent := make(chan error, 1)
		path := serve(t, func(c *net.UnixConn) { sent <- Send(c, items) })
		set, err := Fetch(t.Context(), path)
		if err != nil {
			t.Fatalf("%d sockets: %v", count, err)
		}
		if err := <-sent; err != nil {
			t.Errorf("%d sockets: Send: %v", count, err)
		}
		if set.Len() != count {
			t.Errorf("got %d sockets, want %d", set.Len(), count)
		}
		for i, id := range set.Rest() {
			if id.Namespace != items[i].Namespace || id.Interface != "lo" || id.Addr.Port() != sock.Spec.Port {
				t.Fatalf("socket %d of %d = %v", i, count, id)
			}
		}
		set.Close()
	}
}

func TestTakeMatchesByAddress(t *testing.T) {
	dir := t.TempDir()
	specs := []listen.Spec{
		loopback(0), loopback(0),
		{Family: listen.IPv6, Addr: netip.IPv6Loopback()},
		{Family: listen.Unix, Path: filepath.Join(dir, "s")},
		{Family: listen.Abns, Path: "segue-take-" + filepath.Base(dir)},
		{Family: listen.AbnsZ, Path: "segue-takez-" + filepath.Base(dir)},
	}
	var items []Item
	for i := range specs {
		s := open(t, specs[i])
		if id, err := listen.Of(s.FD, "", ""); err == nil {
			specs[i].Port = id.Addr.Port()
		}
		items = append(items, Item{FD: s.FD})
	}
	path := serve(t, func(c *net.UnixConn) { Send(c, items) })
	set, err := Fetch(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	for i := len(specs) - 1; i > 0; i-- { // the first stays
		fds := set.Take(&specs[i])
		if len(fds) != 1 {
			t.Errorf("%s was not found in %v", specs[i].Address(), set.Rest())
			continue
		}
		defer unix.Close(fds[0])
		if again := set.Take(&specs[i]); again != nil {
			t.Errorf("%s can be taken twice", specs[i].Address())
		}
	}
	if rest := set.Rest(); len(rest) != 1 || rest[0].Addr.Port() != specs[0].Port {
		t.Errorf("Rest = %v, want only the first", rest)
	}
	if set.Take(&listen.Spec{Family: listen.UDP4, Addr: specs[0].Addr, Port: specs[0].Port}) != nil {
		t.Error("a TCP socket passed for UDP")
	}
}

func TestBrokenOwnerGivesNothing(t *testing.T) {
	count := func(c *net.UnixConn, n uint32) { c.Write(binary.NativeEndian.AppendUint32(nil, n)) }
	tests := []struct {
		name   string
		answer func(c *net.UnixConn, fd int)
		want   string
	}{
		{name: "hangs up", answer: func(*net.UnixConn, int) {}, want: "Is 'expose-fd listeners' missing on that stats socket?"},
		{name: "half a number", answer: func(c *net.UnixConn, _ int) { c.Write([]byte{1, 0}) }, want: "Failed to get the number"},
		{name: "text", answer: func(c *net.UnixConn, _ int) { c.Write([]byte("Unknown command: '_getsocks'\n")) }, want: "expose-fd listeners"},
		{name: "fewer than announced", answer: func(c *net.UnixConn, fd int) { count(c, 2); sendBatch(c, []Item{{FD: fd}}) }, want: "(expecting 2 got 1)"},
		{name: "none of them", answer: func(c *net.UnixConn, fd int) { count(c, 2) }, want: "(expecting 2 got 0)"},
		{name: "more than announced", answer: func(c *net.UnixConn, fd int) { count(c, 1); sendBatch(c, []Item{{FD: fd}, {FD: fd}}) }, want: "(expecting 1 got 2)"},
		{name: "record cut off", answer: func(c *net.UnixConn, fd int) {
			count(c, 1)
			c.WriteMsgUnix([]byte{0, 0, 0}, unix.UnixRights(fd), nil)
		}, want: "(expecting 1 got 1)"},
		{name: "not a socket", answer: func(c *net.UnixConn, fd int) {
			f, _ := os.Open("/dev/null")
			defer f.Close()
			count(c, 1)
			sendBatch(c, []Item{{FD: int(f.Fd())}})
		}, want: "cannot identify socket 0"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			sock := open(t, loopback(0))
			path := serve(t, func(c *net.UnixConn) { tc.answer(c, sock.FD) })
			before := descriptors(t)
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // one attempt
			set, err := fetchOnce(t.Context(), path)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("err = %v, want %q", err, tc.want)
			}
			if set != nil {
				t.Error("a set in spite of the error")
			}
			if _, err := Fetch(ctx, path); err == nil {
				t.Error("Fetch succeeds")
			}
			noMore(t, before)
		})
	}
}

func TestFetchTriesAgainWhileOwnerIsBusy(t *testing.T) {
	sock := open(t, loopback(0))
	calls := 0
	path := serve(t, func(c *net.UnixConn) {
		if calls++; calls < 3 {
			return
		}
		Send(c, []Item{{FD: sock.FD}})
	})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	set, err := Fetch(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if calls != 3 || set.Len() != 1 {
		t.Errorf("%d calls, %d sockets, want 3 and 1", calls, set.Len())
	}
}

func TestFetchWithoutOwnerFailsAtOnce(t *testing.T) {
	_, err := Fetch(t.Context(), filepath.Join(t.TempDir(), "none"))
	if !errors.Is(err, unix.ENOENT) || !strings.HasPrefix(err.Error(), "Failed to connect to the old process socket") {
		t.Errorf("err = %v", err)
	}
}

func TestRecordRoundTrip(t *testing.T) {
	for _, r := range []record{{}, {namespace: "blue"}, {iface: "eth0", options: 1 << 20}, {namespace: strings.Repeat("n", 255), iface: "lo", options: 7}} {
		wire := appendRecord(nil, r)
		got, rest, err := readRecord(append(wire, 'x'))
		if err != nil || got != r || string(rest) != "x" {
			t.Errorf("readRecord(%+v) = %+v, %q, %v", r, got, rest, err)
		}
		for n := range wire {
			if _, _, err := readRecord(wire[:n]); !errors.Is(err, errShort) {
				t.Errorf("readRecord of %d bytes of %+v: %v, want errShort", n, r, err)
			}
		}
	}
}

func FuzzReadRecord(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 0})
	f.Add(appendRecord(nil, record{namespace: "blue", iface: "eth0", options: 3}))
	f.Add([]byte{255, 'x'})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, rest, err := readRecord(b)
		if err != nil {
			return
		}
		again := appendRecord(nil, r)
		if !reflect.DeepEqual(append(again, rest...), b) {
			t.Errorf("readRecord(%x) = %+v does not write back", b, r)
		}
	})
}
