package vtc

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// limit is how long a scenario may take, in seconds, as varnishtest wants it.
const limit = "30"

// TestScenarios runs every .vtc file as a subtest named <area>/<what>.
func TestScenarios(t *testing.T) {
	runner, err := exec.LookPath("varnishtest")
	if err != nil {
		t.Skip("varnishtest is not installed (Debian's package varnish; `make test-tools` installs it)")
	}
	files, err := filepath.Glob("*/*.vtc")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios found: %v", err)
	}
	program := program(t)
	for _, f := range files {
		t.Run(strings.TrimSuffix(f, ".vtc"), func(t *testing.T) {
			t.Parallel()
			run(t, runner, program, f)
		})
	}
}

// program is what HAPROXY_PROGRAM names, or else Segue as it is now.
func program(t *testing.T) string {
	t.Helper()
	if p := os.Getenv("HAPROXY_PROGRAM"); p != "" {
		// Relative names are meant from the caller's folder, which is not ours.
		if strings.ContainsRune(p, '/') && !filepath.IsAbs(p) {
			t.Fatalf("HAPROXY_PROGRAM=%s: want an absolute path", p)
		}
		return p
	}
	noteSources(t)
	out := filepath.Join(t.TempDir(), "segue")
	cmd := exec.Command("go", "build", "-o", out, "segue/cmd/segue")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as the Makefile builds it
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("cannot build segue: %v\n%s", err, text)
	}
	return out
}

// noteSources looks at the program's folders, so that go test does not take a
// result from its cache after they have changed: it remembers which directories
// a test has read, but not what a build that the test starts has.
func noteSources(t *testing.T) {
	t.Helper()
	for _, top := range []string{"../../cmd", "../../internal"} {
		if err := filepath.WalkDir(top, func(_ string, _ fs.DirEntry, err error) error { return err }); err != nil {
			t.Fatal(err)
		}
	}
}

// run runs one scenario. Its log is shown only where something went wrong.
func run(t *testing.T, runner, program, file string) {
	t.Helper()
	// varnishtest ends by itself; the context is for a runner that does not.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, runner, "-t", limit, file)
	// Its folders have names that must fit a unix socket's path.
	cmd.Env = append(os.Environ(), "HAPROXY_PROGRAM="+program, "TMPDIR=/tmp")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 77 {
		t.Skipf("varnishtest skipped it: %s", lastLine(out))
	}
	if err != nil {
		t.Errorf("%s: %v\n%s", file, err, tail(out, 120))
	}
}

func lastLine(b []byte) []byte {
	b = bytes.TrimSpace(b)
	return b[bytes.LastIndexByte(b, '\n')+1:]
}

// tail is the last n lines.
func tail(b []byte, n int) []byte {
	lines := bytes.SplitAfter(b, []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-n):], nil)
}

// firstLine is what a scenario must begin with.
var firstLine = regexp.MustCompile(`^varnishtest "[A-Z][^"]{20,}\."\n`)

func TestScenariosSayWhatTheyShow(t *testing.T) {
	files, _ := filepath.Glob("*/*.vtc")
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !firstLine.Match(text) {
			t.Errorf("%s does not begin with a sentence: %s", f, bytes.SplitN(text, []byte("\n"), 2)[0])
		}
	}
}
