package process

import (
	"bufio"
	"bytes"
	"io"
	"os"
)

// saysDaemon reports whether one of the files has a "daemon" line outside of
// conditional blocks, in which case a master has to leave the foreground before
// it starts: it cannot do so later, when a worker that has read the
// configuration tells. No section but global has this word, so whoever has it
// elsewhere gets an error either way.
//
// Lines are looked at one by one and forgotten. What is no regular file is
// left alone: reading a pipe would empty it.
func saysDaemon(files []string) bool {
	for _, name := range files {
		if st, err := os.Stat(name); err != nil || !st.Mode().IsRegular() {
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			continue // who reads the configuration will say so
		}
		found := hasDaemonLine(f)
		f.Close() //nolint:errcheck // it was only read
		if found {
			return true
		}
	}
	return false
}

// hasDaemonLine looks for the line in one file.
func hasDaemonLine(r io.Reader) bool {
	depth := 0 // of .if blocks
	lines := bufio.NewReaderSize(r, 4096)
	for {
		line, long, err := lines.ReadLine()
		if err != nil {
			return false
		}
		word, _, _ := bytes.Cut(bytes.TrimLeft(line, " \t"), []byte(" "))
		word, _, _ = bytes.Cut(word, []byte("#"))
		switch string(bytes.TrimRight(word, "\t\r")) {
		case ".if":
			depth++
		case ".endif":
			depth--
		case "daemon":
			if depth <= 0 {
				return true
			}
		}
		for long && err == nil {
			_, long, err = lines.ReadLine()
		}
	}
}
