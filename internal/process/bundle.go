package process

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"reflect"
	"syscall"
	"time"

	"segue/internal/process/flags"
	"segue/internal/process/listen"
	"segue/internal/process/privs"
)

// Bundle is a validated configuration with everything that it names.
type Bundle struct {
	Head
	Sources []File // the configuration's text, in order
	Files   []File // error files, maps, ACLs, certificates, CRLs, state files...
	// Opened are descriptors of Namespaces by name, "" of the process's own, for
	// an engine that links without the right to open them. They are its for the
	// time of Link. nil: it opens them itself.
	Opened map[string]int
}

// Head is the part of a bundle that the master reads.
type Head struct {
	Version   string        `json:"version"` // of the binary that wrote it
	Options   flags.Options `json:"options"`
	Settings  Settings      `json:"settings"`
	Listeners []listen.Spec `json:"listeners"`
	// Namespaces are the network namespaces that servers are reached in.
	Namespaces []string `json:"namespaces,omitempty"`
	Names      []Name   `json:"names,omitempty"`    // that were looked up
	Said       string   `json:"said,omitempty"`     // what was printed when it was read
	Warnings   int      `json:"warnings,omitempty"` // how many of it are warnings
	CutShort   string   `json:"cutShort,omitempty"` // the file whose last line has no line feed
}

// Name is what the system's resolver said of a host name.
type Name struct {
	Network string       `json:"network"` // "ip", "ip4", "ip6"
	Host    string       `json:"host"`
	Addrs   []netip.Addr `json:"addrs,omitempty"`
	Err     string       `json:"err,omitempty"` // there is no address
}

// File is a file in memory. Data belongs to the bundle and is not changed.
type File struct {
	Name string `json:"name"` // as the configuration or the command line spells it
	Mode uint32 `json:"mode,omitempty"`
	// Err is why it could not be read, where that is no error; Errno is the
	// system's number of it, 0 where it has none.
	Err   string        `json:"err,omitempty"`
	Errno syscall.Errno `json:"errno,omitempty"`
	Data  []byte        `json:"-"`
}

// Fail records why the file could not be read.
func (f *File) Fail(err error) {
	f.Err = err.Error()
	errors.As(err, &f.Errno)
}

// Content is what reading the file gave: the data, or an error that is the one
// of the system where that gave one.
func (f *File) Content() ([]byte, error) {
	switch {
	case f.Errno != 0:
		return nil, &os.PathError{Op: "open", Path: f.Name, Err: f.Errno}
	case f.Err != "":
		return nil, errors.New(f.Err)
	}
	return f.Data, nil
}

// Settings are what a configuration says about the process itself.
type Settings struct {
	MasterWorker  bool           `json:"masterWorker,omitempty"` // "master-worker"
	Daemon        bool           `json:"daemon,omitempty"`
	Quiet         bool           `json:"quiet,omitempty"`       // "quiet"
	ZeroWarning   bool           `json:"zeroWarning,omitempty"` // "zero-warning"
	PidFile       string         `json:"pidFile,omitempty"`
	HardStopAfter time.Duration  `json:"hardStopAfter,omitempty"` // 0: never
	Grace         time.Duration  `json:"grace,omitempty"`         // between SIGUSR1 and the drain
	NewWorker     bool           `json:"newWorker,omitempty"`     // "reload-mode new-worker"
	NoExitOnFail  bool           `json:"noExitOnFailure,omitempty"`
	MaxReloads    int            `json:"maxReloads,omitempty"` // mworker-max-reloads; 0: not limited
	Privs         privs.Settings `json:"privs"`
	Need          privs.Need     `json:"need"`
	Rights        privs.Rights   `json:"rights"`
	// Fixed are further directives that only a new process can change:
	// "nbthread" -> "4", "cpu-map" -> ... .
	Fixed map[string]string `json:"fixed,omitempty"`
}

// needsNewWorker says why a worker that runs with s cannot take over next; ""
// if it can.
func (s *Settings) needsNewWorker(next *Settings) string {
	switch {
	case next.NewWorker:
		return "reload-mode new-worker"
	case !reflect.DeepEqual(s.Privs, next.Privs):
		return "user, group, chroot or capabilities changed"
	case !s.Need.Suits(&next.Need):
		return "more file descriptors are needed"
	case !maps.Equal(s.Fixed, next.Fixed):
		for k, v := range next.Fixed {
			if s.Fixed[k] != v {
				return "'" + k + "' changed"
			}
		}
		return "a setting of the process was removed"
	}
	return ""
}

// The file format: magic, length of the JSON head, head, contents of the files
// in the order of the head.
const (
	bundleMagic = "SEGUEB1\n"
	maxHead     = 256 << 20 // bytes; a head has a few hundred bytes per listener
)

// wireHead is the head as written.
type wireHead struct {
	Head
	Sources []wireFile `json:"sources"`
	Files   []wireFile `json:"files"`
}

type wireFile struct {
	File
	Size int64 `json:"size"`
}

func wireFiles(files []File) []wireFile {
	out := make([]wireFile, len(files))
	for i, f := range files {
		out[i] = wireFile{File: f, Size: int64(len(f.Data))}
	}
	return out
}

// WriteTo writes the bundle.
func (b *Bundle) WriteTo(w io.Writer) (int64, error) {
	head, err := json.Marshal(wireHead{Head: b.Head, Sources: wireFiles(b.Sources), Files: wireFiles(b.Files)})
	if err != nil {
		return 0, fmt.Errorf("cannot encode the bundle: %w", err)
	}
	parts := [][]byte{[]byte(bundleMagic), binary.LittleEndian.AppendUint32(nil, uint32(len(head))), head}
	for _, list := range [][]File{b.Sources, b.Files} {
		for _, f := range list {
			parts = append(parts, f.Data)
		}
	}
	var total int64
	for _, p := range parts {
		n, err := w.Write(p)
		total += int64(n)
		if err != nil {
			return total, fmt.Errorf("cannot write the bundle: %w", err)
		}
	}
	return total, nil
}

// readHead reads the head of the bundle in r, size bytes long, and where the
// contents begin.
func readHead(r io.ReaderAt, size int64) (*wireHead, int64, error) {
	start := int64(len(bundleMagic) + 4)
	fixed := make([]byte, start)
	if _, err := r.ReadAt(fixed, 0); err != nil || string(fixed[:len(bundleMagic)]) != bundleMagic {
		return nil, 0, errors.New("cannot read the bundle: it does not start like one")
	}
	n := int64(binary.LittleEndian.Uint32(fixed[len(bundleMagic):]))
	if n > maxHead || start+n > size {
		return nil, 0, errors.New("cannot read the bundle: it is truncated")
	}
	text := make([]byte, n)
	if _, err := r.ReadAt(text, start); err != nil {
		return nil, 0, fmt.Errorf("cannot read the bundle: %w", err)
	}
	head := &wireHead{}
	if err := json.Unmarshal(text, head); err != nil {
		return nil, 0, fmt.Errorf("cannot read the bundle: %w", err)
	}
	return head, start + n, nil
}

// readBundle reads the whole bundle in r, size bytes long.
func readBundle(r io.ReaderAt, size int64) (*Bundle, error) {
	head, at, err := readHead(r, size)
	if err != nil {
		return nil, err
	}
	b := &Bundle{Head: head.Head}
	for _, part := range []struct {
		from []wireFile
		to   *[]File
	}{{head.Sources, &b.Sources}, {head.Files, &b.Files}} {
		for _, f := range part.from {
			if f.Size < 0 || f.Size > size-at {
				return nil, fmt.Errorf("cannot read the bundle: '%s' is truncated", f.Name)
			}
			f.Data = make([]byte, f.Size)
			if _, err := r.ReadAt(f.Data, at); err != nil && f.Size > 0 {
				return nil, fmt.Errorf("cannot read the bundle: %w", err)
			}
			at += f.Size
			*part.to = append(*part.to, f.File)
		}
	}
	return b, nil
}
