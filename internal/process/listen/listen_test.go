package listen

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// v4 is a Spec for an address on the loopback interface.
func v4(port uint16) Spec {
	return Spec{Family: IPv4, Addr: netip.MustParseAddr("127.0.0.1"), Port: port, File: "b.cfg", Line: 9, Owner: "frontend f"}
}

// mustOpen opens spec and closes it with the test.
func mustOpen(t *testing.T, spec Spec) *Socket {
	t.Helper()
	s, warnings, err := Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Discard)
	if len(warnings) > 0 {
		t.Errorf("warnings: %q", warnings)
	}
	return s
}

// portOf is the port that the kernel chose.
func portOf(t *testing.T, s *Socket) uint16 {
	t.Helper()
	id, err := Of(s.FD, "", "")
	if err != nil {
		t.Fatal(err)
	}
	return id.Addr.Port()
}

func TestErrorTextIsHAProxys(t *testing.T) {
	tests := []struct {
		name string
		err  Error
		want string
	}{
		{name: "in use", err: Error{Spec: &Spec{Family: IPv4, Addr: netip.MustParseAddr("127.0.0.1"), Port: 80}, Step: "cannot bind socket", Err: syscall.EADDRINUSE},
			want: "Binding [b.cfg:9] for frontend f: protocol tcpv4: cannot bind socket (Address already in use) for [127.0.0.1:80]."},
		{name: "not ours, IPv6 without brackets", err: Error{Spec: &Spec{Family: IPv6, Addr: netip.MustParseAddr("2001:db8::1"), Port: 80}, Step: "cannot bind socket", Err: syscall.EADDRNOTAVAIL},
			want: "Binding [b.cfg:9] for frontend f: protocol tcpv6: cannot bind socket (Cannot assign requested address) for [2001:db8::1:80]."},
		{name: "unix has no for", err: Error{Spec: &Spec{Family: Unix, Path: "/nodir/s"}, Step: "cannot bind UNIX socket", Err: syscall.ENOENT},
			want: "Binding [b.cfg:9] for frontend f: protocol unix_stream: cannot bind UNIX socket (No such file or directory) [/nodir/s]."},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			tc.err.Spec.File, tc.err.Spec.Line, tc.err.Spec.Owner = "b.cfg", 9, "frontend f"
			if got := tc.err.Error(); got != tc.want {
				t.Errorf("Error() = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestOpenedSocketHasItsIdentity(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name string
		spec Spec
	}{
		{name: "IPv4", spec: v4(0)},
		{name: "IPv6", spec: Spec{Family: IPv6, Addr: netip.IPv6Loopback()}},
		{name: "IPv6 wildcard only v6", spec: Spec{Family: IPv6, Addr: netip.IPv6Unspecified(), V6Only: true}},
		{name: "IPv6 wildcard for both", spec: Spec{Family: IPv6, Addr: netip.IPv6Unspecified(), V4V6: true}},
		{name: "UDP", spec: Spec{Family: UDP4, Addr: netip.MustParseAddr("127.0.0.1")}},
		{name: "interface", spec: Spec{Family: IPv4, Addr: netip.MustParseAddr("127.0.0.1"), Interface: "lo"}},
		{name: "unix", spec: Spec{Family: Unix, Path: filepath.Join(dir, "s")}},
		{name: "abstract, padded", spec: Spec{Family: Abns, Path: "segue-test-" + filepath.Base(dir)}},
		{name: "abstract, short", spec: Spec{Family: AbnsZ, Path: "segue-testz-" + filepath.Base(dir)}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			s := mustOpen(t, tc.spec)
			got, err := Of(s.FD, "", "")
			if err != nil {
				t.Fatal(err)
			}
			want := tc.spec.Identity()
			if want.Addr.IsValid() {
				want.Addr = netip.AddrPortFrom(want.Addr.Addr(), got.Addr.Port())
			}
			if !Matches(want, got) {
				t.Errorf("Of = %v (%+v), want %v (%+v)", got, got, want, want)
			}
		})
	}
}

func TestMatchesTellsSocketsApart(t *testing.T) {
	base := v4(80)
	variant := func(change func(*Spec)) Spec { s := base; change(&s); return s }
	tests := []struct {
		name string
		spec Spec
		want bool
	}{
		{name: "options do not matter", spec: variant(func(s *Spec) { s.MSS, s.Backlog, s.Owner = 1400, 7, "x" }), want: true},
		{name: "port", spec: variant(func(s *Spec) { s.Port = 81 })},
		{name: "interface", spec: variant(func(s *Spec) { s.Interface = "eth0" })},
		{name: "namespace", spec: variant(func(s *Spec) { s.Namespace = "blue" })},
		{name: "type", spec: variant(func(s *Spec) { s.Family = UDP4 })},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got := Matches(base.Identity(), tc.spec.Identity()); got != tc.want {
				t.Errorf("Matches = %v, want %v", got, tc.want)
			}
		})
	}
	for path, want := range map[string]string{
		"/s.12.tmp": "/s", "/s.tmp": "/s.tmp", "/s..tmp": "/s..tmp", "/s.1a.tmp": "/s.1a.tmp", "/s": "/s", ".1.tmp": ".1.tmp",
	} {
		if got := trimTemporary(path); got != want {
			t.Errorf("trimTemporary(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestUnixSocketAppearsWithPublishOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, Spec{Family: Unix, Path: path, Mode: 0o640, HasUID: true, UID: os.Getuid()})
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "old" {
		t.Error("the old file is gone before Publish")
	}
	if err := s.Publish(); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(path)
	if err != nil || st.Mode() != os.ModeSocket|0o640 {
		t.Fatalf("mode = %v, %v, want a socket with 0640", st.Mode(), err)
	}
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	left, _ := filepath.Glob(path + ".*")
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestAdoptedUnixSocketFollowsItsSpec(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	first := mustOpen(t, Spec{Family: Unix, Path: path, Mode: 0o600})
	if err := first.Publish(); err != nil {
		t.Fatal(err)
	}
	mode := func() os.FileMode {
		st, err := os.Lstat(path)
		if err != nil {
			return 0
		}
		return st.Mode()
	}
	next := Adopt([]int{first.FD}, Spec{Family: Unix, Path: path, Mode: 0o666})
	next.Follow(first)
	if err := next.Publish(); err != nil || mode() != os.ModeSocket|0o666 {
		t.Errorf("adopted: mode = %v (%v), want 0666", mode(), err)
	}
	// Another process takes the name: it is not ours to change or to remove.
	foreign := mustOpen(t, Spec{Family: Unix, Path: path, Mode: 0o640})
	if err := foreign.Publish(); err != nil {
		t.Fatal(err)
	}
	if err := next.Publish(); err != nil || mode() != os.ModeSocket|0o640 {
		t.Errorf("the name is another's: mode = %v (%v), want 0640", mode(), err)
	}
	next.Unlink()
	if mode() == 0 {
		t.Error("another's name is removed")
	}
	foreign.Unlink()
	if mode() != 0 {
		t.Error("the name is still there")
	}
}

func TestDiscardLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s, _, err := Open(Spec{Family: Unix, Path: path})
	if err != nil {
		t.Fatal(err)
	}
	s.Discard()
	if left, _ := filepath.Glob(path + "*"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestOpenAllIsAllOrNothing(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0") // without SO_REUSEPORT
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	port := busy.Addr().(*net.TCPAddr).AddrPort().Port()
	dir := t.TempDir()
	specs := []Spec{
		{Family: Unix, Path: filepath.Join(dir, "s")},
		v4(port),
		{Family: IPv4, Addr: netip.MustParseAddr("192.0.2.1"), Port: 1, File: "b.cfg", Line: 10, Owner: "frontend g"},
	}
	_, _, _, err = OpenAll(specs, nil)
	if !InUse(err) || !errors.Is(err, syscall.EADDRNOTAVAIL) {
		t.Errorf("err = %v, want both reasons", err)
	}
	if left, _ := filepath.Glob(dir + "/*"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestOpenAllReusesBeforeItBinds(t *testing.T) {
	old := mustOpen(t, v4(0))
	port := portOf(t, old)
	specs := []Spec{v4(port), v4(port), {Family: Abns, Path: "segue-reuse-" + filepath.Base(t.TempDir())}}
	specs[1].Owner = "frontend twin"
	socks, fresh, _, err := OpenAll(specs, func(s *Spec) []int {
		if s.Family == IPv4 {
			return []int{old.FD}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer socks[2].Discard()
	if socks[0].FD != old.FD || socks[1] != socks[0] {
		t.Error("the existing socket is not shared")
	}
	if fresh[0] || fresh[1] || !fresh[2] {
		t.Errorf("fresh = %v, want only the third", fresh)
	}
}

func TestReusePortLetsTheNextProcessBind(t *testing.T) {
	first := mustOpen(t, v4(0))
	if err := first.Listen(); err != nil {
		t.Fatal(err)
	}
	port := portOf(t, first)
	mustOpen(t, v4(port))
	alone := v4(port)
	alone.NoReusePort = true
	if _, _, err := Open(alone); !InUse(err) {
		t.Errorf("without SO_REUSEPORT: %v, want in use", err)
	}
}

func TestOptionsReachTheSocket(t *testing.T) {
	spec := v4(0)
	spec.DeferAccept, spec.TFO, spec.UserTimeout, spec.MSS = true, 16, 5e9, 1200
	s := mustOpen(t, spec)
	for _, o := range []struct {
		name      string
		opt, want int
	}{
		{"user timeout", unix.TCP_USER_TIMEOUT, 5000},
		{"fast open", unix.TCP_FASTOPEN, 16},
	} {
		if got, err := unix.GetsockoptInt(s.FD, unix.IPPROTO_TCP, o.opt); err != nil || got != o.want {
			t.Errorf("%s = %d, %v, want %d", o.name, got, err, o.want)
		}
	}
	adopted := Adopt([]int{s.FD}, v4(0))
	if got, _ := unix.GetsockoptInt(s.FD, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT); got != 5000 {
		t.Errorf("user timeout after Adopt = %d, want it unchanged", got)
	}
	if warnings := adopted.Tune(); len(warnings) > 0 {
		t.Errorf("resetting warns: %q", warnings)
	}
	if got, _ := unix.GetsockoptInt(s.FD, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT); got != 0 {
		t.Errorf("user timeout after Tune = %d, want 0", got)
	}
	spec.MSS = 1
	spec.Port = 0
	bad, warnings, err := Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer bad.Discard()
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0], "Starting [b.cfg:9] for frontend f: protocol tcpv4: cannot set MSS to 1 (Invalid argument)") {
		t.Errorf("warnings = %q, want one about the MSS", warnings)
	}
}

// Connections inherit whether their first data is acknowledged at once.
func TestLazyAckReachesConnections(t *testing.T) {
	for _, lazy := range []bool{true, false, true} {
		spec := v4(0)
		spec.LazyAck = lazy
		s := mustOpen(t, spec)
		again := Adopt([]int{s.FD}, v4(0))
		again.Spec.LazyAck = !lazy
		for _, s := range []*Socket{s, again} {
			if err := s.Listen(); err != nil {
				t.Fatal(err)
			}
			c, err := net.Dial("tcp4", "127.0.0.1:"+strconv.Itoa(int(portOf(t, s))))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			fd, _, err := unix.Accept(s.FD)
			if err != nil {
				t.Fatal(err)
			}
			quick, err := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_QUICKACK)
			unix.Close(fd)
			if err != nil || quick == 1 == s.Spec.LazyAck {
				t.Errorf("lazy %v: quick = %d, %v", s.Spec.LazyAck, quick, err)
			}
		}
	}
}

func TestInheritedDescriptor(t *testing.T) {
	owner := mustOpen(t, v4(0))
	s, _, err := Open(Spec{Family: FD, FD: owner.FD})
	if err != nil || s.FD != owner.FD {
		t.Fatalf("Open(fd@%d) = %v, %v", owner.FD, s, err)
	}
	s.Discard()
	if _, err := Of(owner.FD, "", ""); err != nil {
		t.Errorf("Discard closed an inherited descriptor: %v", err)
	}
	if _, _, err := Open(Spec{Family: FD, FD: 9999}); !errors.Is(err, syscall.EBADF) {
		t.Errorf("Open(fd@9999) = %v, want bad descriptor", err)
	}
}

func TestUnknownNamespaceIsAnError(t *testing.T) {
	spec := v4(0)
	spec.Namespace = "segue-no-such"
	_, _, err := Open(spec)
	if err == nil || !strings.Contains(err.Error(), "segue-no-such") {
		t.Errorf("err = %v, want the namespace's name", err)
	}
}
