package reload

import (
	"net"
	"strings"
	"testing"
	"time"
)

// TestReloadIsLogged: what came of a reload goes to the global log targets, since
// nobody sees what a master in the background prints.
func TestReloadIsLogged(t *testing.T) {
	logs, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	s := newService(t)
	good := strings.Replace(s.pair([2]string{})[0], "global\n", "global\n log "+logs.LocalAddr().String()+" local0\n", 1)
	s.write(good)
	s.startMaster()
	for _, c := range []struct{ name, file, want string }{
		{"a file with an error", good + " no_such_word\n", "<131>|Reload failed; the previous configuration keeps serving: config : parsing [|unknown keyword 'no_such_word'"},
		{"in place", good, "<133>|Reload done; the new configuration serves."},
		{"a new worker", strings.Replace(good, "global\n", "global\n nbthread 3\n", 1), "<133>|Reload done; the new configuration serves."},
	} {
		s.write(c.file)
		s.tryReload()
		line := nextLog(t, logs, "Reload ")
		for part := range strings.SplitSeq(c.want, "|") {
			if !strings.Contains(line, part) {
				t.Errorf("%s: logged %q, want %q in it", c.name, line, part)
			}
		}
	}
}

// nextLog is the next line that has text in it.
func nextLog(t *testing.T, logs net.PacketConn, text string) string {
	t.Helper()
	buf := make([]byte, 4096)
	logs.SetReadDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // it is open
	for {
		n, _, err := logs.ReadFrom(buf)
		if err != nil {
			t.Fatalf("no line with %q: %v", text, err)
		}
		if line := string(buf[:n]); strings.Contains(line, text) {
			return line
		}
	}
}
