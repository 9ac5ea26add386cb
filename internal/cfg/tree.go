package cfg

import "segue/internal/diag"

// Word is one word of a line after quotes, escapes and variables have been
// resolved.
type Word struct {
	Text string
	Col  int // byte column in the raw line where the word starts, counts from 1
	Len  int // bytes of the raw line that the word was written with
}

// Line is one statement: a line with at least one word.
type Line struct {
	File  string // name of the source
	Num   int    // line number, counts from 1
	Raw   string // the line as written, without its line feed
	Words []Word // never empty
}

// Text returns word i, or "" when the line is shorter.
func (l *Line) Text(i int) string {
	if i < 0 || i >= len(l.Words) {
		return ""
	}
	return l.Words[i].Text
}

// Args returns the texts of all words after the first.
func (l *Line) Args() []string { return l.ArgsFrom(1) }

// ArgsFrom returns the texts of all words from word i on.
func (l *Line) ArgsFrom(i int) []string {
	if i >= len(l.Words) {
		return nil
	}
	args := make([]string, 0, len(l.Words)-i)
	for _, w := range l.Words[i:] {
		args = append(args, w.Text)
	}
	return args
}

// Len returns the number of words.
func (l *Line) Len() int { return len(l.Words) }

// Pos returns the place of word i. For a word behind the last one it is the
// end of the line, where the missing word should have been.
func (l *Line) Pos(i int) diag.Pos {
	p := diag.Pos{File: l.File, Line: l.Num, Text: l.Raw}
	switch {
	case i < 0 || len(l.Words) == 0:
	case i < len(l.Words):
		p.Col, p.Len = l.Words[i].Col, l.Words[i].Len
	default:
		last := l.Words[len(l.Words)-1]
		p.Col, p.Len = last.Col+last.Len, 0
	}
	return p
}

// Section is one section with the lines that follow its head.
type Section struct {
	Kind  string // the section keyword: "global", "frontend", ...
	Scope string // the "[scope]" it stands under in a filter's file, usually ""
	Head  Line   // the line that opens it; Head.Text(1) is the name
	Lines []Line
}

// Name returns the section's name, "" for one without.
func (s *Section) Name() string { return s.Head.Text(1) }

// Tree is a whole configuration, all sources in order.
type Tree struct {
	Sections []Section
	Files    []string // names of the sources read, in order
}
