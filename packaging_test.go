package segue_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

// TestInstall installs into an empty directory: what a package would hold.
func TestInstall(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make")
	}
	root := t.TempDir()
	program := filepath.Join(t.TempDir(), "segue")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, error) {
		// The program stands for the built one, which make would build first.
		cmd := exec.Command("make", append([]string{"-o", program, "BIN=" + program, "DESTDIR=" + root, "PREFIX=/opt/lb"}, args...)...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run("install", "HAPROXY_LINK=1"); err != nil {
		t.Fatalf("make install: %v\n%s", err, out)
	}
	modes := map[string]os.FileMode{
		"/opt/lb/sbin/segue": 0o755, "/opt/lb/lib/systemd/system/segue.service": 0o644, "/opt/lb/etc/logrotate.d/segue": 0o644,
		"/opt/lb/etc/rsyslog.d/49-segue.conf": 0o644, "/opt/lb/share/doc/segue/README.md": 0o644, "/opt/lb/share/doc/segue/doc/manual/keywords.md": 0o644,
	}
	for name, mode := range modes {
		info, err := os.Stat(root + name)
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v; want mode %v", name, info, err, mode)
		}
	}
	unit, _ := os.ReadFile(root + "/opt/lb/lib/systemd/system/segue.service")
	if strings.Contains(string(unit), "/usr/sbin/segue") || !strings.Contains(string(unit), "ExecStart=/opt/lb/sbin/segue -Ws ") ||
		!strings.Contains(string(unit), "CONFIG=/opt/lb/etc/segue/segue.cfg") {
		t.Errorf("the unit does not start the installed program on the file beside it:\n%s", unit)
	}
	deadLinks(t, root+"/opt/lb/share/doc/segue")
	if to, err := os.Readlink(root + "/opt/lb/sbin/haproxy"); to != "segue" {
		t.Errorf("haproxy is a link to %q, %v", to, err)
	}
	if out, err := run("uninstall"); err != nil {
		t.Fatalf("make uninstall: %v\n%s", err, out)
	}
	for name := range modes {
		if _, err := os.Lstat(root + name); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
	if _, err := os.Lstat(root + "/opt/lb/sbin/haproxy"); err == nil {
		t.Error("the link is still there")
	}
	// Somebody's own haproxy stays.
	if err := os.WriteFile(root+"/opt/lb/sbin/haproxy", []byte("own"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := run("install", "HAPROXY_LINK=1"); err == nil {
		t.Error("a program named haproxy is replaced without a word")
	}
	if text, _ := os.ReadFile(root + "/opt/lb/sbin/haproxy"); string(text) != "own" {
		t.Errorf("a program named haproxy has become %q", text)
	}
}

// deadLinks fails for each link from a page to a file that was not installed.
func deadLinks(t *testing.T, dir string) {
	t.Helper()
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	checked := 0
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".md" {
			return err
		}
		page, err := os.ReadFile(name)
		for _, m := range link.FindAllSubmatch(page, -1) {
			checked++
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), string(m[1]))); err != nil {
				t.Errorf("%s links to what is not there: %v", name, err)
			}
		}
		return err
	})
	if err != nil || checked == 0 {
		t.Errorf("%d links of the installed pages were looked at: %v", checked, err)
	}
}
