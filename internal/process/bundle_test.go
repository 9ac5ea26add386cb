package process

import (
	"bytes"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"segue/internal/process/flags"
	"segue/internal/process/listen"
	"segue/internal/process/privs"
)

// sample is a bundle that uses every part of the format.
func sample() *Bundle {
	return &Bundle{
		Head: Head{
			Version: "1", Options: flags.Options{Files: []string{"a.cfg"}, Master: true},
			Settings: Settings{HardStopAfter: time.Second, Privs: privs.Settings{UID: 5, HasUID: true}, Fixed: map[string]string{"nbthread": "4"}},
			Listeners: []listen.Spec{
				{Family: listen.IPv4, Addr: netip.MustParseAddr("127.0.0.1"), Port: 80, UserTimeout: time.Second},
				{Family: listen.Unix, Path: "/s", Mode: 0o600},
			},
			Namespaces: []string{"blue"},
			Names: []Name{
				{Network: "ip", Host: "b.example", Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}},
				{Network: "ip6", Host: "none.example", Err: "no such host"},
			},
		},
		Sources: []File{{Name: "a.cfg", Data: []byte("global\n")}, {Name: "empty.cfg", Data: []byte{}}},
		Files:   []File{{Name: "x.map", Data: []byte("a b\x00\n"), Mode: 0o644}, {Name: "gone", Err: "no such file", Errno: syscall.ENOENT, Data: []byte{}}},
	}
}

func TestBundleRoundTrip(t *testing.T) {
	var b bytes.Buffer
	want := sample()
	if _, err := want.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	got, err := readBundle(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for n := range b.Len() {
		if _, err := readBundle(bytes.NewReader(b.Bytes()[:n]), int64(n)); err == nil {
			t.Fatalf("%d of %d bytes are a bundle", n, b.Len())
		}
	}
}

// TestFileKeepsItsError: whoever opens a file of a bundle tells a missing file
// from others as with a file on disk.
func TestFileKeepsItsError(t *testing.T) {
	_, missing := os.Open("/none")
	for _, c := range []struct {
		err    error
		absent bool
	}{{missing, true}, {errors.New("larger than 5 bytes"), false}} {
		f := File{Name: "x"}
		f.Fail(c.err)
		if data, err := f.Content(); data != nil || err == nil || errors.Is(err, fs.ErrNotExist) != c.absent {
			t.Errorf("%v comes back as %q, %v; absent must be %t", c.err, data, err, c.absent)
		}
	}
}

func TestNeedsNewWorker(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Settings)
		want   string
	}{
		{name: "nothing", change: func(*Settings) {}},
		{name: "what a running process can change", change: func(s *Settings) { s.HardStopAfter, s.PidFile = 7, "/p" }},
		{name: "fewer descriptors", change: func(s *Settings) { s.Need.MaxConn = 1 }},
		{name: "more descriptors", change: func(s *Settings) { s.Need.MaxConn = 1e6 }, want: "more file descriptors"},
		{name: "user", change: func(s *Settings) { s.Privs.UID = 9 }, want: "user"},
		{name: "threads", change: func(s *Settings) { s.Fixed = map[string]string{"nbthread": "8"} }, want: "'nbthread' changed"},
		{name: "a setting was removed", change: func(s *Settings) { s.Fixed = nil }, want: "removed"},
		{name: "asked for", change: func(s *Settings) { s.NewWorker = true }, want: "new-worker"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			old, next := sample().Settings, sample().Settings
			old.Need.MaxConn, next.Need.MaxConn = 100, 100
			tc.change(&next)
			got := old.needsNewWorker(&next)
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("needsNewWorker = %q, want %q", got, tc.want)
			}
		})
	}
}

func FuzzReadBundle(f *testing.F) {
	var b bytes.Buffer
	sample().WriteTo(&b)
	f.Add(b.Bytes())
	f.Add([]byte(bundleMagic + "\x02\x00\x00\x00{}"))
	f.Add([]byte(bundleMagic + "\xff\xff\xff\xff{}"))
	f.Add([]byte(bundleMagic + "\x22\x00\x00\x00{\"files\":[{\"name\":\"x\",\"size\":-1}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := readBundle(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if _, err := got.WriteTo(&again); err != nil {
			t.Fatal(err)
		}
		if _, err := readBundle(bytes.NewReader(again.Bytes()), int64(again.Len())); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}
