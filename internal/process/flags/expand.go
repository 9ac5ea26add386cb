package flags

import (
	"errors"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
)

// Expand replaces each directory in paths by its configuration files: the
// regular files that end in ".cfg" and are not hidden, in byte order. "-" and
// names of files are kept. The error's text is HAProxy's.
func Expand(paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		if p == "-" {
			out = append(out, p)
			continue
		}
		st, err := os.Stat(p)
		if err != nil {
			return nil, openError(p, err)
		}
		if !st.IsDir() {
			out = append(out, p)
			continue
		}
		names, err := readDir(p)
		if err != nil {
			return nil, openError(p, err)
		}
		out = append(out, names...)
	}
	return out, nil
}

// readDir returns the configuration files of dir.
func readDir(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") || !strings.HasSuffix(name, ".cfg") {
			continue
		}
		path := filepath.Join(dir, name)
		// Stat, not Lstat: a link to a file counts as that file.
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			out = append(out, path)
		}
	}
	sort.Strings(out)
	return out, nil
}

// openError words the failure as HAProxy does.
func openError(path string, err error) error {
	why := err.Error()
	var no syscall.Errno
	if errors.As(err, &no) {
		why = errnoText(no)
	}
	return errors.New("Cannot open configuration file/directory " + path + " : " + why)
}

// errnoText is the C library's text: Go's, but starting with a capital.
func errnoText(no syscall.Errno) string {
	s := no.Error()
	return strings.ToUpper(s[:1]) + s[1:]
}
