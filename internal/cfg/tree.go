package cfg

import (
	"slices"

	"segue/internal/diag"
)

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
	Words []Word // never empty, except in a line that Bare made
}

// Bare returns the line without its words, which are most of its memory: enough
// for messages. Pos finds the words again.
func (l *Line) Bare() Line { return Line{File: l.File, Num: l.Num, Raw: l.Raw} }

// Own returns the line with words of its own: those that Read made share memory
// with those of the lines around them, which they keep alive.
func (l *Line) Own() Line {
	own := *l
	own.Words = slices.Clone(l.Words)
	return own
}

// written is the words, those of a bare line as far as they can be told without
// its variables: a "${x[*]}" counts for one.
func (l *Line) written() []Word {
	if l.Words != nil || l.Raw == "" {
		return l.Words
	}
	s := splitter{raw: l.Raw, env: func(string) (string, bool) { return "", true }}
	s.split() //nolint:errcheck // it was split before
	return s.words
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
	p, words := diag.Pos{File: l.File, Line: l.Num, Text: l.Raw}, l.written()
	switch {
	case i < 0 || len(words) == 0:
	case i < len(words):
		p.Col, p.Len = words[i].Col, words[i].Len
	default:
		last := words[len(words)-1]
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
}
