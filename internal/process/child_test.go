package process

import (
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// While the master becomes another binary, a worker that ends keeps its number
// and its control socket: the new master gets both.
func TestChildThatEndsIsLeftToTheNextMaster(t *testing.T) {
	ctl, far, err := newPair()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", "head -c1 <&3 >/dev/null; exit 7")
	cmd.ExtraFiles = []*os.File{far}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	far.Close()
	c := newChild(ctl, cmd.Process)
	var reaping sync.RWMutex
	exits := make(chan *child, 1)
	reaping.Lock()
	go c.listen(&reaping)
	go c.wait(&reaping, exits)
	if err := ctl.send(message{Op: opDrain}); err != nil {
		t.Fatal(err)
	}
	within(t, 10*time.Second, "the child has ended", func() bool {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(c.pid) + "/stat")
		return err == nil && strings.Contains(string(text), ") Z ")
	})
	select {
	case <-c.exited:
		t.Error("the child was waited for")
	case <-c.silent:
		t.Error("the child's end was heard")
	default:
	}
	if fd, err := ctl.descriptor(); err != nil {
		t.Errorf("the control socket %d is closed: %v", fd, err)
	}
	reaping.Unlock()
	if got := <-exits; got != c || c.status != 7 {
		t.Errorf("status %d, want 7", c.status)
	}
	if _, err := ctl.descriptor(); err == nil {
		t.Error("the control socket is still open")
	}
}

// What a worker has counted at its end is heard, however late its master gets to
// it and whoever has the worker's end of the socket still.
func TestLastWordsAreHeard(t *testing.T) {
	for _, tc := range []struct {
		name         string
		held, unread bool
	}{
		{name: "its socket is closed"},
		{name: "a process that it started has its socket", held: true},
		{name: "it has not read everything", unread: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctl, end, err := newPair()
			if err != nil {
				t.Fatal(err)
			}
			far, err := openControl(end)
			if err != nil {
				t.Fatal(err)
			}
			defer far.close()
			cmd := exec.Command("true")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			c := newChild(ctl, cmd.Process)
			heard := 0
			c.rest = func(from *child, _ int) {
				if from == c {
					heard++
				}
			}
			var reaping sync.RWMutex
			exits := make(chan *child, 1)
			reaping.Lock()
			go c.listen(&reaping)
			go c.wait(&reaping, exits)
			for range 2 {
				f, err := memoryFile("rest")
				if err != nil {
					t.Fatal(err)
				}
				if err := far.send(message{Op: opRest, fds: []int{int(f.Fd())}}); err != nil {
					t.Fatal(err)
				}
				f.Close()
			}
			if tc.unread {
				if err := ctl.send(message{Op: opCLI}); err != nil {
					t.Fatal(err)
				}
			}
			if !tc.held {
				far.close()
			}
			reaping.Unlock()
			<-exits
			if heard != 2 {
				t.Errorf("%d of the last words were heard, want 2", heard)
			}
		})
	}
}

// What a worker says while its master becomes another binary is read by that.
func TestMasterThatHearsIsBusy(t *testing.T) {
	ctl, end, err := newPair()
	if err != nil {
		t.Fatal(err)
	}
	defer ctl.close()
	far, err := openControl(end)
	if err != nil {
		t.Fatal(err)
	}
	defer far.close()
	m := &master{exits: make(chan *child, 1), requests: make(chan *request, 1)}
	if err := far.send(message{Op: opHello}); err != nil {
		t.Fatal(err)
	}
	if _, err := ctl.hear(m.reaping.RLocker()); err != nil {
		t.Fatal(err)
	}
	if err := m.execute(); err != errBusy {
		t.Errorf("execute: %v, want %v", err, errBusy)
	}
	m.reaping.RUnlock()
}

// A reload that a signal asked for at the last moment is not lost with the binary.
func TestMasterThatIsAskedIsBusy(t *testing.T) {
	m := &master{exits: make(chan *child, 1), requests: make(chan *request, 1)}
	m.ask(false)
	if err := m.execute(); err != errBusy {
		t.Errorf("execute: %v, want %v", err, errBusy)
	}
}

// A worker that ends before the master has recorded that it serves is the one that
// served, not one whose load failed.
func TestWorkerThatEndsAtOnceIsMissed(t *testing.T) {
	m := &master{con: &console{w: io.Discard}, exits: make(chan *child, 1), settled: make(chan struct{}, 1), activating: true}
	c := &child{pid: 1, status: 3}
	if end, _ := m.gone(c); end {
		t.Fatal("the service ended while a configuration was loaded")
	}
	m.children, m.current = []*child{c}, c
	m.loadEnded()
	if end, status := m.gone(<-m.exits); !end || status != 3 {
		t.Errorf("gone = %v, %d, want the end with status 3", end, status)
	}
}
