package cfg

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"segue/internal/diag"
)

// MaxSource is the size in bytes above which a source is refused: far more
// than any configuration, and little enough for a wrong file to do no harm.
const MaxSource = 256 << 20

// stdinName is how a configuration from standard input is called in messages.
const stdinName = "/dev/stdin"

// ReadSources loads what the -f options and trailing arguments name, in their
// order. A directory stands for the files in it that end in ".cfg" and do not
// begin with a dot, in the order of their bytes (the C locale), not entering
// subdirectories. "-" and "/dev/stdin" are standard input, which can be read
// once. Files are read with open; nil means ReadFile.
//
// What cannot be read is reported to d and left out.
func ReadSources(paths []string, stdin io.Reader, open func(string) ([]byte, error), d *diag.List) []Source {
	l := loader{stdin: stdin, open: open, d: d, limit: MaxSource}
	if l.open == nil {
		l.open = ReadFile
	}
	for _, p := range paths {
		l.path(p)
	}
	return l.srcs
}

// A loader is the state of one ReadSources.
type loader struct {
	stdin io.Reader // nil once it has been read
	open  func(string) ([]byte, error)
	d     *diag.List
	limit int // largest source in bytes
	srcs  []Source
}

// path loads one argument.
func (l *loader) path(p string) {
	if p == "-" || p == stdinName {
		l.fromStdin()
		return
	}
	st, err := os.Stat(p)
	if err == nil && st.IsDir() {
		l.dir(p)
		return
	}
	// Anything else is for open to judge: it may know files that are not on
	// disk, such as those of a bundle handed over by the master.
	l.file(p, "Cannot open configuration file/directory %s : %s")
}

// file loads one file; format is the message when that fails.
func (l *loader) file(p, format string) {
	data, err := l.open(p)
	if err != nil {
		l.d.Alertf(diag.Pos{}, format, p, reason(err))
		return
	}
	l.add(p, data)
}

func (l *loader) add(name string, data []byte) {
	if len(data) > l.limit {
		l.d.Alertf(diag.Pos{}, "Cannot load configuration file %s : larger than %d bytes", name, l.limit)
		return
	}
	l.srcs = append(l.srcs, Source{Name: name, Data: data})
}

// fromStdin reads standard input to its end.
func (l *loader) fromStdin() {
	if l.stdin == nil {
		l.d.Alertf(diag.Pos{}, "Cannot open configuration file %s : standard input can be read only once", stdinName)
		return
	}
	data, err := io.ReadAll(io.LimitReader(l.stdin, int64(l.limit)+1))
	l.stdin = nil
	if err != nil {
		l.d.Alertf(diag.Pos{}, "Cannot open configuration file %s : %s", stdinName, reason(err))
		return
	}
	l.add(stdinName, data)
}

// dir loads the *.cfg files of a directory.
func (l *loader) dir(p string) {
	entries, err := os.ReadDir(p)
	if err != nil {
		l.d.Alertf(diag.Pos{}, "Cannot open configuration directory %s : %s", p, reason(err))
		return
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".cfg") && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	for _, name := range names {
		file := p + string(filepath.Separator) + name // as HAProxy names it: no cleaning
		st, err := os.Stat(file)
		if err == nil && !st.Mode().IsRegular() {
			continue // directories, sockets and devices are not configuration
		}
		l.file(file, "Cannot open configuration file %s : %s")
	}
}

// reason is the operating system's text for err, as C programs print it: "No
// such file or directory".
func reason(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		s := errno.Error()
		return strings.ToUpper(s[:1]) + s[1:]
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "No such file or directory"
	}
	return err.Error()
}
