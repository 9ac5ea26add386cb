package mcli

import (
	"bufio"
	"io"
	"testing"
	"time"
)

// What comes behind a session with a worker is the master's again.
func TestAfterASessionWithAWorker(t *testing.T) {
	near, far := halves(t)
	go Serve(far, Admin, &fakeMaster{})
	near.SetDeadline(time.Now().Add(5 * time.Second))
	in := bufio.NewReader(near)
	ask := func(line string, want ...string) {
		t.Helper()
		if _, err := io.WriteString(near, line+"\n"); err != nil {
			t.Fatal(err)
		}
		for _, w := range append(want, "") {
			if got, err := in.ReadString('\n'); err != nil || got != w+"\n" {
				t.Fatalf("%q answers %q, %v, want %q", line, got, err, w)
			}
		}
	}
	ask("@@1 show info", `21 admin "show info\n"`)
	ask("show version", "3.4.0")
	ask("@@!21", `21 admin "prompt i\n"`)
	ask("show version", "3.4.0")
}
