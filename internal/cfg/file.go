package cfg

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// Bounds of what ReadFile takes, in bytes.
const (
	MaxFile   = 1 << 30  // a regular file: a map may be large
	MaxStream = 16 << 20 // anything else: a pipe or a device may have no end
)

// streamWait is how long ReadFile waits for the writer of a pipe to go on.
const streamWait = 30 * time.Second

// ReadFile reads a file that a configuration or a command line names. It ends
// where os.ReadFile does not: a device without end, a pipe without writer and
// one whose writer is silent are errors.
func ReadFile(name string) ([]byte, error) {
	return readFile(name, MaxFile, MaxStream, streamWait)
}

func readFile(name string, file, stream int64, wait time.Duration) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	limit, mode := file, st.Mode()
	switch {
	case !mode.IsRegular():
		limit = stream
		f.SetReadDeadline(time.Now().Add(wait)) // what cannot wait needs none
	case st.Size() > limit:
		return nil, tooLarge(name, limit)
	}
	data, err := drain(f, limit, int(min(st.Size(), limit)))
	switch {
	case err != nil:
		return nil, err
	case int64(len(data)) > limit:
		return nil, tooLarge(name, limit)
	case len(data) == 0 && mode&os.ModeNamedPipe != 0:
		return nil, &os.PathError{Op: "read", Path: name, Err: errNoWriter}
	}
	return data, nil
}

// drain reads up to one byte more than limit; size is how much to expect.
func drain(f *os.File, limit int64, size int) ([]byte, error) {
	data := make([]byte, 0, size+512)
	for int64(len(data)) <= limit {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return data, nil
}

var errNoWriter = errors.New("empty pipe")

func tooLarge(name string, limit int64) error {
	return &os.PathError{Op: "read", Path: name, Err: fmt.Errorf("larger than %d bytes", limit)}
}
