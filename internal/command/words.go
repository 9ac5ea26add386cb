package command

import (
	"bytes"
	"strings"
)

// maxArgs is how many words a command may have: MAX_CLI_ARGS of
// haproxy/defaults.h.
const maxArgs = 64

// maxPattern is the longest end mark of a payload.
const maxPattern = 64

// A line is what one line of input asks for.
type line struct {
	commands []string // as separated by ";"
	pattern  string   // end mark of the payload, when payload is set
	payload  bool     // the last command is followed by a payload
}

// parseLine splits a line without its end into commands. A backslash keeps the
// character behind it from being a separator; it stays, for words to remove. A NUL
// byte ends a command whatever is before it, as in HAProxy 3.4.
// A line whose last word begins with "<<" announces a payload that ends with a
// line of just the rest of that word. Manual: management guide 9.3.
func parseLine(text []byte) line {
	var l line
	text = bytes.TrimSuffix(text, []byte{'\r'})
	start := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if i+1 < len(text) && text[i+1] != 0 {
				i++
			}
		case ';', 0:
			l.commands = append(l.commands, string(text[start:i]))
			start = i + 1
		}
	}
	last := string(text[start:])
	at := strings.LastIndexAny(last, " \t") + 1
	if mark, ok := strings.CutPrefix(last[at:], "<<"); ok && len(mark) <= maxPattern {
		l.payload, l.pattern = true, mark
		last = last[:at]
	}
	l.commands = append(l.commands, last)
	return l
}

// lineEnd is the index of the line feed that ends the first line of text, -1
// when it is not there yet. A line feed behind a backslash ends none.
func lineEnd(text []byte) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '\n':
			return i
		}
	}
	return -1
}

// words splits a command at blanks. A backslash takes the character behind it
// as it is, blanks and backslashes included. ok is false when there are too
// many words.
func words(dst []string, command string) (args []string, ok bool) {
	args = dst
	for i := 0; i < len(command); {
		if command[i] == ' ' || command[i] == '\t' {
			i++
			continue
		}
		if len(args) == maxArgs {
			return args, false
		}
		start, escaped := i, false
		for i < len(command) && command[i] != ' ' && command[i] != '\t' {
			if command[i] == '\\' {
				escaped = true
				i++
			}
			i++
		}
		i = min(i, len(command))
		word := command[start:i]
		if escaped {
			word = unescape(word)
		}
		args = append(args, word)
	}
	return args, true
}

func unescape(word string) string {
	out := make([]byte, 0, len(word))
	for i := 0; i < len(word); i++ {
		if word[i] == '\\' {
			if i++; i == len(word) {
				break
			}
		}
		out = append(out, word[i])
	}
	return string(out)
}

// payloadEnd looks in text, of which whole lines up to from were looked at
// before, for the line that holds only the pattern. end is where that line
// starts and next where it ends; end is -1 when it is not there yet, and next
// is then where to look on.
func payloadEnd(text []byte, from int, pattern string) (end, next int) {
	for {
		i := bytes.IndexByte(text[from:], '\n')
		if i < 0 {
			return -1, from
		}
		if string(text[from:from+i]) == pattern {
			return from, from + i + 1
		}
		from += i + 1
	}
}
