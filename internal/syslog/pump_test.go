package syslog

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pipe makes a pipe whose write end is a plain blocking descriptor.
func pipe(t *testing.T) (r *os.File, fd int) {
	t.Helper()
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	r = os.NewFile(uintptr(fds[0]), "pipe")
	t.Cleanup(func() { r.Close() })
	return r, fds[1]
}

func TestPumpWritesLinesInOrder(t *testing.T) {
	for _, nonblock := range []bool{false, true} {
		t.Run(fmt.Sprint("nonblock=", nonblock), func(t *testing.T) {
			r, fd := pipe(t)
			if err := unix.SetNonblock(fd, nonblock); err != nil {
				t.Fatal(err)
			}
			s, err := Open(Config{Target: Target{Kind: FD, FD: fd}, Format: Raw, Level: Debug})
			if err != nil {
				t.Fatal(err)
			}
			w := s.NewWriter()
			const n = 2000 // more than a pipe holds
			go func() {
				for i := range n {
					put(w, at, fmt.Sprintf("%d %s", i, strings.Repeat("x", 60)))
					if i%7 == 0 {
						w.Flush()
					}
				}
				w.Close()
				s.Close(10 * time.Second)
				unix.Close(fd)
			}()
			sc := bufio.NewScanner(r)
			i := 0
			for ; sc.Scan(); i++ {
				if !strings.HasPrefix(sc.Text(), fmt.Sprint(i, " ")) {
					t.Fatalf("line %d = %q", i, sc.Text())
				}
			}
			if i != n || s.Dropped() != 0 {
				t.Errorf("%d lines, want %d; %d dropped", i, n, s.Dropped())
			}
		})
	}
}

func TestPumpNeverBlocksOnStuckReader(t *testing.T) {
	r, fd := pipe(t)
	s, err := Open(Config{Target: Target{Kind: FD, FD: fd}, Format: Raw, Level: Debug})
	if err != nil {
		t.Fatal(err)
	}
	w := s.NewWriter()
	line := strings.Repeat("x", 1000)
	sent := uint64(0)
	for s.Dropped() == 0 { // ends: nobody reads
		put(w, at, line)
		w.Flush()
		if sent++; sent > 100000 {
			t.Fatal("nothing is dropped although nobody reads")
		}
	}
	s.Close(time.Millisecond) // the goroutine hangs in its write
	put(w, at, "after close")
	before := s.Dropped()
	w.Flush()
	if s.Dropped() != before+1 {
		t.Errorf("%d dropped after close, want %d", s.Dropped(), before+1)
	}
	go io.Copy(io.Discard, r)
	<-s.pump.done
	unix.Close(fd)
}

func TestPumpCountsLinesForClosedReader(t *testing.T) {
	r, fd := pipe(t)
	r.Close()
	s, w := open(t, Config{Target: Target{Kind: FD, FD: fd}})
	put(w, at, "one", "two")
	w.Flush()
	s.Close(5 * time.Second)
	if s.Dropped() != 2 {
		t.Errorf("%d dropped, want 2", s.Dropped())
	}
	unix.Close(fd)
}

func TestPumpKeepsMessagesApartOnDatagramSocket(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	s, w := open(t, Config{Target: Target{Kind: FD, FD: fds[1]}})
	put(w, at, "one", "two")
	w.Flush()
	s.Close(5 * time.Second)
	buf := make([]byte, 100)
	for _, want := range []string{"one\n", "two\n"} {
		n, err := unix.Read(fds[0], buf)
		if err != nil || string(buf[:n]) != want {
			t.Errorf("read %q, %v, want %q", buf[:n], err, want)
		}
	}
}

func TestPumpSharedByWriters(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := Open(Config{Target: Target{Kind: FD, FD: int(f.Fd())}, Format: Raw, Level: Debug})
	if err != nil {
		t.Fatal(err)
	}
	var loops sync.WaitGroup
	for l := range 4 {
		loops.Go(func() {
			w := s.NewWriter()
			for i := range 500 {
				put(w, at, fmt.Sprintf("%d.%d", l, i))
				w.Flush()
			}
			w.Close()
		})
	}
	loops.Wait()
	s.Close(5 * time.Second)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	next := map[string]int{}
	for line := range strings.Lines(string(text)) {
		l, i, _ := strings.Cut(strings.TrimSpace(line), ".")
		if i != fmt.Sprint(next[l]) {
			t.Fatalf("loop %s: line %q, want number %d", l, line, next[l])
		}
		next[l]++
	}
	if len(next) != 4 || next["0"] != 500 || next["3"] != 500 || s.Dropped() != 0 {
		t.Errorf("lines of each loop: %v; %d dropped", next, s.Dropped())
	}
}
