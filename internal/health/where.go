package health

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// where says at which step of a tcp-check something happened, for messages.
// Other kinds of checks do not tell.
func (c *Check) where(st *step) string {
	if c.job.plan.kind != tcpCheck {
		return ""
	}
	if st.kind == doConnect && st.connect.implicit {
		return " at initial connection step of tcp-check"
	}
	s := " at step " + strconv.Itoa(st.index+1) + " of tcp-check"
	switch st.kind {
	case doConnect:
		s += " (connect"
		if st.connect.port > 0 {
			s += " port " + strconv.Itoa(st.connect.port)
		}
		s += ")"
	case doSend:
		s += " (send)"
	case doExpect:
		s += " (expect " + st.expect.what() + ")"
	}
	if st.comment != "" {
		s += " comment: '" + st.comment + "'"
	}
	return s
}

// what names what an expect looks for.
func (e *expect) what() string {
	switch e.kind {
	case wantString:
		return "string '" + string(e.data) + "'"
	case wantBinary:
		return "binary '" + strings.ToUpper(hex.EncodeToString(e.data)) + "'"
	case wantRegex:
		return "regex"
	case wantBinaryRegex:
		return "binary regex"
	case wantFormat:
		return "log-format string"
	case wantBinaryFormat:
		return "log-format binary"
	case wantStatus:
		return "HTTP status codes"
	case wantStatusRegex:
		return "HTTP status regex"
	case wantHeader:
		return "HTTP header pattern"
	case wantBody:
		return "HTTP body content '" + string(e.data) + "'"
	case wantBodyRegex:
		return "HTTP body regex"
	case wantBodyFormat:
		return "log-format HTTP body"
	}
	return "custom function"
}

// mismatch is the description of a failed expect of a tcp-check or http-check.
func (c *Check) mismatch(st *step, matched bool) string {
	e := st.expect
	at := " at step " + strconv.Itoa(st.index+1)
	s := "TCPCHK did not match content"
	if matched {
		s = "TCPCHK matched unwanted content"
	}
	switch e.kind {
	case wantStatus:
		return s + "(status codes)" + at
	case wantString, wantBody:
		return s + " '" + string(e.data) + "'" + at
	case wantBinary:
		return s + " (binary)" + at
	case wantRegex, wantStatusRegex, wantBodyRegex:
		return s + " (regex)" + at
	case wantBinaryRegex:
		return s + " (binary regex)" + at
	case wantFormat, wantBodyFormat:
		return s + " (log-format string)" + at
	case wantBinaryFormat:
		return s + " (log-format binary)" + at
	case wantHeader:
		return s + " (header pattern)" + at
	}
	return s + " (custom function)" + at
}
