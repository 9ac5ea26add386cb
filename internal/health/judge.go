package health

import (
	"bytes"
	"encoding/hex"
	"strconv"

	"segue/internal/sample"
)

// judge looks at what was received with one expect step. Of what it returns
// only wait, or the rest, counts.
func (c *Check) judge(st *step) verdict {
	if c.job.plan.kind == httpCheck {
		return c.judgeHTTP(st)
	}
	e, x := st.expect, &c.io
	if e.kind == wantCustom {
		v := e.custom(x.in, x.eof)
		if !v.wait && !v.pass && v.reply == nil {
			v.desc = c.failText(st, v.desc, false)
		}
		return v
	}
	if !x.eof && (e.min > 0 && len(x.in) < e.min || len(x.in) < len(e.data)) {
		return verdict{wait: true}
	}
	matched, why := c.matches(e, x.in)
	if why != "" {
		return c.fail(st, L7Response, why, false)
	}
	if !matched && !x.eof && e.min < 0 {
		return verdict{wait: true}
	}
	if matched != e.not {
		return verdict{pass: true}
	}
	return c.fail(st, L7Response, "", matched)
}

// matches compares in with a pattern of bytes. why says what is wrong with the
// pattern itself.
func (c *Check) matches(e *expect, in []byte) (matched bool, why string) {
	switch e.kind {
	case wantString, wantBinary, wantBody:
		return bytes.Contains(in, e.data), ""
	case wantRegex, wantBodyRegex:
		return e.regex.Match(in), ""
	case wantBinaryRegex:
		return e.regex.Match(bytes.ToUpper([]byte(hex.EncodeToString(in)))), ""
	}
	text := e.format.AppendTo(nil, c.stream())
	if len(text) == 0 {
		return false, "log-format string evaluated to an empty string"
	}
	if e.kind == wantBinaryFormat {
		var err error
		if text, err = unhex(string(text)); err != nil {
			return false, "Failed to parse hexastring resulting of eval of a log-format string"
		}
	}
	return bytes.Contains(in, text), ""
}

// fail is the verdict of an expect that does not hold.
func (c *Check) fail(st *step, status Status, why string, matched bool) verdict {
	e := st.expect
	if e.failed != 0 {
		status = e.failed
	}
	v := verdict{status: status, desc: c.failText(st, why, matched)}
	v.code = c.statusCode(e, v.code)
	return v
}

// failText is the description of a failed expect: what the protocol says, the
// rule's on-error, or a text of its own; then the rule's comment.
func (c *Check) failText(st *step, why string, matched bool) string {
	e := st.expect
	kind := c.job.plan.kind
	switch {
	case why != "":
	case e.onError != nil:
		why = string(e.onError.AppendTo(nil, c.stream()))
	case e.silent && len(c.io.in) == 0:
	case len(c.io.in) == 0:
		why = "TCPCHK got an empty response at step " + strconv.Itoa(st.index+1)
	case kind == tcpCheck || kind == httpCheck:
		why = c.mismatch(st, matched)
	}
	if st.comment != "" {
		why += " comment: " + st.comment
	}
	return why
}

// accepted fills o for a plan whose last step is an expect that passed.
func (c *Check) accepted(st *step, o *outcome) {
	e := st.expect
	o.status, o.code = L7OK, c.httpCode()
	if e.ok != 0 {
		o.status = e.ok
	}
	switch {
	case c.job.plan.disable404 && o.code == 404 && c.serverUp():
		o.status = L7OKCond
		return
	case e.onSuccess != nil:
		o.desc = string(e.onSuccess.AppendTo(nil, c.stream()))
	case c.job.plan.kind == tcpCheck:
		o.desc = "(tcp-check)"
	}
	o.code = c.statusCode(e, o.code)
}

// statusCode is the value of status-code, or code without.
func (c *Check) statusCode(e *expect, code int) int {
	if e.code != nil {
		if n, ok := c.number(e.code); ok {
			return n
		}
	}
	return code
}

// number evaluates an expression as an integer.
func (c *Check) number(e *sample.Expr) (int, bool) {
	s := c.stream()
	mark := sample.Mark(s.Thread)
	defer sample.Release(s.Thread, mark)
	var v sample.Value
	if !e.EvalAs(s, sample.Int, &v) {
		return 0, false
	}
	return int(v.Int), true
}

// unhex reads hexadecimal digits; blanks between them do not count.
func unhex(s string) ([]byte, error) {
	return hex.DecodeString(string(bytes.Join(bytes.Fields([]byte(s)), nil)))
}
