package process

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"segue/internal/process/flags"
)

func TestObjectsReadsMaps(t *testing.T) {
	const maps = "00400000-00500000 r--p 00000000 08:01 1   /usr/sbin/segue\n" +
		"00500000-00600000 r-xp 00100000 08:01 1   /usr/sbin/segue\n" +
		"c000000000-c000400000 rw-p 00000000 00:00 0\n" +
		"7f0000000000-7f0000001000 r--p 00000000 08:01 2   /lib/libc.so.6\n" +
		"7f0000001000-7f0000002000 r-xp 00001000 08:01 2   /lib/libc.so.6\n" +
		"7f0000003000-7f0000004000 rw-s 00000000 00:01 3   /dev/zero\n" +
		"7ffc00000000-7ffc00001000 r-xp 00000000 00:00 0   [vdso]\n"
	want := []object{{"/usr/sbin/segue", 0x400000, 0x600000}, {"/lib/libc.so.6", 0x7f0000000000, 0x7f0000002000}}
	if got := objects([]byte(maps)); !slices.Equal(got, want) {
		t.Errorf("objects = %+v, want %+v", got, want)
	}
}

func TestDumpLibsListsAndArchivesTheProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := t.TempDir() + "/libs.tar"
	var out bytes.Buffer
	if err := dumpLibs(&out, &flags.Options{LibsArchive: name}); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(out.String(), "\n"); lines[0] != "List of loaded object files:" || lines[1] != self {
		t.Errorf("list %q, want the title and %s", lines, self)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := tar.NewReader(f)
	head, err := r.Next()
	if err != nil || "/"+head.Name != self {
		t.Fatalf("first file %+v, %v, want %s", head, err, self)
	}
	st, _ := os.Stat(self)
	if n, err := io.Copy(io.Discard, r); err != nil || n != st.Size() {
		t.Errorf("it has %d bytes, %v, want %d", n, err, st.Size())
	}
	err = dumpLibs(io.Discard, &flags.Options{LibsArchive: name + "/none"})
	if err == nil || err.Error() != "Cannot create output file to dump dependencies: Not a directory." {
		t.Errorf("archive in a file: %v", err)
	}
}
