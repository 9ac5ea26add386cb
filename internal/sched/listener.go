package sched

import (
	"net/netip"
	"syscall"
	"time"
)

// Acceptor takes accepted connections. Accepted runs on the loop's thread
// outside any task and owns fd. More is asked before each accept: false leaves
// the rest in the kernel's queue until Listener.Resume.
type Acceptor interface {
	Accepted(l *Loop, fd int32, from netip.AddrPort)
	More(l *Loop) bool
}

// Listener is one listening descriptor that every loop of a group polls. It is
// created once and shared; the fields are set before Watch.
type Listener struct {
	FD       int32
	Acceptor Acceptor
	// MaxAccept bounds the accepts of one wake-up, so that the other
	// connections of the loop and the other loops get their turn.
	MaxAccept int
	// Receive, if not nil, is called in place of accepting: the socket takes
	// datagrams. It must not wait.
	Receive func(l *Loop, fd int32)
}

// watched is a loop's own record of a listener that it polls.
type watched struct {
	ln     *Listener
	loop   *Loop
	timer  Timer
	paused bool
	shed   bool // paused for want of descriptors: the timer runs
}

// How long accepting rests for want of descriptors: until one has been free for
// a moment, in which more may follow, or for the time after which others may
// have let go of theirs.
const (
	shedRest  = int64(100 * time.Millisecond)
	freedRest = int64(5 * time.Millisecond)
)

// Watch adds ln to the loop. It must be called on the loop's thread.
func (l *Loop) Watch(ln *Listener) syscall.Errno {
	w := &watched{ln: ln, loop: l}
	slot := -1
	for i, x := range l.listeners {
		if x == nil {
			slot = i
		} else if x.ln == ln {
			return 0
		}
	}
	if slot < 0 {
		slot = len(l.listeners)
		l.listeners = append(l.listeners, nil)
	}
	if e := l.sys.WatchListener(ln.FD, int32(-1-slot)); e != 0 {
		return e
	}
	l.listeners[slot] = w
	return 0
}

// Unwatch takes ln out of the loop; the descriptor stays open.
func (l *Loop) Unwatch(ln *Listener) {
	for i, w := range l.listeners {
		if w != nil && w.ln == ln {
			l.StopTimer(&w.timer)
			if !w.paused {
				l.sys.Forget(ln.FD)
			}
			l.listeners[i] = nil
		}
	}
}

// Pause leaves ln's connections in the kernel's queue until Resume.
func (l *Loop) Pause(ln *Listener) {
	for _, w := range l.listeners {
		if w != nil && w.ln == ln && !w.paused {
			w.paused = true
			l.sys.Forget(ln.FD)
		}
	}
}

// Resume ends Pause.
func (l *Loop) Resume(ln *Listener) {
	for i, w := range l.listeners {
		if w != nil && w.ln == ln && w.paused {
			w.paused = l.sys.WatchListener(ln.FD, int32(-1-i)) != 0
		}
	}
}

// Expire ends a pause for want of descriptors.
func (w *watched) Expire(int64) {
	w.shed = false
	w.loop.Resume(w.ln)
}

// freed hastens the end of pauses for want of descriptors: the loop has closed
// one.
func (l *Loop) freed() {
	l.starved = false
	for _, w := range l.listeners {
		if w != nil && w.shed {
			l.SetTimer(&w.timer, w, l.now+freedRest)
		}
	}
}

// TakeRest accepts what waits in the queue of a listener that the loop no
// longer watches, most connections at most.
func (l *Loop) TakeRest(ln *Listener, most int) {
	if ln.Receive != nil {
		ln.Receive(l, ln.FD)
		return
	}
	for range most {
		fd, from, e := l.sys.Accept(ln.FD)
		switch e {
		case 0:
			ln.Acceptor.Accepted(l, fd, from)
		case syscall.EINTR, syscall.ECONNABORTED:
		default:
			return
		}
	}
}

func (l *Loop) acceptReady(ev *syscall.EpollEvent) {
	slot := int(-1 - ev.Pad)
	if slot >= len(l.listeners) || l.listeners[slot] == nil {
		return
	}
	w := l.listeners[slot]
	if w.ln.Receive != nil {
		w.ln.Receive(l, w.ln.FD)
		return
	}
	for range max(w.ln.MaxAccept, 1) {
		if !w.ln.Acceptor.More(l) {
			return
		}
		fd, from, e := l.sys.Accept(w.ln.FD)
		switch e {
		case 0:
			w.ln.Acceptor.Accepted(l, fd, from)
		case syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM:
			l.Stats.Shed.Add(1)
			l.Pause(w.ln)
			w.shed, l.starved = true, true
			l.SetTimer(&w.timer, w, l.now+shedRest)
			return
		case syscall.ESHUTDOWN: // nobody will pass connections any more
			l.Pause(w.ln)
			return
		case syscall.EINTR, syscall.ECONNABORTED:
		default:
			return
		}
	}
}
