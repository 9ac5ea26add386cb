package syslog

import "strconv"

// Relay is Append for a message that came from somewhere else. host stands for
// its host. It goes out in the Sink's format, or as it came if that names none;
// what it lacks is the present time and the Sink's facility.
func (w *Writer) Relay(now int64, m *Message, host []byte) {
	cfg := &w.sink.cfg
	lev := Level(max(m.Pri, 0) & 7)
	if lev > cfg.Level || len(m.Text) == 0 {
		return
	}
	if cfg.Sampling.Size > 0 && !cfg.Sampling.takes(w.sink.seen.Add(1)-1) {
		return
	}
	if len(w.buf)+cfg.MaxLen > maxBuffer || len(w.ends) >= maxLines {
		w.Flush() // one read may bring more than a loop's turn else does
	}
	if len(w.buf)+cfg.MaxLen > maxBuffer || len(w.ends) >= maxLines {
		w.sink.dropped.Add(1)
		return
	}
	fac := int(cfg.Facility)
	if m.Pri >= 0 {
		fac = m.Pri >> 3
	}
	w.now = now
	start := len(w.buf)
	w.buf = w.stamp.appendRelayed(w.buf, cfg.Format, fac<<3|int(max(lev, cfg.MinLevel)), now, m, host)
	text := m.Text
	for len(text) > 0 && (text[len(text)-1] == '\n' || text[len(text)-1] == 0) {
		text = text[:len(text)-1]
	}
	if room := start + cfg.MaxLen - 1 - len(w.buf); room < len(text) {
		text = text[:max(room, 0)]
	}
	w.buf = append(w.buf, text...)
	w.buf = append(w.buf[:min(len(w.buf), start+cfg.MaxLen-1)], '\n')
	w.ends = append(w.ends, len(w.buf))
}

// appendRelayed appends the header of a message that came from somewhere else.
func (s *Stamp) appendRelayed(b []byte, f Format, pri int, now int64, m *Message, host []byte) []byte {
	if f == Auto {
		f = m.Natural(host)
	}
	switch f {
	case Raw:
		return b
	case ISO:
		return append(s.appendISOOf(b, now, m), ' ')
	case Short:
		return relayedPri(b, pri&7)
	case Timed:
		return append(s.appendISOOf(relayedPri(b, pri&7), now, m), ' ')
	}
	b = relayedPri(b, pri)
	switch f {
	case Priority:
		return b
	case RFC5424:
		b = append(b, '1', ' ')
		if m.Time == ISOTime { // also the one that says nothing
			b = append(append(b, m.Stamp...), ' ')
		} else {
			b = append(s.appendISOOf(b, now, m), ' ')
		}
		for _, field := range [...][]byte{host, m.Tag, m.PID, m.MsgID, m.Data} {
			b = append(appendOr(b, field, "-"), ' ')
		}
		return b
	}
	b = append(s.appendLegacyOf(b, now, m), ' ')
	if f == RFC3164 {
		b = append(appendOr(b, host, "localhost"), ' ')
	}
	if len(m.Tag) == 0 {
		return b
	}
	b = append(b, m.Tag...)
	if len(m.PID) > 0 {
		b = append(append(append(b, '['), m.PID...), ']')
	}
	return append(b, ": "...)
}

func relayedPri(b []byte, pri int) []byte {
	b = strconv.AppendInt(append(b, '<'), int64(pri), 10)
	return append(b, '>')
}

// appendISOOf appends the message's time, or now, as RFC 5424 writes it. An older
// time has no year and no zone: it gets this year, and "-00:00", which says that
// the zone is unknown.
func (s *Stamp) appendISOOf(b []byte, now int64, m *Message) []byte {
	switch {
	case m.Time == ISOTime && string(m.Stamp) != "-":
		return append(b, m.Stamp...)
	case m.Time == LegacyTime:
		s.at(now)
		b = append(b, s.iso[:5]...)
		n := month(m.Stamp[:3])
		b = append(b, byte('0'+n/10), byte('0'+n%10), '-')
		day := m.Stamp[4]
		if day == ' ' {
			day = '0'
		}
		b = append(b, day, m.Stamp[5], 'T')
		return append(append(b, m.Stamp[7:legacyLen]...), "-00:00"...)
	}
	b = s.appendISO(b, now)
	return b[:len(b)-1]
}

// appendLegacyOf appends the message's time, or now, as RFC 3164 writes it.
func (s *Stamp) appendLegacyOf(b []byte, now int64, m *Message) []byte {
	if m.Time == LegacyTime {
		return append(b, m.Stamp...)
	}
	if t := m.Stamp; m.Time == ISOTime && isISO(t) {
		n := int(t[5]-'0')*10 + int(t[6]-'0')
		day := t[8]
		if day == '0' {
			day = ' '
		}
		b = append(b, months[3*n-3:3*n]...)
		b = append(b, ' ', day, t[9], ' ')
		return append(b, t[11:19]...)
	}
	b = s.appendLegacy(b, now)
	return b[:len(b)-1]
}

// isISO looks whether b begins with the form of "2006-01-02T15:04:05".
func isISO(b []byte) bool {
	const form = "dddd-dd-ddTdd:dd:dd"
	if len(b) < len(form) {
		return false
	}
	for i := range len(form) {
		if f, c := form[i], b[i]; f == 'd' && (c < '0' || c > '9') || f != 'd' && f != c {
			return false
		}
	}
	n := int(b[5]-'0')*10 + int(b[6]-'0')
	return n >= 1 && n <= 12
}
