package cfg

import "strings"

// maxWords is the number of words a line may have. Manual 2.1 does not name
// it; HAProxy's limit is MAX_LINE_ARGS in include/haproxy/defaults.h.
const maxWords = 64

// maxExpanded is the size in bytes to which variables may blow up a line, and
// maxGrown that to which they may blow up all lines together. HAProxy goes on
// until the system gives it no more memory; a variable that doubles itself is a
// line, and forty such lines are a terabyte.
const (
	maxExpanded = 1 << 20
	maxGrown    = 64 << 20
)

// A splitError is a fault in the spelling of a line.
type splitError struct {
	msg string // without position
	col int    // byte column of the fault, counts from 1
	len int    // bytes to underline, 0 for one
}

// The faults of a line, in HAProxy's words.
const (
	msgQuote  = "unmatched quote"
	msgBrace  = "unmatched brace in environment variable name"
	msgFirst  = "forbidden first char in environment variable name"
	msgHex    = "truncated or invalid hexadecimal sequence"
	msgExpand = "truncated or invalid word expansion sequence"
	msgLong   = "line too long, cannot allocate memory"
)

// A splitter cuts one raw line into words. It is used once, unless reset.
type splitter struct {
	raw string
	env func(name string) (string, bool) // variables and pseudo-variables
	// plainHash makes '#' an ordinary character, as it is for -cc.
	plainHash bool

	words []Word
	// empty describes the first empty word, if there is one.
	empty emptyWord
	// cutCR is the column of a CR with text behind it, 0 if there is none.
	cutCR int
	// cutNUL is the column of the word that "\x00" cuts short, 0 if none.
	cutNUL int

	i       int    // next byte of raw
	buf     []byte // text of the current word
	open    bool   // a word has begun
	start   int    // where it begins in raw
	star    bool   // it has a "${x[*]}" and may vanish when empty
	unset   string // last unset variable in it
	unsetAt int    // where that variable's name is
	quote   byte   // the quote we are in, 0 outside
	quoteAt int    // where that quote is
	grown   int    // bytes that variables have added to the line
	spelled bool   // quotes, escapes or variables are in it: buf has its text, not raw
}

// reset makes the splitter ready for another line. The words of the line before
// stay where they are and belong to whoever has them.
func (s *splitter) reset(raw string) {
	*s = splitter{raw: raw, env: s.env, plainHash: s.plainHash, words: s.words[len(s.words):], buf: s.buf[:0]}
	if cap(s.words) < maxWords {
		s.words = make([]Word, 0, slabWords)
	}
}

// slabWords is how many words are allocated at once: a file has ten a line.
const slabWords = 1024

// split cuts the line. Errors end it at once: what follows a bad quote is
// anybody's guess.
func (s *splitter) split() *splitError {
	for s.i < len(s.raw) {
		c := s.raw[s.i]
		switch {
		case c == '\r' && !s.open && s.quote == 0:
			s.i++ // between words it is a blank
		case c == '\n' || c == '\r':
			// Behind a word and inside quotes a CR ends the line, so that files with
			// CRLF work. HAProxy drops what follows it in silence.
			if strings.Trim(s.raw[s.i:], " \t\r\n") != "" {
				s.cutCR = s.i + 1
			}
			return s.end()
		case s.quote != '\'' && c == '"', s.quote != '"' && c == '\'':
			s.toggle(c)
		case s.quote == '\'':
			s.literal(c)
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		case s.quote == '"' && c == '$':
			if err := s.variable(); err != nil {
				return err
			}
		case s.quote == '"':
			s.literal(c)
		case c == '#' && !s.plainHash:
			return s.end()
		case isSpace(c):
			s.finish()
			s.i++
		default:
			s.plain()
		}
	}
	return s.end()
}

// end closes the last word and complains about an open quote.
func (s *splitter) end() *splitError {
	if s.quote != 0 {
		return &splitError{msg: msgQuote, col: s.quoteAt + 1}
	}
	s.finish()
	return nil
}

// begin opens a word at the current byte unless one is open.
func (s *splitter) begin() {
	if !s.open {
		s.open, s.start, s.star, s.unset, s.spelled = true, s.i, false, "", false
		s.buf = s.buf[:0]
	}
}

// finish closes the current word.
func (s *splitter) finish() {
	if !s.open {
		return
	}
	s.open = false
	text := s.raw[s.start:s.i]
	if s.spelled {
		if len(s.buf) == 0 && s.star {
			return // a word expansion without words leaves nothing behind
		}
		text = string(s.buf)
	}
	if n := strings.IndexByte(text, 0); n >= 0 {
		text, s.cutNUL = text[:n], s.start+1
	}
	if text == "" && s.empty.col == 0 {
		s.empty = s.describeEmpty()
	}
	s.words = append(s.words, Word{Text: text, Col: s.start + 1, Len: s.i - s.start})
}

// An emptyWord says where an empty word comes from.
type emptyWord struct {
	index    int    // of the word in its line
	col      int    // column to name in a message; 0 means that there is no empty word
	variable string // the unset variable that left it empty, if one did
}

// describeEmpty describes the word that is being closed. HAProxy names the
// column of the variable's name, or the one behind the opening quote.
func (s *splitter) describeEmpty() emptyWord {
	e := emptyWord{index: len(s.words), col: s.start + 1, variable: s.unset}
	switch {
	case s.unset != "":
		e.col = s.unsetAt + 1
	case s.raw[s.start] == '"' || s.raw[s.start] == '\'':
		e.col++
	}
	return e
}

// plain takes bytes up to one that may mean something: most words are nothing
// else, and then share the memory of their line.
func (s *splitter) plain() {
	s.begin()
	from := s.i
	for s.i++; s.i < len(s.raw) && !special[s.raw[s.i]]; s.i++ {
	}
	if s.spelled {
		s.buf = append(s.buf, s.raw[from:s.i]...)
	}
}

// special are the bytes that end a plain run.
var special = [256]bool{
	' ': true, '\t': true, '\n': true, '\v': true, '\f': true, '\r': true,
	'"': true, '\'': true, '\\': true, '#': true,
}

// spell makes buf the word's text from here on.
func (s *splitter) spell() {
	s.begin()
	if !s.spelled {
		s.spelled = true
		s.buf = append(s.buf, s.raw[s.start:s.i]...)
	}
}

// literal takes the byte c as it is.
func (s *splitter) literal(c byte) {
	s.spell()
	s.buf = append(s.buf, c)
	s.i++
}

// toggle enters or leaves quotes. Quotes make a word even when nothing is
// between them.
func (s *splitter) toggle(c byte) {
	s.spell()
	if s.quote == 0 {
		s.quote, s.quoteAt = c, s.i
	} else {
		s.quote = 0
	}
	s.i++
}

// escape handles a backslash outside strong quotes. Manual 2.2. Where the
// manual's table and HAProxy disagree, this is what HAProxy does: a backslash
// before anything not listed, "\<TAB>" and an unquoted "\$" included, stays.
func (s *splitter) escape() *splitError {
	s.spell()
	next := byte(0)
	if s.i+1 < len(s.raw) {
		next = s.raw[s.i+1]
	}
	out := next
	switch next {
	case ' ', '#', '\\', '"', '\'':
	case '$':
		if s.quote != '"' {
			s.literal('\\')
			return nil
		}
	case 'n':
		out = '\n'
	case 'r':
		out = '\r'
	case 't':
		out = '\t'
	case 'x':
		return s.hex()
	default:
		s.literal('\\')
		return nil
	}
	s.buf = append(s.buf, out)
	s.i += 2
	return nil
}

// hex handles "\xNN".
func (s *splitter) hex() *splitError {
	bad := &splitError{msg: msgHex, col: s.i + 1, len: 2}
	if s.i+3 >= len(s.raw) {
		return bad
	}
	hi, lo := hexDigit(s.raw[s.i+2]), hexDigit(s.raw[s.i+3])
	if hi < 0 || lo < 0 {
		return bad
	}
	s.buf = append(s.buf, byte(hi<<4|lo))
	s.i += 4
	return nil
}

// hexDigit returns the value of c, or -1.
func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// isSpace is C's isspace: the vertical tab and the form feed separate, too.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
