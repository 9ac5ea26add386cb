package privs

//lint:file-ignore ST1005 tools match HAProxy's words

import (
	"fmt"
	"os"
	"strconv"
)

// PidFile is a pid file that can be written for sure. Its old content stays
// until Write.
type PidFile struct {
	f     *os.File
	fresh bool // did not exist before
}

// OpenPidFile opens path for writing. An empty path gives a nil PidFile, whose
// methods do nothing.
func OpenPidFile(path string) (*PidFile, error) {
	if path == "" {
		return nil, nil
	}
	_, statErr := os.Lstat(path)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("Cannot create pidfile %s", path)
	}
	return &PidFile{f: f, fresh: os.IsNotExist(statErr)}, nil
}

// Write replaces the content by one line for each process and closes the file.
func (p *PidFile) Write(pids ...int) error {
	if p == nil {
		return nil
	}
	defer p.f.Close()
	var text []byte
	for _, pid := range pids {
		text = append(strconv.AppendInt(text, int64(pid), 10), '\n')
	}
	if err := p.f.Truncate(0); err != nil {
		return fmt.Errorf("cannot write pidfile %s: %w", p.f.Name(), err)
	}
	if _, err := p.f.WriteAt(text, 0); err != nil {
		return fmt.Errorf("cannot write pidfile %s: %w", p.f.Name(), err)
	}
	return nil
}

// Cancel closes the file without a change; one that OpenPidFile made goes
// away again.
func (p *PidFile) Cancel() {
	if p == nil {
		return
	}
	if p.fresh {
		os.Remove(p.f.Name()) //nolint:errcheck // nobody misses it
	}
	p.f.Close()
}
