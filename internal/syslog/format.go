package syslog

import (
	"slices"
	"strconv"
	"time"
)

// Format is how a line's header looks.
type Format uint8

// The formats of manual 4.2 "log". Auto is the default: RFC3164 where a host
// name is set ("log-send-hostname"), else Local.
const (
	Auto Format = iota
	Local
	RFC3164
	RFC5424
	Priority
	Short
	Timed
	ISO
	Raw
)

// formats are the words for a Format, in its order; Auto has none. Read only.
var formats = []string{"", "local", "rfc3164", "rfc5424", "priority", "short", "timed", "iso", "raw"}

// ParseFormat finds the format of a word.
func ParseFormat(word string) (Format, bool) {
	i := slices.Index(formats, word)
	return Format(max(i, 0)), i > 0
}

// String is the format's word.
func (f Format) String() string { return word(formats, int(f)) }

// Header is what a line says about its sender. It is the caller's, who keeps
// one for each proxy; Append only reads it.
type Header struct {
	Host string // "log-send-hostname"; "" if not set
	Tag  string // "log-tag"; "" leaves out the PID as well
	PID  string // in decimal digits
}

// Stamp formats times and keeps the last second's text, because most lines
// share it. It belongs to one goroutine. The zero value is ready.
type Stamp struct {
	sec    int64 // the second that both texts are for
	ready  bool
	legacy [16]byte // "Jan  1 00:00:00 "
	iso    [33]byte // "2006-01-02T15:04:05.000000+00:00 "
}

// set renders both texts for the second that ns lies in.
func (s *Stamp) set(sec int64) {
	t := time.Unix(sec, 0) // in the process's time zone, as HAProxy's
	iso := t.AppendFormat(s.iso[:0], "2006-01-02T15:04:05.000000-07:00 ")
	legacy := t.AppendFormat(s.legacy[:0], "Jan _2 15:04:05 ")
	s.sec = sec
	// Years beyond 9999 do not fit; their lines carry the epoch instead.
	s.ready = len(iso) == len(s.iso) && len(legacy) == len(s.legacy)
	if !s.ready {
		copy(s.iso[:], "1970-01-01T00:00:00.000000+00:00 ")
		copy(s.legacy[:], "Jan  1 00:00:00 ")
	}
}

// at makes the texts right for now, in ns of wall time since 1970; microseconds
// are only in the ISO text.
func (s *Stamp) at(now int64) {
	if sec := now / 1e9; sec != s.sec || !s.ready {
		s.set(sec)
	}
}

// appendISO appends the ISO text with a trailing space.
func (s *Stamp) appendISO(b []byte, now int64) []byte {
	s.at(now)
	usec := now % 1e9 / 1000
	for i := 25; i >= 20; i-- {
		s.iso[i] = byte('0' + usec%10)
		usec /= 10
	}
	return append(b, s.iso[:]...)
}

// appendLegacy appends RFC 3164's text with a trailing space.
func (s *Stamp) appendLegacy(b []byte, now int64) []byte {
	s.at(now)
	return append(b, s.legacy[:]...)
}

// AppendHeader appends all that a format puts before the message. The MSGID
// and the structured data, without which RFC5424 writes "-", are for that
// format only.
func (s *Stamp) AppendHeader(b []byte, f Format, fac Facility, lev Level, now int64, h *Header, msgid, sd []byte) []byte {
	if f == Auto {
		f = Local
		if h.Host != "" {
			f = RFC3164
		}
	}
	switch f {
	case RFC5424:
		b = append(appendPri(b, uint8(fac)<<3|uint8(lev)), '1', ' ')
		return appendNames(s.appendISO(b, now), h, msgid, sd)
	case Priority:
		return appendPri(b, uint8(fac)<<3|uint8(lev))
	case Short:
		return appendPri(b, uint8(lev))
	case Timed:
		return s.appendISO(appendPri(b, uint8(lev)), now)
	case ISO:
		return s.appendISO(b, now)
	case Raw:
		return b
	}
	b = s.appendLegacy(appendPri(b, uint8(fac)<<3|uint8(lev)), now)
	if f == RFC3164 {
		// RFC 3164 has no way to leave the name out.
		b = append(appendOr(b, h.Host, "localhost"), ' ')
	}
	return appendTag(b, h)
}

// appendPri appends "<PRI>".
func appendPri(b []byte, pri uint8) []byte {
	b = append(b, '<')
	b = strconv.AppendUint(b, uint64(pri), 10)
	return append(b, '>')
}

// appendTag appends "tag[pid]: ", as far as it is known.
func appendTag(b []byte, h *Header) []byte {
	if h.Tag == "" {
		return b
	}
	b = append(b, h.Tag...)
	if h.PID != "" {
		b = append(b, '[')
		b = append(b, h.PID...)
		b = append(b, ']')
	}
	return append(b, ": "...)
}

// appendNames appends RFC 5424's fields from HOSTNAME to STRUCTURED-DATA, each
// with a space behind it. Trailing spaces of sd are not repeated.
func appendNames(b []byte, h *Header, msgid, sd []byte) []byte {
	for len(sd) > 0 && sd[len(sd)-1] == ' ' {
		sd = sd[:len(sd)-1]
	}
	b = append(appendOr(b, h.Host, "-"), ' ')
	b = append(appendOr(b, h.Tag, "-"), ' ')
	b = append(appendOr(b, h.PID, "-"), ' ')
	b = append(appendOr(b, msgid, "-"), ' ')
	return append(appendOr(b, sd, "-"), ' ')
}

// appendOr appends s, or instead if it is empty.
func appendOr[S string | []byte](b []byte, s S, instead string) []byte {
	if len(s) == 0 {
		return append(b, instead...)
	}
	return append(b, s...)
}

// AppendLine appends a whole line: header, message without its trailing line
// feeds and zero bytes, one line feed. It is at most maxLen bytes long; what
// is longer is cut before the line feed.
func (s *Stamp) AppendLine(b []byte, maxLen int, f Format, fac Facility, lev Level, now int64, h *Header, msgid, sd, msg []byte) []byte {
	start := len(b)
	b = s.AppendHeader(b, f, fac, lev, now, h, msgid, sd)
	for len(msg) > 0 && (msg[len(msg)-1] == '\n' || msg[len(msg)-1] == 0) {
		msg = msg[:len(msg)-1]
	}
	if room := start + maxLen - 1 - len(b); room < len(msg) {
		msg = msg[:max(room, 0)]
	}
	b = append(b, msg...)
	b = b[:min(len(b), start+maxLen-1)]
	return append(b, '\n')
}
