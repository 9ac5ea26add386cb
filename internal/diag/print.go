package diag

import (
	"bufio"
	"io"
	"strconv"
	"strings"
)

// PrintOptions say how a List is printed.
type PrintOptions struct {
	PID  int  // process number shown in each entry
	Diag bool // also print Diag entries (-dD)
	// Version and Path, if set, are announced once before the first entry that is no notice
	// at all, as HAProxy does ("haproxy version is 3.4.0").
	Version string
	Path    string
	// Quiet prints alerts only (-q leaves out the rest).
	Quiet bool
	// Plain leaves out source lines, carets and hints: the bytes are those of
	// HAProxy's first lines only.
	Plain bool
}

// maxShown is the width in bytes of the part of a source line that is shown
// around the caret.
const maxShown = 160

// Print writes all entries to w. A write error ends it and is returned.
func (l *List) Print(w io.Writer, opt PrintOptions) error {
	b := bufio.NewWriter(w)
	announced := false
	for i := range l.entries {
		e := &l.entries[i]
		if e.Sev == Diag && !opt.Diag || opt.Quiet && e.Sev < Alert {
			continue
		}
		if e.Sev != Notice && !announced && !opt.Quiet {
			announced = true
			announce(b, opt)
		}
		b.Write(AppendEntry(nil, e, opt)) //nolint:errcheck // sticky in bufio, returned by Flush
	}
	return b.Flush()
}

// announce prints who is speaking, once.
func announce(b *bufio.Writer, opt PrintOptions) {
	if opt.Version != "" {
		b.Write(AppendEntry(nil, &Entry{Sev: Notice, Bare: true, Msg: "haproxy version is " + opt.Version}, opt)) //nolint:errcheck
	}
	if opt.Path != "" {
		b.Write(AppendEntry(nil, &Entry{Sev: Notice, Bare: true, Msg: "path to executable is " + opt.Path}, opt)) //nolint:errcheck
	}
}

// AppendEntry appends the printed form of e, ending in a line feed.
func AppendEntry(dst []byte, e *Entry, opt PrintOptions) []byte {
	start := len(dst)
	dst = append(dst, '[')
	dst = append(dst, e.Sev.String()...)
	dst = append(dst, ']')
	for len(dst)-start < 11 { // HAProxy pads the word so that the process numbers align
		dst = append(dst, ' ')
	}
	dst = append(dst, '(')
	dst = strconv.AppendInt(dst, int64(opt.PID), 10)
	dst = append(dst, ") : "...)
	if !e.Bare {
		dst = append(dst, "config : "...)
	}
	dst = appendPlace(dst, e)
	dst = append(dst, e.Msg...)
	dst = append(dst, '\n')
	if opt.Plain {
		return dst
	}
	if e.Form == FormHidden && e.Pos.File != "" && e.Pos.Text != "" {
		dst = appendWhere(dst, e)
	}
	dst = appendSource(dst, e.Pos)
	if e.Hint != "" {
		dst = append(dst, "  "...)
		dst = append(dst, e.Hint...)
		dst = append(dst, '\n')
	}
	return dst
}

// appendWhere appends the file and the line that follows, unless the message
// has them.
func appendWhere(dst []byte, e *Entry) []byte {
	where := e.Pos.File + ":" + strconv.Itoa(e.Pos.Line)
	if strings.Contains(e.Msg, "["+where+"]") {
		return dst
	}
	dst = append(dst, "  "...)
	dst = append(dst, where...)
	return append(dst, ":\n"...)
}

// appendPlace appends the place in the entry's form.
func appendPlace(dst []byte, e *Entry) []byte {
	if !e.Pos.Known() || e.Form == FormHidden {
		return dst
	}
	switch e.Form {
	case FormBracket:
	case FormFormat:
		dst = append(dst, "Parsing "...)
	default:
		dst = append(dst, "parsing "...)
	}
	dst = append(dst, '[')
	dst = append(dst, e.Pos.File...)
	dst = append(dst, ':')
	dst = strconv.AppendInt(dst, int64(e.Pos.Line), 10)
	if e.Form == FormTight || e.Form == FormFormat {
		return append(dst, "]: "...)
	}
	return append(dst, "] : "...)
}

// appendSource appends the source line, indented by two, and the caret run.
// Long lines are cut to a window around the word.
func appendSource(dst []byte, p Pos) []byte {
	p.Text = strings.TrimSuffix(p.Text, "\r") // of a line that ends in CR LF
	if p.Text == "" || p.Col < 0 || p.Col > len(p.Text)+1 {
		return dst
	}
	from, to := window(p)
	dst = append(dst, "  "...)
	lead := 0 // bytes of an ellipsis before the window
	if from > 0 {
		dst = append(dst, "..."...)
		lead = 3
	}
	for i := from; i < to; i++ {
		dst = append(dst, printable(p.Text[i]))
	}
	if to < len(p.Text) {
		dst = append(dst, "..."...)
	}
	dst = append(dst, '\n')
	if p.Col == 0 {
		return dst
	}
	dst = append(dst, "  "...)
	for ; lead > 0; lead-- {
		dst = append(dst, ' ')
	}
	at := p.Col - 1
	for i := from; i < at; i++ {
		dst = appendBlank(dst, p.Text[i])
	}
	for i := at; i == at || i < min(at+p.Len, to); i++ {
		if i > at && i < len(p.Text) && isContinuation(p.Text[i]) {
			continue
		}
		dst = append(dst, '^')
	}
	return append(dst, '\n')
}

// window chooses the part of the source line to show.
func window(p Pos) (from, to int) {
	to = len(p.Text)
	if to <= maxShown {
		return 0, to
	}
	if p.Col > maxShown/2 {
		from = min(p.Col-maxShown/2, to-maxShown)
	}
	for from > 0 && isContinuation(p.Text[from]) {
		from--
	}
	to = min(to, from+maxShown)
	for to < len(p.Text) && isContinuation(p.Text[to]) {
		to++
	}
	return from, to
}

// appendBlank appends what keeps the caret under its word: a tab for a tab,
// nothing for the inner bytes of a UTF-8 character, otherwise a space.
func appendBlank(dst []byte, c byte) []byte {
	switch {
	case c == '\t':
		return append(dst, '\t')
	case isContinuation(c):
		return dst
	}
	return append(dst, ' ')
}

func isContinuation(c byte) bool { return c&0xC0 == 0x80 }

// printable replaces control characters, so that a file cannot drive the
// terminal of its reader.
func printable(c byte) byte {
	if c < ' ' && c != '\t' || c == 0x7f {
		return '?'
	}
	return c
}
