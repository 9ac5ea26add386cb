package link

import (
	"os"
	"strings"
	"testing"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/diag"
	"segue/internal/features"
	"segue/internal/lb"
)

// What a check says of a state file as HAProxy writes it, without our comment
// lines: each server is compared with its own line.
func TestStateFilesOfHAProxy(t *testing.T) {
	const tail = " 0 1 1 60 1 0 0 0 0 0 0 - "
	row := func(id, ip, port string) string {
		return "2 b " + id + " s" + id + " " + ip + " 2" + tail + port + " - 0 0 - - 0\n"
	}
	s1, s2, s3 := row("1", "127.0.0.1", "28721"), row("2", "127.0.0.2", "28722"), row("3", "127.0.0.3", "28723")
	const lost = "maintenance and whatever else was set"
	for _, c := range []struct {
		name, file string
		want       []string // one for each line that is said
	}{
		{"equal", "1\n" + s1 + s2 + s3 + "\n", nil},
		{"another port", "1\n" + s1 + row("2", "127.0.0.2", "28799") + s3 + "\n",
			[]string{"server 'b/s2': the state file says 127.0.0.2:28799, the configuration 127.0.0.2:28722; the configuration wins"}},
		{"a server is new", "1\n" + s1 + s2 + "\n", nil},
		{"all there without the end", "1\n" + s1 + s2 + s3, nil},
		{"empty", "", []string{lost}},
		{"cut off in the header", "1\n# be_id", []string{"line 2: cut off", "nothing of server 'b/s1' and 2 more"}},
		{"cut off behind a row", "1\n" + s1 + s2, []string{"nothing of server 'b/s3' and may be cut off: the empty line that ends 'show servers state' is missing; " + lost}},
		{"cut off in a row", "1\n" + s1 + s2 + s3[:20], []string{"line 4: cut off", "nothing of server 'b/s3' and may"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := t.TempDir() + "/state"
			if err := os.WriteFile(name, []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
			got := stateWarnings(t, "global\n server-state-file "+name+"\n"+checked+
				" mode http\n load-server-state-from-file global\nbackend b\n server s1 127.0.0.1:28721\n server s2 127.0.0.2:28722\n server s3 127.0.0.3:28723\n")
			if len(got) != len(c.want) {
				t.Fatalf("said %q, want %q", got, c.want)
			}
			for i, w := range c.want {
				if !strings.Contains(got[i], w) || !strings.Contains(got[i], "state file '"+name+"'") {
					t.Errorf("said %q, want %q", got[i], w)
				}
			}
		})
	}
}

// stateWarnings links text as "-c" does and returns what there is to say.
func stateWarnings(t *testing.T, text string) (out []string) {
	t.Helper()
	ix := catalog.New(features.All()...)
	d := &diag.List{}
	m := Parse([]cfg.Source{{Name: "f", Data: []byte(text)}}, Text{}, ix, d)
	Link(m, Input{Index: ix, State: lb.NewState(), Diag: d, Check: true})
	for _, e := range d.Entries() {
		out = append(out, e.Msg)
	}
	return out
}
