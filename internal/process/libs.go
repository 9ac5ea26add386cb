package process

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"segue/internal/process/flags"
	"segue/internal/process/listen"
)

// object is a file whose code is mapped into the process.
type object struct {
	path     string
	from, to uint64 // addresses of the first mapping's start and the last one's end
}

// objects reads the table of proc(5) "maps": the program first, then what it
// loaded. The program is usually alone, because Go links statically.
func objects(maps []byte) []object {
	var all []object
	at := map[string]int{}
	for line := range bytes.Lines(maps) {
		f := strings.Fields(string(line))
		if len(f) < 6 || !strings.HasPrefix(f[5], "/") {
			continue
		}
		first, last, ok := strings.Cut(f[0], "-")
		from, err1 := strconv.ParseUint(first, 16, 64)
		to, err2 := strconv.ParseUint(last, 16, 64)
		if !ok || err1 != nil || err2 != nil {
			continue
		}
		i, seen := at[f[5]]
		switch {
		case seen:
			all[i].to = to
		case len(all) == 0 || strings.Contains(f[1], "x") || strings.Contains(f[5], ".so"):
			at[f[5]] = len(all)
			all = append(all, object{path: f[5], from: from, to: to})
		}
	}
	return all
}

// dumpLibs is -dL and -dA, which come when the configuration has been read.
func dumpLibs(w io.Writer, opt *flags.Options) error {
	if !opt.DumpLibs && opt.LibsArchive == "" {
		return nil
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return fmt.Errorf("cannot list the loaded objects: %w", err)
	}
	all := objects(maps)
	if opt.LibsArchive != "" {
		if err := archive(opt.LibsArchive, all); err != nil {
			return err
		}
	}
	if !opt.Quiet {
		fmt.Fprintln(w, "List of loaded object files:") //nolint:errcheck // as for every message
	}
	for _, o := range all {
		if opt.Verbose {
			fmt.Fprintf(w, "0x%012x-0x%012x (0x%07x) ", o.from, o.to-1, o.to-o.from) //nolint:errcheck // as above
		}
		fmt.Fprintln(w, o.path) //nolint:errcheck // as above
	}
	return nil
}

// archive writes the objects' files to a tar file.
func archive(name string, all []object) (err error) {
	out, err := os.Create(name)
	if err != nil {
		return errors.New("Cannot create output file to dump dependencies: " + listen.Reason(err) + ".") //nolint:staticcheck // HAProxy's words
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	t := tar.NewWriter(out)
	for _, o := range all {
		if err := addFile(t, o.path); err != nil {
			return fmt.Errorf("cannot add %s to %s: %w", o.path, name, err)
		}
	}
	return t.Close()
}

func addFile(t *tar.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	head, err := tar.FileInfoHeader(st, "")
	if err != nil {
		return err
	}
	head.Name = strings.TrimPrefix(path, "/")
	if err := t.WriteHeader(head); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}

// dumpCPUs is -dc: the processors that the process may run on, all of which it
// uses.
func dumpCPUs(w io.Writer) error {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return fmt.Errorf("cannot list the processors: %w", err)
	}
	for n := range len(set) * 64 {
		if set.IsSet(n) {
			fmt.Fprintf(w, "[keep] cpu=%3d\n", n) //nolint:errcheck // as for every message
		}
	}
	return nil
}
