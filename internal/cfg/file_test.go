package cfg

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestReadFileIsBounded(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file, want, err string
	}{
		{name: "file", file: write(t, dir, "a", "text"), want: "text"},
		{name: "empty file", file: write(t, dir, "b", "")},
		{name: "as long as may be", file: write(t, dir, "c", strings.Repeat("x", 1000)), want: strings.Repeat("x", 1000)},
		{name: "too long", file: write(t, dir, "d", strings.Repeat("x", 1001)), err: "larger than 1000 bytes"},
		{name: "no size of its own", file: "/proc/sys/kernel/ostype", want: "Linux\n"},
		{name: "empty device", file: "/dev/null"},
		{name: "device without end", file: "/dev/zero", err: "larger than 100 bytes"},
		{name: "pipe without writer", file: fifo, err: "empty pipe"},
		{name: "folder", file: dir, err: "is a directory"},
		{name: "no such file", file: dir + "/none", err: "no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, err := readFile(c.file, 1000, 100, time.Minute)
			if string(data) != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q, %v; want %q, %q", data, err, c.want, c.err)
			}
		})
	}
}

func TestReadFileFromPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	name := filepath.Join("/proc/self/fd", strconv.Itoa(int(r.Fd())))
	if _, err := w.WriteString("half"); err != nil {
		t.Fatal(err)
	}
	if data, err := readFile(name, 1000, 100, time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a writer that is silent: %q, %v; want an error of time", data, err)
	}
	if _, err := w.WriteString("whole"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if data, err := readFile(name, 1000, 100, time.Minute); string(data) != "whole" || err != nil {
		t.Errorf("%q, %v; want what was written", data, err)
	}
	if _, err := ReadFile("/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want that of the system", err)
	}
}
