package reload

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheck is what "-c" says on its standard output and its status, beside
// HAProxy 3.4 where there is one.
func TestCheck(t *testing.T) {
	const (
		front   = "frontend f\n mode http\n timeout client 1s\n bind 127.0.0.1:1\n http-request return status 200\n"
		warned  = "Warnings were found.\n"
		valid   = "Configuration file is valid\n"
		nothing = "Configuration file has no error but will not start (no listener) => exit(2).\n"
	)
	for _, tc := range []struct {
		name, text, args, want string
		status                 int
		says                   string
	}{
		{name: "good", text: front, args: "-c"},
		{name: "good and told so", text: front, args: "-c -V", want: valid},
		{name: "warnings", text: front + "backend b\n server s 127.0.0.1:1\n", args: "-c -V", want: warned + valid, says: "missing timeouts"},
		{name: "warnings and no listener", text: "backend b\n server s 127.0.0.1:1\n", args: "-c", want: warned + nothing, status: 2},
		{name: "quiet", text: front + "backend b\n server s 127.0.0.1:1\n", args: "-c -q"},
		{name: "warnings are errors", text: front + "backend b\n server s 127.0.0.1:1\n", args: "-c -dW", status: 1, says: "Some warnings were found and 'zero-warning' is set. Aborting."},
		{name: "daemon under systemd", text: "global\n daemon\n" + front, args: "-c -Ws", want: warned,
			says: "config : 'daemon' is not compatible with -Ws (master-worker mode for systemd), ignoring."},
		{name: "daemon with a master", text: "global\n daemon\n" + front, args: "-c -W"},
		{name: "wrong", text: front + "nosuchword\n", args: "-c -V", status: 1, says: "unknown keyword 'nosuchword'"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "lb.cfg")
			if err := os.WriteFile(file, []byte(tc.text), 0o644); err != nil {
				t.Fatal(err)
			}
			for _, binary := range []string{program, oracle()} {
				if _, err := os.Stat(binary); err != nil {
					continue
				}
				var out, said strings.Builder
				cmd := exec.Command(binary, append(strings.Fields(tc.args), "-f", file)...)
				cmd.Stdout, cmd.Stderr = &out, &said
				cmd.Run() //nolint:errcheck // the status tells
				got := out.String()
				if got != "" && !strings.HasSuffix(got, "\n") {
					got += "\n" // HAProxy's last line of some has none
				}
				if status := cmd.ProcessState.ExitCode(); got != tc.want || status != tc.status || !strings.Contains(said.String(), tc.says) {
					t.Errorf("%s: status %d, %q, says %q; want %d, %q, %q", filepath.Base(binary), status, got, said.String(), tc.status, tc.want, tc.says)
				}
			}
		})
	}
}
