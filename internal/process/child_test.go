package process

import (
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
	go c.listen()
	reaping.Lock()
	go c.wait(&reaping, exits)
	if err := ctl.send(message{Op: opDrain}); err != nil {
		t.Fatal(err)
	}
	within(t, 10*time.Second, "the child has ended", func() bool {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(c.pid) + "/stat")
		return err == nil && strings.Contains(string(text), ") Z ")
	})
	<-c.silent
	select {
	case <-c.exited:
		t.Error("the child was waited for")
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
