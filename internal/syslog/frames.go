package syslog

import "bytes"

// Next finds the first message in what a stream connection brought: with octet
// counting (RFC 6587 3.4.1) or ended by a line feed (3.4.2), which ntf makes the
// only way. used is how many bytes it takes with its frame, 0 if it is not
// complete; ok is false when what is there cannot begin a message that has up to
// most bytes: nothing after it can be trusted.
func Next(b []byte, ntf bool, most int) (msg []byte, used int, ok bool) {
	if len(b) == 0 {
		return nil, 0, true
	}
	switch c := b[0]; {
	case ntf || c == '<':
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			return nil, 0, len(b) < most
		}
		if end >= most {
			return nil, 0, false
		}
		msg = b[:end]
		if n := len(msg); n > 0 && msg[n-1] == '\r' {
			msg = msg[:n-1]
		}
		return msg, end + 1, true
	case c < '1' || c > '9':
		return nil, 0, false
	}
	n := 0
	for i, c := range b {
		switch {
		case c == ' ':
			if len(b) < i+1+n {
				return nil, 0, true
			}
			return b[i+1 : i+1+n], i + 1 + n, true
		case c < '0' || c > '9':
			return nil, 0, false
		}
		if n = 10*n + int(c-'0'); n+i+2 > most {
			return nil, 0, false
		}
	}
	return nil, 0, true
}
