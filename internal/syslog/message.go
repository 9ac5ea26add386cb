package syslog

import "bytes"

// Message is a line that came from somewhere else, taken apart. Its slices are
// parts of what was received; nil: not there. Manual 12.6.
type Message struct {
	Pri  int // facility and severity, -1 = not given
	Time Time
	// Stamp is the time as it came; "-" in RFC 5424 is kept as it is.
	Stamp                       []byte
	Host, Tag, PID, MsgID, Data []byte
	Text                        []byte
}

// Time is the form of a Message's time.
type Time uint8

// Forms of times.
const (
	NoTime     Time = iota
	LegacyTime      // "Jan  1 00:00:00", of RFC 3164
	ISOTime         // of RFC 5424, which may be "-"
)

// maxPri bounds what is taken for a priority; RFC 5424 ends at 191, and HAProxy
// 3.4 passes on what is larger.
const maxPri = 999

// Parse takes a line apart, as far as it has the form of RFC 5424 or RFC 3164;
// what has neither is text. It keeps nothing and allocates nothing.
func Parse(line []byte) Message {
	m := Message{Pri: -1}
	rest := line
	if pri, after, ok := parsePri(line); ok {
		m.Pri, rest = pri, after
	}
	m.Text = rest
	if after, ok := bytes.CutPrefix(rest, []byte("1 ")); ok {
		if n := m; n.parse5424(after) {
			return n
		}
		return m
	}
	if n := m; n.parse3164(rest) {
		return n
	}
	return m
}

// parsePri reads "<13>"; "<>" is 0.
func parsePri(b []byte) (pri int, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '<' {
		return 0, nil, false
	}
	for i, c := range b[1:] {
		switch {
		case c == '>':
			return pri, b[i+2:], true
		case c < '0' || c > '9':
			return 0, nil, false
		}
		if pri = 10*pri + int(c-'0'); pri > maxPri {
			return 0, nil, false
		}
	}
	return 0, nil, false
}

// parse5424 reads what follows the version: RFC 5424 6.
func (m *Message) parse5424(b []byte) bool {
	for i, field := range [...]*[]byte{&m.Stamp, &m.Host, &m.Tag, &m.PID, &m.MsgID} {
		end := bytes.IndexByte(b, ' ')
		if end <= 0 {
			return false
		}
		if i == 0 || string(b[:end]) != "-" {
			*field = b[:end]
		}
		b = b[end+1:]
	}
	m.Time = ISOTime
	n := structured(b)
	if n == 0 || n < len(b) && b[n] != ' ' {
		return false
	}
	if string(b[:n]) != "-" {
		m.Data = b[:n]
	}
	m.Text = b[min(n+1, len(b)):]
	return true
}

// structured is the length of structured data or its "-", 0 if it has no end.
func structured(b []byte) int {
	if len(b) > 0 && b[0] == '-' {
		return 1
	}
	i := 0
	for i < len(b) && b[i] == '[' {
		end := element(b[i:])
		if end == 0 {
			return 0
		}
		i += end
	}
	return i
}

// element is the length of one "[id name="value"]": a bracket within quotes does
// not end it.
func element(b []byte) int {
	quoted := false
	for i := 0; i < len(b); i++ {
		switch {
		case quoted && b[i] == '\\':
			i++
		case b[i] == '"':
			quoted = !quoted
		case !quoted && b[i] == ']':
			return i + 1
		}
	}
	return 0
}

// legacyLen is the length of "Jan  1 00:00:00".
const legacyLen = 15

// parse3164 reads a time, a host and maybe a tag: RFC 3164 4.1.
func (m *Message) parse3164(b []byte) bool {
	if len(b) <= legacyLen || b[legacyLen] != ' ' || !isLegacy(b[:legacyLen]) {
		return false
	}
	stamp, b := b[:legacyLen], b[legacyLen+1:]
	end := bytes.IndexByte(b, ' ')
	if end <= 0 {
		return false
	}
	m.Time, m.Stamp, m.Host, m.Text = LegacyTime, stamp, b[:end], b[end+1:]
	m.cutTag()
	return true
}

// cutTag takes "tag[pid]: " off the text.
func (m *Message) cutTag() {
	end := bytes.IndexByte(m.Text, ' ')
	if end < 2 || m.Text[end-1] != ':' {
		return
	}
	tag := m.Text[:end-1]
	m.Tag, m.Text = tag, m.Text[end+1:]
	open := bytes.IndexByte(tag, '[')
	if open < 0 {
		return
	}
	m.Tag = tag[:open]
	if n := len(tag); n-open > 2 && tag[n-1] == ']' {
		m.PID = tag[open+1 : n-1]
	}
}

// months are the names in order, of three letters each.
const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// month is the number of a month's name, from 1 on, 0 for none.
func month(b []byte) int {
	for i := 0; i < len(months); i += 3 {
		if string(b) == months[i:i+3] {
			return i/3 + 1
		}
	}
	return 0
}

// isLegacy looks whether b has the form of "Jan  1 00:00:00".
func isLegacy(b []byte) bool {
	const form = "Mmm Dd dd:dd:dd"
	for i := 3; i < len(form); i++ {
		c := b[i]
		digit := c >= '0' && c <= '9'
		switch f := form[i]; {
		case f == 'D' && (digit || c == ' '), f == 'd' && digit, f == c && f != 'd' && f != 'D':
		default:
			return false
		}
	}
	return month(b[:3]) > 0
}

// Natural is the format that says what the message says: the one in which it
// came. host is what will stand for its host.
func (m *Message) Natural(host []byte) Format {
	bare := len(host) == 0 && m.Tag == nil && m.PID == nil && m.MsgID == nil && m.Data == nil
	switch {
	case m.Time == ISOTime && !(bare && string(m.Stamp) == "-"):
		return RFC5424
	case len(host) > 0:
		return RFC3164
	case m.Time == LegacyTime || m.Tag != nil:
		return Local
	case m.Pri >= 0:
		return Priority
	}
	return Raw
}
