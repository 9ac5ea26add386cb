package stats

import (
	"strings"
	"testing"

	"segue/internal/command"
)

// Objects without a guid are left out; what is not counted is 0.
func TestDumpStatsFile(t *testing.T) {
	c := newCall(t, command.User)
	g := c.Process.Gen.Load()
	fe, be := g.Fronts["fe"], g.Backs["be"]
	fe.Conf.GUID, be.Conf.GUID, be.Servers[1].Conf.GUID = "f:1", "b-1", "s-2"
	fe.Front.CumSess.Store(7)
	be.Servers[1].State.LBTotal.Store(5)
	parts := strings.Split(run(c, "dump stats-file"), "\n\n")
	if len(parts) != 2 {
		t.Fatalf("got %d parts, want 2: %q", len(parts), parts)
	}
	for i, want := range [][]string{{"f:1"}, {"s-2", "b-1"}} {
		lines := strings.Split(strings.TrimSpace(parts[i]), "\n")
		head := strings.Split(lines[0], ",")
		if len(lines) != len(want)+1 {
			t.Fatalf("part %d has %d objects, want %d: %q", i, len(lines)-1, len(want), lines)
		}
		for j, guid := range want {
			fields := strings.Split(lines[j+1], ",")
			if fields[0] != guid || len(fields) != len(head) {
				t.Errorf("line %q: want %d fields, the first %q", lines[j+1], len(head), guid)
			}
			for k, name := range head {
				switch guid + " " + name {
				case "f:1 stot":
					wantField(t, name, fields[k], "7")
				case "s-2 lbtot":
					wantField(t, name, fields[k], "5")
				case "s-2 comp_in", "s-2 lastsess", "b-1 chkfail":
					wantField(t, name, fields[k], "0")
				}
			}
		}
	}
}

func wantField(t *testing.T, name, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s = %s, want %s", name, got, want)
	}
}
