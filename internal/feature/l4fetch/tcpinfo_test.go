package l4fetch_test

import (
	"bytes"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"segue/internal/lb"
	"segue/internal/sample"
	"segue/internal/sched"
	"segue/internal/sched/epoll"
)

// onTCP gives the stream both connections, of TCP; the client's came through a
// listener that keeps SYN packets.
func onTCP(t *testing.T, s *lb.Stream) {
	t.Helper()
	must := func(fd int, err error) int {
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		return fd
	}
	l := must(unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0))
	peer := must(unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0))
	here := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	for _, err := range []error{unix.SetsockoptInt(l, unix.IPPROTO_TCP, unix.TCP_SAVE_SYN, 1), unix.Bind(l, here), unix.Listen(l, 1)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	at, err := unix.Getsockname(l)
	if err == nil {
		err = unix.Connect(peer, at)
	}
	if err != nil {
		t.Fatal(err)
	}
	fd, _, err := unix.Accept(l)
	conn := must(fd, err)
	sys, err := epoll.New()
	if err != nil {
		t.Fatal(err)
	}
	loop := sched.NewLoop(0, sys)
	s.SrvConn = &lb.ServerConn{}
	for c, fd := range map[*sched.Conn]int{&s.Session.Conn: conn, &s.SrvConn.Conn: peer} {
		if e := loop.Attach(c, int32(fd), true); e != 0 {
			t.Fatal(e)
		}
	}
}

func TestTCPInfo(t *testing.T) {
	s, sc := stream()
	for _, name := range []string{"fc_rtt", "bc_rtt(us)", "fc_lost", "fc_saved_syn"} {
		if got, ok := eval(t, s, sc, name); ok {
			t.Errorf("%s without a connection = %s, want nothing", name, got)
		}
	}
	onTCP(t, s)
	for _, name := range []string{"fc_rtt(us)", "fc_rttvar(us)", "bc_rtt(us)", "bc_rttvar(us)", "fc_reordering"} {
		got, ok := eval(t, s, sc, name)
		if n, err := strconv.Atoi(got); !ok || err != nil || n <= 0 {
			t.Errorf("%s = %q, %t; want more than 0", name, got, ok)
		}
	}
	us, _ := eval(t, s, sc, "fc_rttvar(us)")
	n, _ := strconv.Atoi(us)
	for _, name := range []string{"fc_rttvar", "fc_rttvar(ms)"} {
		if got, ok := eval(t, s, sc, name); !ok || got != strconv.Itoa(n/1000) {
			t.Errorf("%s = %s, %t; want a thousandth of %s", name, got, ok, us)
		}
	}
	for _, name := range []string{"fc_fackets", "fc_lost", "fc_retrans", "fc_sacked", "fc_unacked"} {
		if got, ok := eval(t, s, sc, name); !ok || got != "0" {
			t.Errorf("%s of a connection over which nothing went = %s, %t; want 0", name, got, ok)
		}
	}
	for _, name := range []string{"fc_settings_streams_limit", "bc_settings_streams_limit", "bc_nb_streams"} {
		if got, ok := eval(t, s, sc, name); !ok || got != "1" {
			t.Errorf("%s = %s, %t; want 1", name, got, ok)
		}
	}
	e, _, err := sample.Parse("fc_rtt(us)", sc)
	if err != nil {
		t.Fatal(err)
	}
	var dst []byte
	if n := testing.AllocsPerRun(100, func() { dst, _ = e.EvalString(s, dst[:0]) }); n != 0 {
		t.Errorf("fc_rtt allocates %v times, want never", n)
	}
	const ip4, flags, syn = 0x45, 33, 2
	var v sample.Value
	if e, _, err = sample.Parse("fc_saved_syn", sc); err != nil {
		t.Fatal(err)
	}
	if !e.Eval(s, &v) || len(v.Bytes) < 40 || v.Bytes[0] != ip4 || v.Bytes[flags] != syn || !bytes.Contains(v.Bytes, []byte{127, 0, 0, 1}) {
		t.Errorf("fc_saved_syn = %x; want an IPv4 packet with SYN", v.Bytes)
	}
	if e.Eval(s, &v) {
		t.Errorf("fc_saved_syn once more = %x, want nothing", v.Bytes)
	}
}

func TestTCPInfoUnits(t *testing.T) {
	_, sc := stream()
	var warned string
	sc.Warn = func(_ int, msg string) { warned = msg }
	if _, _, err := sample.Parse("fc_rtt(foo)", sc); err == nil || !bytes.Contains([]byte(err.Error()), []byte("expects 'us' or 'ms', got 'foo'")) {
		t.Errorf("fc_rtt(foo): %v, want the units that it takes", err)
	}
	if _, _, err := sample.Parse("fc_lost(us)", sc); err != nil || warned == "" {
		t.Errorf("fc_lost(us): %v, warning %q; want a warning", err, warned)
	}
}
