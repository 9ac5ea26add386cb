package logfmt

import (
	"time"

	"segue/internal/lb"
)

const layout = "02/Jan/2006:15:04:05 -0700"

// acceptWall is the accept date in unix ns: when the connection was ready for
// this request. Manual 8.2.3, field accept_date.
func acceptWall(s *lb.Stream) int64 { return s.StartWall - max(0, s.Start-base(s)) }

// second returns the text of a wall time's second out of the thread's cache.
func second(c *lb.SecondText, wall int64, loc *time.Location) []byte {
	sec := wall / 1e9
	if c.Key != sec+1 {
		c.Key = sec + 1
		var b [64]byte
		copy(c.Text[:], time.Unix(sec, 0).In(loc).AppendFormat(b[:0], layout))
	}
	return c.Text[:]
}

func local(dst []byte, s *lb.Stream, wall int64) []byte {
	return append(dst, second(&s.Thread.Date.Local, wall, time.Local)...)
}

func utc(dst []byte, s *lb.Stream, wall int64) []byte {
	return append(dst, second(&s.Thread.Date.UTC, wall, time.UTC)...)
}

// localMs appends the local date with milliseconds.
func localMs(dst []byte, s *lb.Stream, wall int64) []byte {
	dst = append(dst, second(&s.Thread.Date.Local, wall, time.Local)[:20]...)
	m := wall / ms % 1000
	return append(dst, '.', byte('0'+m/100), byte('0'+m/10%10), byte('0'+m%10))
}

func strT(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) { return utc(dst, s, acceptWall(s)), true }
func strTl(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	return local(dst, s, acceptWall(s)), true
}
func strDate(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	return localMs(dst, s, acceptWall(s)), true
}
func strTr(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	return localMs(dst, s, s.StartWall), true
}
func strTrg(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) { return utc(dst, s, s.StartWall), true }
func strTrl(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	return local(dst, s, s.StartWall), true
}
