package health

import (
	"bytes"
	"strconv"
)

// smtpSteps is "option smtpchk [<hello> <domain>]": banner, hello, QUIT.
// Manual 4.2, RFC 5321.
func smtpSteps(c *compiler) []step {
	hello := "HELO localhost"
	if a, b := c.text(0), c.text(1); a != "" && b != "" {
		if a != "EHLO" {
			a = "HELO"
		}
		hello = a + " " + b
	}
	banner := expecting(smtpReply(1))
	banner.expect.silent = true
	return []step{
		banner, sending([]byte(hello + "\r\n")),
		expecting(smtpReply(2)), sending([]byte("QUIT\r\n")),
		expecting(smtpReply(3)),
	}
}

// smtpReply judges the n-th reply of the server. The last decides on the text.
func smtpReply(n int) func(in []byte, last bool) verdict {
	return func(in []byte, last bool) verdict {
		var code int
		var text []byte
		for range n {
			var ok, ended bool
			if code, text, in, ok, ended = smtpNext(in); !ended && !last && (ok || len(in) < 4) {
				return verdict{wait: true}
			} else if !ok {
				line, _ := firstLine(in)
				return verdict{status: L7Response, desc: string(line)}
			} else if !ended { // cut off
				if text == nil {
					text = in
				}
				return verdict{status: L7Response, desc: string(text)}
			}
		}
		if code/100 != 2 {
			return verdict{status: L7Status, code: code, desc: string(text)}
		}
		return verdict{pass: true, final: n == 3, status: L7OK, code: code, desc: string(text)}
	}
}

// smtpNext takes one reply, of one or more lines, from in: "250-a", "250 b". ok:
// so far it is one; then ended: it is complete.
func smtpNext(in []byte) (code int, text, rest []byte, ok, ended bool) {
	rest = in
	for {
		i := bytes.IndexByte(rest, '\n')
		line := rest
		if i >= 0 {
			line = bytes.TrimRight(rest[:i], "\r")
		}
		if i < 0 && len(line) < 4 && digitsOnly(line) {
			return 0, text, rest, true, false
		}
		if len(line) < 3 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
			return 0, nil, in, false, i >= 0
		}
		n, err := strconv.Atoi(string(line[:3]))
		if err != nil || n < 100 {
			return 0, nil, in, false, i >= 0
		}
		text = bytes.TrimLeft(line[min(4, len(line)):], " ")
		if i < 0 {
			return n, text, in, true, false
		}
		rest = rest[i+1:]
		if len(line) == 3 || line[3] == ' ' {
			return n, text, rest, true, true
		}
	}
}

func digitsOnly(b []byte) bool {
	for _, ch := range b {
		if ch < '0' || ch > '9' {
			return false
		}
	}
	return true
}
