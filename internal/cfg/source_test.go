package cfg

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"segue/internal/diag"
)

// write creates a file below dir and returns its name.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func sourceNames(srcs []Source, dir string) string {
	var b strings.Builder
	for _, s := range srcs {
		b.WriteString(strings.TrimPrefix(s.Name, dir) + "=" + string(s.Data) + " ")
	}
	return strings.TrimSpace(b.String())
}

func TestReadSourcesOrdersDirectories(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{"b.cfg", "B.cfg", "_x.cfg", "1.cfg", ".hidden.cfg", "notes.txt", "a.cfg.bak"} {
		write(t, dir, n, "x")
	}
	if err := os.MkdirAll(filepath.Join(dir, "sub.cfg"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("b.cfg", filepath.Join(dir, "link.cfg")); err != nil {
		t.Fatal(err)
	}
	var d diag.List
	got := sourceNames(ReadSources([]string{dir}, nil, nil, &d), dir)
	if want := "/1.cfg=x /B.cfg=x /_x.cfg=x /b.cfg=x /link.cfg=x"; got != want || d.Errors() != 0 {
		t.Errorf("sources = %s, %d errors, want %s", got, d.Errors(), want)
	}
}

func TestReadSourcesKeepsTheOrderOfArguments(t *testing.T) {
	dir := t.TempDir()
	z, a := write(t, dir, "z.cfg", "z"), write(t, dir, "a.conf", "a")
	var d diag.List
	got := sourceNames(ReadSources([]string{z, "-", a, z}, strings.NewReader("in"), nil, &d), dir)
	if want := "/z.cfg=z /dev/stdin=in /a.conf=a /z.cfg=z"; got != want || d.Errors() != 0 {
		t.Errorf("sources = %s, %d errors, want %s", got, d.Errors(), want)
	}
}

func TestReadSourcesUsesOpen(t *testing.T) {
	var d diag.List
	open := func(name string) ([]byte, error) { return []byte("from " + name), nil }
	if got := sourceNames(ReadSources([]string{"/nowhere/x"}, nil, open, &d), ""); got != "/nowhere/x=from /nowhere/x" {
		t.Errorf("sources = %s", got)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("input is gone") }

func TestReadSourcesReportsWhatItCannotRead(t *testing.T) {
	dir := t.TempDir()
	ok := write(t, dir, "ok.cfg", "x")
	if err := os.Symlink("nowhere", filepath.Join(dir, "dead.cfg")); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing")
	tests := []struct {
		name  string
		paths []string
		stdin io.Reader
		want  string
		left  int // sources that were read all the same
	}{
		{"missing file", []string{missing, ok}, nil, "Cannot open configuration file/directory " + missing + " : No such file or directory", 1},
		{"dead link in a directory", []string{dir}, nil, "Cannot open configuration file " + dir + "/dead.cfg : No such file or directory", 1},
		{"standard input twice", []string{"-", "/dev/stdin"}, strings.NewReader("x"), "Cannot open configuration file /dev/stdin : standard input can be read only once", 1},
		{"standard input fails", []string{"-"}, failingReader{}, "Cannot open configuration file /dev/stdin : input is gone", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d diag.List
			srcs := ReadSources(tt.paths, tt.stdin, nil, &d)
			if d.Errors() != 1 || d.Entries()[0].Msg != tt.want || len(srcs) != tt.left {
				t.Errorf("%d sources, entries %+v, want %d and %q", len(srcs), d.Entries(), tt.left, tt.want)
			}
		})
	}
}

func TestReadSourcesRefusesHugeFiles(t *testing.T) {
	var d diag.List
	l := loader{stdin: strings.NewReader("12345"), d: &d, limit: 4,
		open: func(string) ([]byte, error) { return []byte("12345"), nil }}
	l.path("/nowhere/x")
	l.path("-")
	if len(l.srcs) != 0 || d.Errors() != 2 || !strings.HasSuffix(d.Entries()[0].Msg, "larger than 4 bytes") {
		t.Errorf("%d sources, entries %+v, want none and two refusals", len(l.srcs), d.Entries())
	}
}
