package segue_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestUnit checks what an operator relies on: a wrong file ends "systemctl
// reload" before the signal is sent, and systemd understands every line.
func TestUnit(t *testing.T) {
	text, err := os.ReadFile("packaging/segue.service")
	if err != nil {
		t.Fatal(err)
	}
	var reload []string
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecReload="); ok {
			reload = append(reload, v)
		}
	}
	if len(reload) != 2 || !slices.Contains(strings.Fields(reload[0]), "-c") || !strings.HasPrefix(reload[1], "/bin/kill -USR2 ") {
		t.Errorf("ExecReload = %q, want a check and then the signal", reload)
	}
	verify, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze")
	}
	// A program that is there on every machine stands for ours.
	unit := filepath.Join(t.TempDir(), "segue.service")
	if err := os.WriteFile(unit, []byte(strings.ReplaceAll(string(text), "/usr/sbin/segue", "/bin/true")), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(verify, "verify", "--man=no", unit).CombinedOutput(); err != nil || strings.Contains(string(out), "segue.service") {
		t.Errorf("systemd-analyze: %v\n%s", err, out)
	}
}
