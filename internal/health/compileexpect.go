package health

import (
	"strconv"
	"strings"
)

// expect reads the words of an expect rule. Manual 4.2 "tcp-check expect",
// "http-check expect".
func (c *compiler) expect() step {
	e := &expect{min: -1}
	st := step{kind: doExpect, expect: e}
	if !c.more() {
		c.fail("expects at least a matching pattern as arguments")
		return st
	}
	matched := false
	for c.more() && !c.failed {
		w := c.take()
		if w == "!" || strings.HasPrefix(w, "!") {
			e.not = true
			if w = w[1:]; w == "" {
				w = c.take()
			}
		} else if !c.expectOption(w, &st) {
			if matched {
				c.fail("only one pattern expected")
				return st
			}
			c.match(w, e)
			matched = true
			continue
		} else {
			continue
		}
		if matched {
			c.fail("only one pattern expected")
			return st
		}
		c.match(w, e)
		matched = true
	}
	if !matched {
		c.fail("pattern not found")
	}
	return st
}

// expectOption reads a word that is no match, and its argument.
func (c *compiler) expectOption(w string, st *step) bool {
	e := st.expect
	switch w {
	case "min-recv":
		if e.min = c.number(); e.min < -1 {
			c.fail("'min-recv' expects -1 or an integer from 0 to INT_MAX")
		}
	case "comment":
		st.comment = c.arg()
	case "ok-status":
		e.ok = c.status(w, "'L4OK', 'L6OK', 'L7OK' or 'L7OKC'", L4OK, L6OK, L7OK, L7OKCond)
	case "error-status":
		e.failed = c.status(w, "'L4CON', 'L6RSP', 'L7RSP' or 'L7STS'", L4Conn, L6Response, L7Response, L7Status, L7OKCond)
	case "tout-status":
		e.timeout = c.status(w, "'L4TOUT', 'L6TOUT' or 'L7TOUT'", L4Timeout, L6Timeout, L7Timeout)
	case "on-success":
		e.onSuccess = c.format(c.arg())
	case "on-error":
		e.onError = c.format(c.arg())
	case "status-code":
		e.code = c.expr("status-code expression")
	default:
		return false
	}
	return true
}

// status reads the name of a status.
func (c *compiler) status(word, known string, allowed ...Status) Status {
	w := c.arg()
	s := statusWords[w]
	for _, a := range allowed {
		if s == a {
			return s
		}
	}
	c.fail("'%s' only supports %s status (got '%s')", word, known, w)
	return 0
}

// match reads a match with its pattern.
func (c *compiler) match(w string, e *expect) {
	http := c.word == "http-check"
	kinds := map[string]expectKind{
		"string": wantString, "rstring": wantRegex, "string-lf": wantFormat,
		"binary": wantBinary, "rbinary": wantBinaryRegex, "binary-lf": wantBinaryFormat,
	}
	if http {
		kinds = map[string]expectKind{
			"string": wantBody, "rstring": wantBodyRegex, "string-lf": wantBodyFormat,
			"status": wantStatus, "rstatus": wantStatusRegex, "hdr": wantHeader, "fhdr": wantHeader,
		}
	}
	kind, ok := kinds[w]
	if !ok {
		if http {
			c.fail("'only supports min-recv, [!]string', '[!]rstring', '[!]string-lf', '[!]status', '[!]rstatus', [!]hdr, [!]fhdr or comment but got '%s' as argument.", w)
		} else {
			c.fail("'only supports min-recv, '[!]binary', '[!]string', '[!]rstring', '[!]string-lf''[!]rbinary', '[!]binary-lf' or comment but got '%s' as argument.", w)
		}
		return
	}
	e.kind = kind
	if kind == wantHeader {
		e.header = c.header(w)
		return
	}
	if !c.more() {
		c.fail("'%s' expects a <pattern> as argument", w)
		return
	}
	c.pattern(c.take(), e)
}

func (c *compiler) pattern(text string, e *expect) {
	switch e.kind {
	case wantString, wantBody:
		e.data = []byte(text)
	case wantBinary:
		b, err := unhex(text)
		if err != nil {
			c.fail("invalid binary string (%s)", err)
		}
		e.data = b
	case wantStatus:
		e.codes = c.codes(text)
	case wantFormat, wantBinaryFormat, wantBodyFormat:
		e.format = c.format(text)
	default:
		e.regex = c.regex(text, false)
	}
}

// codes reads "200,300-310".
func (c *compiler) codes(text string) (ranges [][2]int) {
	for _, part := range strings.Split(strings.TrimSuffix(text, ","), ",") {
		low, high, isRange := strings.Cut(part, "-")
		a, err := strconv.Atoi(low)
		b := a
		if isRange && err == nil {
			if b, err = strconv.Atoi(high); high == "" || high[0] < '0' || high[0] > '9' {
				c.fail("invalid range of status codes '%s'", text)
				return nil
			}
		}
		switch {
		case err != nil:
			bad := strings.Trim(part, "0123456789-")
			if bad == "" {
				bad = ","
			}
			c.fail("invalid character '%c' in the list of status codes", bad[0])
			return nil
		case a > b:
			c.fail("invalid range of status codes '%s'", text)
			return nil
		}
		ranges = append(ranges, [2]int{a, b})
	}
	return ranges
}

// header reads what follows hdr and fhdr.
func (c *compiler) header(word string) *headerMatch {
	hm := &headerMatch{full: word == "fhdr", anyValue: true}
	w := c.take()
	if w != "name" && w != "name-lf" {
		c.fail("'%s' expects at the name keyword as first argument followed by a pattern", word)
		return hm
	}
	hm.name = c.textMatch(word, w)
	if w := c.peek(); w == "value" || w == "value-lf" {
		c.next++
		hm.value, hm.anyValue = c.textMatch(word, w), false
	}
	return hm
}

// textMatch reads "[-m <method>] <pattern>".
func (c *compiler) textMatch(word, which string) (m textMatch) {
	m.how = "str"
	lf := strings.HasSuffix(which, "-lf")
	if c.peek() == "-m" {
		c.next++
		m.how = c.take()
		switch m.how {
		case "str", "beg", "end", "sub":
		case "reg":
			if lf {
				c.fail("'%s': log-format string is not supported with a regex matching method", word)
			}
		case "":
			c.fail("'%s' : '-m' expects at a matching pattern ('str', 'beg', 'end', 'sub' or 'reg')", word)
		default:
			c.fail("'%s' : '-m' only supports 'str', 'beg', 'end', 'sub' or 'reg' (got '%s')", word, m.how)
		}
	}
	if !c.more() {
		c.fail("'%s' expect a pattern with the %s keyword", word, which)
		return m
	}
	text := c.take()
	switch {
	case lf:
		m.format = c.format(text)
	case m.how == "reg":
		m.regex = c.regex(text, strings.HasPrefix(which, "name"))
	default:
		m.text = text
	}
	return m
}
