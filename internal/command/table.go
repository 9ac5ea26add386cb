package command

import (
	"slices"
	"strings"
)

// maxWords is how many words of a line can name a command: CLI_PREFIX_KW_NB of
// haproxy/cli-t.h.
const maxWords = 5

// Table is the index of all commands.
type Table struct {
	rows  []row // by help line
	first map[string][]int
}

type row struct {
	*Command
	words []string
	usage string // the line of "help", "" for a hidden one
}

// NewTable makes the index of the rows of all features and of the session's own
// words.
func NewTable(tables ...[]Command) *Table { return TableOf(append(tables, Builtin())...) }

// TableOf makes the index of the given rows only: the master's command line has
// a session of its own.
func TableOf(tables ...[]Command) *Table {
	t := &Table{first: map[string][]int{}}
	for _, rows := range tables {
		for i := range rows {
			c := &rows[i]
			r := row{Command: c, words: strings.Fields(c.Name)}
			if !c.Hidden {
				r.usage = usage(c)
			}
			t.rows = append(t.rows, r)
		}
	}
	slices.SortStableFunc(t.rows, func(a, b row) int { return strings.Compare(a.usage, b.usage) })
	for i := range t.rows {
		w := t.rows[i].words[0]
		t.first[w] = append(t.first[w], i)
	}
	return t
}

// usage is a command's line in "help": the words to type, padded to column 40.
func usage(c *Command) string {
	s := c.Name
	if c.Args != "" {
		s += " " + c.Args
	}
	if n := 40 - len(s); n > 0 {
		s += strings.Repeat(" ", n)
	}
	return s + ": " + c.Text
}

// Commands returns all rows, sorted by their help lines.
func (t *Table) Commands() []*Command {
	var all []*Command
	for i := range t.rows {
		all = append(all, t.rows[i].Command)
	}
	return all
}

// Find returns the command that args begin with, nil if there is none. Of two
// the one with more words wins.
func (t *Table) Find(args []string) *Command {
	if len(args) == 0 {
		return nil
	}
	var best *Command
	words := 0
	for _, i := range t.first[args[0]] {
		r := &t.rows[i]
		if len(r.words) > words && r.match(args) == len(r.words) {
			best, words = r.Command, len(r.words)
		}
	}
	return best
}

// match is how many words of args the command begins with.
func (r *row) match(args []string) int {
	n := 0
	for n < len(r.words) && n < len(args) && r.words[n] == args[n] {
		n++
	}
	return n
}

// visible says whether help shows the command in this session.
func (r *row) visible(s *Session) bool {
	return (!r.Expert || s.Expert) && (!r.Experimental || s.Experimental)
}

// AppendHelp answers "help" and unknown commands. What is listed begins with
// the same words, as many as any command has in common with args; when a word
// is left over, the commands nearest to it come instead, if any is near.
func (t *Table) AppendHelp(dst []byte, s *Session, args []string, help bool) []byte {
	length := 0
	for i := range t.rows {
		if r := &t.rows[i]; r.visible(s) {
			length = max(length, r.match(args))
		}
	}
	switch {
	case help:
		dst = append(dst, "The following commands are valid at this level:\n"...)
	case len(args) == 0:
		dst = append(dst, "Unknown command: ''. Please enter one of the following commands only:\n"...)
	default:
		dst = append(dst, "Unknown command: '"...)
		dst = append(dst, args[0]...)
		dst = append(dst, "', but maybe one of the following ones is a better match:\n"...)
	}
	list := t.near(s, args, length)
	if len(list) == 0 {
		for i := range t.rows {
			if r := &t.rows[i]; r.usage != "" && r.visible(s) && r.match(args) >= length {
				list = append(list, i)
			}
		}
	}
	for _, i := range list {
		dst = append(append(append(dst, "  "...), t.rows[i].usage...), '\n')
	}
	return append(dst, "  help [<command>]                        : list matching or all commands\n"+
		"  prompt [help | n | i | p | timed ]*     : toggle interactive mode with prompt\n"+
		"  quit                                    : disconnect\n"...)
}

// near returns the rows whose words from length on are most like those of args,
// in the order of the table.
func (t *Table) near(s *Session, args []string, length int) []int {
	if length >= len(args) {
		return nil
	}
	type candidate struct{ row, dist int }
	var best []candidate
	word := args[length:min(len(args), maxWords)]
	for i := range t.rows {
		r := &t.rows[i]
		if r.usage == "" || !r.visible(s) || r.match(args) < length {
			continue
		}
		dist, size := distance(word, r.words[length:])
		if dist < 5*size/2 {
			best = append(best, candidate{i, dist})
		}
	}
	slices.SortStableFunc(best, func(a, b candidate) int { return a.dist - b.dist })
	best = best[:min(len(best), maxMatches)]
	var rows []int
	for _, c := range best {
		if c.dist <= 5*best[0].dist/2 {
			rows = append(rows, c.row)
		}
	}
	slices.Sort(rows)
	return rows
}

// maxMatches is how many suggestions an unknown command gets: CLI_MAX_MATCHES of
// src/cli.c.
const maxMatches = 5
