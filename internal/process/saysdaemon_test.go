package process

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestDaemonLineIsFound(t *testing.T) {
	tests := []struct {
		name, text string
		want       bool
	}{
		{"in global", "global\n\tdaemon\n", true},
		{"with a comment behind it", "global\n  daemon # yes\n", true},
		{"a comment at its end", "global\n  daemon#yes\n", true},
		{"with a carriage return", "global\r\n daemon\r\n", true},
		{"without a last line feed", "global\n daemon", true},
		{"behind a block", "global\n.if 1\n node a\n.endif\n daemon\n", true},
		{"in a block nobody knows", "global\n.if feature(X)\n daemon\n.endif\n", false},
		{"commented out", "global\n # daemon\n", false},
		{"another word", "global\n daemonic\n log daemon\n", false},
		{"deep in a long line", "global\n log " + strings.Repeat("x", 9000) + "\n daemon\n", true},
		{"a word in a long line", "global\n log " + strings.Repeat(" daemon", 2000) + "\n", false},
		{"nothing", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "cfg")
			if err := os.WriteFile(name, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := saysDaemon([]string{"/nonexistent", name}); got != tt.want {
				t.Errorf("saysDaemon(%q) = %v, want %v", tt.text, got, tt.want)
			}
		})
	}
}

func TestDaemonLineIsNotSoughtInPipes(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	if saysDaemon([]string{name, t.TempDir()}) { // a pipe without a writer would block
		t.Error("a pipe or a directory has a daemon line")
	}
}
