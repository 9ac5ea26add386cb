package health

import (
	"slices"
	"strconv"
	"strings"
)

// expectWords are the words of an expect rule that say what to make of the
// outcome. Manual 4.2 "tcp-check expect", "http-check expect".
var expectWords = []word{
	commentWord,
	{name: "error-status", read: func(c *compiler, st *step) {
		// L7OKC may be named, too, though the message does not say so.
		st.expect.failed = c.argStatus("'L4CON', 'L6RSP', 'L7RSP' or 'L7STS'", L4Conn, L6Response, L7Response, L7Status, L7OKCond)
	}},
	{name: "min-recv", read: func(c *compiler, st *step) {
		if st.expect.min = c.argNumber(); st.expect.min < -1 {
			c.fail("'min-recv' expects -1 or an integer from 0 to INT_MAX")
		}
	}},
	{name: "ok-status", read: func(c *compiler, st *step) {
		st.expect.ok = c.argStatus("'L4OK', 'L6OK', 'L7OK' or 'L7OKC'", L4OK, L6OK, L7OK, L7OKCond)
	}},
	{name: "on-error", read: func(c *compiler, st *step) { st.expect.onError = c.format(c.argText()) }},
	{name: "on-success", read: func(c *compiler, st *step) { st.expect.onSuccess = c.format(c.argText()) }},
	{name: "status-code", read: func(c *compiler, st *step) {
		if !c.more() {
			c.fail("'status-code' expects an expression as argument")
			return
		}
		st.expect.code = c.expr("status-code")
	}},
	{name: "tout-status", read: func(c *compiler, st *step) {
		st.expect.timeout = c.argStatus("'L4TOUT', 'L6TOUT' or 'L7TOUT'", L4Timeout, L6Timeout, L7Timeout)
	}},
}

// argStatus takes the name of one of the statuses allowed.
func (c *compiler) argStatus(names string, allowed ...Status) Status {
	name := c.word()
	w := c.argText()
	if s, ok := statusWords[w]; ok && slices.Contains(allowed, s) {
		return s
	}
	c.fail("'%s' only supports %s status (got '%s').", name, names, w)
	return 0
}

// matchWords are the matches, each with the reader of its pattern.
var matchWords = []word{
	{name: "binary", in: "tcp-check", read: pattern1(wantBinary, patternBinary)},
	{name: "binary-lf", in: "tcp-check", read: pattern1(wantBinaryFormat, patternFormat)},
	{name: "fhdr", in: "http-check", read: patternHeader},
	{name: "hdr", in: "http-check", read: patternHeader},
	{name: "rbinary", in: "tcp-check", read: pattern1(wantBinaryRegex, patternRegex)},
	{name: "rstatus", in: "http-check", read: pattern1(wantStatusRegex, patternRegex)},
	{name: "rstring", in: "http-check", read: pattern1(wantBodyRegex, patternRegex)},
	{name: "rstring", in: "tcp-check", read: pattern1(wantRegex, patternRegex)},
	{name: "status", in: "http-check", read: pattern1(wantStatus, patternCodes)},
	{name: "string", in: "http-check", read: pattern1(wantBody, patternText)},
	{name: "string", in: "tcp-check", read: pattern1(wantString, patternText)},
	{name: "string-lf", in: "http-check", read: pattern1(wantBodyFormat, patternFormat)},
	{name: "string-lf", in: "tcp-check", read: pattern1(wantFormat, patternFormat)},
}

var noMatch = map[string]string{
	"tcp-check":  "'only supports min-recv, '[!]binary', '[!]string', '[!]rstring', '[!]string-lf''[!]rbinary', '[!]binary-lf' or comment but got '%s' as argument.",
	"http-check": "'only supports min-recv, [!]string', '[!]rstring', '[!]string-lf', '[!]status', '[!]rstatus', [!]hdr, [!]fhdr or comment but got '%s' as argument.",
}

// readExpect reads the options and the one match, which "!" may precede, with or
// without a blank between them.
func readExpect(c *compiler, st *step) {
	e := &expect{min: -1}
	st.kind, st.expect = doExpect, e
	if !c.more() {
		c.fail("expects at least a matching pattern as arguments")
	}
	matches := 0
	for c.more() && !c.failed {
		name := c.take()
		if w := c.known(expectWords, name); w != nil {
			w.read(c, st)
			continue
		}
		if bare, not := strings.CutPrefix(name, "!"); not {
			e.not = true
			if name = bare; name == "" {
				name = c.take()
			}
		}
		w := c.known(matchWords, name)
		switch matches++; {
		case w == nil:
			c.fail(noMatch[c.rule], name)
		case matches > 1:
			c.fail("only one pattern expected")
		default:
			w.read(c, st)
		}
	}
	if matches == 0 {
		c.fail("pattern not found")
	}
}

// pattern1 makes the reader of a match that has one word as its pattern.
func pattern1(kind expectKind, read func(c *compiler, e *expect, text string)) func(*compiler, *step) {
	return func(c *compiler, st *step) {
		st.expect.kind = kind
		if text := c.arg(" <pattern>"); !c.failed {
			read(c, st.expect, text)
		}
	}
}

func patternText(_ *compiler, e *expect, text string)   { e.data = []byte(text) }
func patternFormat(c *compiler, e *expect, text string) { e.format = c.format(text) }
func patternRegex(c *compiler, e *expect, text string)  { e.regex = c.regex(text, false) }

func patternBinary(c *compiler, e *expect, text string) {
	why := ""
	if e.data, why = hexBytes(text); why != "" {
		c.fail("invalid binary string (%s)", why)
	}
}

// patternCodes reads status codes and ranges of them: "200,300-310". Empty ones
// do not count.
func patternCodes(c *compiler, e *expect, text string) {
	for part := range strings.SplitSeq(text, ",") {
		if part == "" {
			continue
		}
		first, last, isRange := strings.Cut(part, "-")
		if bad := strings.TrimLeft(first, "0123456789"); bad != "" {
			c.fail("invalid character '%c' in the list of status codes", bad[0])
			return
		}
		low, _ := strconv.Atoi(first)
		high := low
		if isRange {
			var err error
			if high, err = strconv.Atoi(last); err != nil || last[0] == '+' || high < low {
				c.fail("invalid range of status codes '%s'", text)
				return
			}
		}
		e.codes = append(e.codes, [2]int{low, high})
	}
}

// headerSides are the words of a header match with which a name or a value begins.
var headerSides = map[string][2]string{
	"name":  {"name", "name-lf"},
	"value": {"value", "value-lf"},
}

// patternHeader reads "name [-m <meth>] <name> [value [-m <meth>] <value>]".
func patternHeader(c *compiler, st *step) {
	word := c.word()
	hm := &headerMatch{full: word == "fhdr", anyValue: true}
	st.expect.kind, st.expect.header = wantHeader, hm
	if names := headerSides["name"]; c.left() < 2 || !slices.Contains(names[:], c.peek()) {
		c.next++
		c.fail("'%s' expects at the name keyword as first argument followed by a pattern", word)
		return
	}
	hm.name = c.side(word, true)
	if values := headerSides["value"]; slices.Contains(values[:], c.peek()) && !c.failed {
		hm.value, hm.anyValue = c.side(word, false), false
	}
}

// matchMethods are what "-m" takes in a header match.
var matchMethods = []string{"str", "beg", "end", "sub", "reg"}

// side reads the name or the value of a header match, the word before it first.
func (c *compiler) side(word string, name bool) (m textMatch) {
	which := c.take()
	_, lf := strings.CutSuffix(which, "-lf")
	m.how = "str"
	if c.peek() == "-m" {
		c.next++
		m.how = c.take()
		switch {
		case m.how == "":
			c.fail("'%s' : '-m' expects at a matching pattern ('str', 'beg', 'end', 'sub' or 'reg')", word)
		case !slices.Contains(matchMethods, m.how):
			c.fail("'%s' : '-m' only supports 'str', 'beg', 'end', 'sub' or 'reg' (got '%s')", word, m.how)
		case lf && m.how == "reg":
			c.fail("'%s': log-format string is not supported with a regex matching method", word)
		}
	}
	if !c.more() {
		c.fail("'%s' expect a pattern with the %s keyword", word, which)
	}
	text := c.take()
	switch {
	case c.failed:
	case lf:
		m.format = c.format(text)
	case m.how == "reg":
		m.regex = c.regex(text, name)
	default:
		m.text = text
	}
	return m
}
