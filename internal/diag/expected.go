package diag

import "strings"

// nearExpected is the hint for a message that lists what may stand in place of
// word ("expects 'a', 'b' or 'c'"), "" if none of it is near. The words valid
// at a place are then written down once, in the message.
func nearExpected(msg, word string) string {
	if word == "" || strings.Contains(msg, "id you mean") {
		return ""
	}
	at := expectation(msg)
	if at < 0 {
		return ""
	}
	near := Suggest(word, quoted(msg[at:], word))
	if near == "" {
		return ""
	}
	return "did you mean '" + near + "' maybe ?"
}

// expectation finds where the list of the expected words begins, -1 if the
// message has none.
func expectation(msg string) int {
	for _, verb := range [...]string{"expects ", "expected ", "supports ", "supported ", "accepts ", "must be ", "can be ", "has to be "} {
		if i := strings.Index(msg, verb); i >= 0 {
			return i
		}
	}
	return -1
}

// quoted returns the words in single quotes, other than the one that was found
// instead. Argument parts in parentheses are left out: "set-var(*)".
func quoted(msg, found string) (words []string) {
	for {
		_, rest, ok := strings.Cut(msg, "'")
		word, tail, closed := strings.Cut(rest, "'")
		if !ok || !closed {
			return words
		}
		name, _, _ := strings.Cut(word, "(")
		if word != found && name != "" && !strings.ContainsAny(name, " <>") {
			words = append(words, strings.TrimPrefix(name, "[!]"))
		}
		msg = tail
	}
}
