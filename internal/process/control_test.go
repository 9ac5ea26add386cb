package process

import (
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// controls returns both ends of a control socket.
func controls(t *testing.T) (a, b *control) {
	t.Helper()
	a, far, err := newPair()
	if err != nil {
		t.Fatal(err)
	}
	if b, err = openControl(far); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.close(); b.close() })
	return a, b
}

func TestControlCarriesDescriptors(t *testing.T) {
	a, b := controls(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	want := message{Op: opSockets, Gen: 7, Index: make([]int, maxPassed), Text: "x"}
	for i := range maxPassed {
		want.Index[i] = 1000000 + i
		want.fds = append(want.fds, int(w.Fd()))
	}
	if err := a.send(want); err != nil {
		t.Fatal(err)
	}
	got, err := b.receive()
	if err != nil {
		t.Fatal(err)
	}
	defer got.closeFDs()
	if len(got.fds) != maxPassed {
		t.Fatalf("%d descriptors arrived, want %d", len(got.fds), maxPassed)
	}
	if _, err := unix.Write(got.fds[maxPassed-1], []byte("y")); err != nil {
		t.Errorf("the last one is not the pipe: %v", err)
	}
	if flags, _ := unix.FcntlInt(uintptr(got.fds[0]), unix.F_GETFD, 0); flags&unix.FD_CLOEXEC == 0 {
		t.Error("children would inherit it")
	}
	got2 := got
	got2.fds, want.fds = nil, nil
	if !reflect.DeepEqual(got2, want) {
		t.Errorf("got %+v, want %+v", got2, want)
	}
}

func TestControlCutsLongErrors(t *testing.T) {
	a, b := controls(t)
	if err := a.send(message{Op: opFailed, Text: strings.Repeat("e", 2*maxPacket)}); err != nil {
		t.Fatal(err)
	}
	m, err := b.receive()
	if err != nil || len(m.Text) < maxPacket/4 || !strings.HasSuffix(m.Text, "...") {
		t.Errorf("got %d bytes, %v", len(m.Text), err)
	}
}

func TestControlTellsTheEnd(t *testing.T) {
	a, b := controls(t)
	a.close()
	if _, err := b.receive(); !errors.Is(err, io.EOF) {
		t.Errorf("err = %v, want EOF", err)
	}
}
