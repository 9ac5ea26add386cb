package health

import "bytes"

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
	steps := []step{
		expecting(smtpBanner), sending([]byte(hello + "\r\n")),
		expecting(smtpGreeted), sending([]byte("QUIT\r\n")),
		expecting(smtpBye),
	}
	for i := 0; i < len(steps); i += 2 {
		steps[i].expect.silent = true
	}
	return steps
}

// smtpBanner judges the server's greeting, of one or more lines: its last line
// decides, once it is complete.
func smtpBanner(in []byte, last bool) verdict {
	for rest := in; ; {
		line, ended := firstLine(rest)
		r, ok := readSMTP(line)
		switch {
		case !ended && !last && (ok || len(line) < 4):
			return verdict{wait: true}
		case !ok, r.more && !ended, !ended && len(line) < 4:
			return verdict{status: L7Response, desc: textOf(in)}
		case r.more:
			rest = rest[bytes.IndexByte(rest, '\n')+1:]
			continue
		case r.code/100 != 2:
			return r.wrong()
		}
		return verdict{pass: true}
	}
}

// smtpGreeted waits for the line that ends the answer to the hello; what is no
// such line may still be followed by one.
func smtpGreeted(in []byte, last bool) verdict {
	for rest := in; ; {
		line, ended := firstLine(rest)
		if r, ok := readSMTP(line); ok && !r.more && r.code/100 == 2 && (ended || len(line) > 3) {
			return verdict{pass: true}
		}
		if !ended {
			break
		}
		rest = rest[bytes.IndexByte(rest, '\n')+1:]
	}
	if !last {
		return verdict{wait: true}
	}
	line, _ := firstLine(in)
	r, _ := readSMTP(line)
	return r.wrong()
}

// smtpBye judges the answer to QUIT by its first line.
func smtpBye(in []byte, last bool) verdict {
	line, ended := firstLine(in)
	if len(line) < 4 && !ended && !last {
		return verdict{wait: true}
	}
	r, ok := readSMTP(line)
	if !ok || r.code/100 != 2 {
		return r.wrong()
	}
	return verdict{pass: true, final: true, status: L7OK, code: r.code, desc: r.text}
}

// smtpLine is a line of a reply: "250-a" or "250 b".
type smtpLine struct {
	code int
	text string
	more bool // another line follows
}

// wrong is the verdict of a reply that is not what was hoped for.
func (r *smtpLine) wrong() verdict { return verdict{status: L7Status, code: r.code, desc: r.text} }

// readSMTP reads a line; ok: it is one of a reply.
func readSMTP(line []byte) (r smtpLine, ok bool) {
	if len(line) < 3 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return r, false
	}
	for _, ch := range line[:3] {
		if ch < '0' || ch > '9' {
			return smtpLine{}, false
		}
		r.code = r.code*10 + int(ch-'0')
	}
	if len(line) > 3 {
		r.text, r.more = string(bytes.TrimLeft(line[4:], " ")), line[3] == '-'
	}
	return r, true
}
