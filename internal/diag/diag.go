package diag

import (
	"fmt"
	"strings"
)

// Severity orders entries: Diag is only printed on request, an Alert makes a
// configuration unusable.
type Severity uint8

// The severities, from harmless to fatal.
const (
	Diag    Severity = iota // shown under -dD only
	Notice                  // information
	Warning                 // suspicious, or refused in a later release; counts under zero-warning
	Alert                   // an error: the configuration will not start
)

// String returns the word that is printed between brackets.
func (s Severity) String() string {
	switch s {
	case Alert:
		return "ALERT"
	case Warning:
		return "WARNING"
	case Notice:
		return "NOTICE"
	}
	return "DIAG"
}

// Pos is a place in a configuration file. The zero Pos is "no place".
type Pos struct {
	File string // name as given on the command line
	Line int    // counts from 1
	Text string // the source line without its line feed, for the caret; may be empty
	Col  int    // byte column of the offending word in Text, counts from 1; 0 if unknown
	Len  int    // length of the word in bytes; 0 if unknown
}

// Known reports whether p is a place at all.
func (p Pos) Known() bool { return p.File != "" || p.Line > 0 }

// Word returns the offending word as it stands in the source line, "" if that
// is not known.
func (p Pos) Word() string {
	if p.Col < 1 || p.Len < 1 || p.Col-1+p.Len > len(p.Text) {
		return ""
	}
	return p.Text[p.Col-1 : p.Col-1+p.Len]
}

// Form says how the place is written in an entry's first line. HAProxy is not
// of one mind, and tools match what it prints.
type Form uint8

// The forms of a place.
const (
	FormParsing Form = iota // "parsing [file:line] : msg"; nearly all directives
	FormTight               // "parsing [file:line]: msg"; the reader itself and some old directives
	FormBracket             // "[file:line] : msg"; server lines
	FormHidden              // "msg"; the place only serves the caret
	FormFormat              // "Parsing [file:line]: msg"; formats of lines
)

// Entry is one thing to say.
type Entry struct {
	Sev  Severity
	Pos  Pos
	Form Form
	// Bare leaves out the "config : " context. Checks that run after all
	// files have been read print that way.
	Bare bool
	Msg  string // without line feed at the end
	Hint string // printed below the caret, "" if there is none
	// Continue is an Alert that HAProxy prints and starts all the same: it does
	// not count as an error.
	Continue bool
}

// List collects entries in the order in which they were found. Its zero value
// is ready for use. It belongs to one goroutine.
type List struct {
	entries  []Entry
	errors   int
	warnings int
}

// Add appends e. An error whose message lists the words that are expected gets the
// one that was probably meant as its hint.
func (l *List) Add(e Entry) {
	e.Msg = strings.TrimRight(e.Msg, "\n")
	if e.Sev == Alert && e.Hint == "" {
		e.Hint = nearExpected(e.Msg, e.Pos.Word())
	}
	l.entries = append(l.entries, e)
	switch {
	case e.Sev == Alert && !e.Continue:
		l.errors++
	case e.Sev == Warning:
		l.warnings++
	}
}

// Alertf adds an error at pos.
func (l *List) Alertf(pos Pos, format string, args ...any) {
	l.Add(Entry{Sev: Alert, Pos: pos, Msg: fmt.Sprintf(format, args...)})
}

// Warnf adds a warning at pos.
func (l *List) Warnf(pos Pos, format string, args ...any) {
	l.Add(Entry{Sev: Warning, Pos: pos, Msg: fmt.Sprintf(format, args...)})
}

// Noticef adds a notice at pos.
func (l *List) Noticef(pos Pos, format string, args ...any) {
	l.Add(Entry{Sev: Notice, Pos: pos, Msg: fmt.Sprintf(format, args...)})
}

// Diagf adds an entry that is only printed in diagnostic mode (-dD).
func (l *List) Diagf(pos Pos, format string, args ...any) {
	l.Add(Entry{Sev: Diag, Pos: pos, Msg: fmt.Sprintf(format, args...)})
}

// Errors returns the number of alerts.
func (l *List) Errors() int { return l.errors }

// Warnings returns the number of warnings.
func (l *List) Warnings() int { return l.warnings }

// Entries returns all entries in order. The slice belongs to the List; who has
// more to say of the same thing may change the text and the place of its entry.
func (l *List) Entries() []Entry { return l.entries }
