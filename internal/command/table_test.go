package command

import (
	"strings"
	"testing"
)

// suggestions are a few of HAProxy's commands with what it suggests for words
// that are none, as version 3.4.0 does with these alone.
func TestHelpListsByPrefix(t *testing.T) {
	table := NewTable(testRows())
	for _, c := range []struct{ in, want string }{
		{"show one", "show one,show one more"},
		{"set", "set admin,set oper,set severity-output,set timeout"},
		{"set admi", "set admin"},
		{"lod", "load"},
		{"ecko", "echo"},
	} {
		got := table.AppendHelp(nil, &Session{}, strings.Fields(c.in), true)
		if names := listed(string(got)); names != c.want {
			t.Errorf("help %s lists %s, want %s", c.in, names, c.want)
		}
	}
}

// listed returns the commands in a help text, without those always there.
func listed(text string) string {
	var names []string
	for _, l := range strings.Split(text, "\n") {
		name, _, ok := strings.Cut(l, ":")
		name, _, _ = strings.Cut(name, "[")
		name, _, _ = strings.Cut(name, "<")
		name = strings.TrimSpace(strings.TrimRight(strings.TrimSpace(name), "."))
		if !ok || !strings.HasPrefix(l, "  ") || name == "help" || name == "prompt" || name == "quit" {
			continue
		}
		names = append(names, name)
	}
	return strings.Join(names, ",")
}

func TestHelpLinesAreAligned(t *testing.T) {
	for _, c := range []struct {
		row  Command
		want string
	}{
		{Command{Doc: doc("echo", "<text>", "print text")}, "echo <text>                             : print text"},
		{Command{Doc: doc("set severity-output", "[none|number|string]", "x")}, "set severity-output [none|number|string]: x"},
	} {
		if got := usage(&c.row); got != c.want {
			t.Errorf("usage = %q, want %q", got, c.want)
		}
	}
}

func TestHelpHidesModes(t *testing.T) {
	table := NewTable(testRows())
	for _, on := range []bool{false, true} {
		text := string(table.AppendHelp(nil, &Session{Expert: on, Experimental: on}, nil, true))
		if strings.Contains(text, "show secret") != on || strings.Contains(text, "show new") != on {
			t.Errorf("with modes %v: %s", on, text)
		}
		if strings.Contains(text, "_getsocks") {
			t.Error("a hidden command is listed")
		}
	}
}

func TestUnknownCommand(t *testing.T) {
	table := NewTable(testRows())
	got := string(table.AppendHelp(nil, &Session{}, []string{"xyzzyxyzzy"}, false))
	if !strings.HasPrefix(got, "Unknown command: 'xyzzyxyzzy', but maybe one of the following ones is a better match:\n  ") {
		t.Errorf("unknown command: %.120q", got)
	}
	if !strings.HasSuffix(got, "  quit                                    : disconnect\n") {
		t.Errorf("help ends with %.80q", got)
	}
}

func TestFind(t *testing.T) {
	table := NewTable(testRows())
	for in, want := range map[string]string{
		"show one": "show one", "show one x": "show one", "show one more x": "show one more", "show": "", "sho one": "", "quit": "quit", "": "",
	} {
		got := ""
		if c := table.Find(strings.Fields(in)); c != nil {
			got = c.Name
		}
		if got != want {
			t.Errorf("Find(%q) = %q, want %q", in, got, want)
		}
	}
}
