package link

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"segue/internal/conf"
	"segue/internal/front"
	"segue/internal/lb"
)

// TestItemsAreAllOrNothing: a newcomer that got some of the sockets would bind
// the others anew.
func TestItemsAreAllOrNothing(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	f, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, c := range []struct {
		name     string
		fd       int32
		stopping bool
		want     int
		all      bool
	}{
		{name: "a process that serves gives all", fd: int32(f.Fd()), want: 1, all: true},
		{name: "one that drains gives none", fd: int32(f.Fd()), stopping: true},
		{name: "one that lacks a descriptor says so", fd: -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &Worker{engine: &Engine{Process: &lb.Process{}, listeners: map[listenerID]*front.Listener{}}}
			l := &front.Listener{}
			l.FD = c.fd
			l.Use(&lb.Bind{Conf: &conf.Bind{}})
			w.engine.listeners[listenerID{}] = l
			w.engine.Process.Stopping.Store(c.stopping)
			list, all := w.items()
			for _, it := range list {
				if it.FD == int(c.fd) {
					t.Errorf("items gives descriptor %d itself, want a duplicate", it.FD)
				}
				unix.Close(it.FD)
			}
			if len(list) != c.want || all != c.all {
				t.Errorf("items() = %d sockets, all %v, want %d, %v", len(list), all, c.want, c.all)
			}
		})
	}
}
