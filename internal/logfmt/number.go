package logfmt

import (
	"strconv"

	"segue/internal/conf"
	"segue/internal/lb"
)

// numState says how a number is written.
type numState uint8

const (
	plain   numState = iota
	partial          // "+": it would grow, were the line written later
	absent           // there is none
	date2            // in three digits
)

// appendNumber appends v as the flags want it.
func appendNumber(dst []byte, v int64, st numState, opts flags) []byte {
	q := opts&quote != 0
	switch {
	case st == absent:
		switch {
		case q:
			return append(dst, `""`...)
		case opts&must != 0:
			return append(dst, '-')
		}
		return dst
	case st == partial:
		dst = append(dst, '+')
	case st == date2:
		return append(dst, byte('0'+v/100), byte('0'+v/10%10), byte('0'+v%10))
	}
	return appendInt(dst, v)
}

// appendInt is strconv.AppendInt with a fast path for the one to three digits
// that most numbers of a log line have.
func appendInt(dst []byte, v int64) []byte {
	switch {
	case uint64(v) < 10:
		return append(dst, byte('0'+v))
	case uint64(v) < 100:
		return append(dst, byte('0'+v/10), byte('0'+v%10))
	case uint64(v) < 1000:
		return append(dst, byte('0'+v/100), byte('0'+v/10%10), byte('0'+v%10))
	}
	return strconv.AppendInt(dst, v, 10)
}

// appendHex4 appends the low 16 bits in four digits.
func appendHex4(dst []byte, v int64) []byte {
	return append(dst, digits[v>>12&15], digits[v>>8&15], digits[v>>4&15], digits[v&15])
}

const ms = int64(1e6)

// base is when the wait for the request began: the accept for the first one,
// the end of the response before for others.
func base(s *lb.Stream) int64 {
	ss := s.Session
	if ss.Requests > 1 && ss.IdleSince != 0 {
		return ss.IdleSince
	}
	return ss.Accepted
}

// end is when the stream ended, or now.
func end(s *lb.Stream) int64 {
	if s.End >= 0 {
		return s.End
	}
	return s.Thread.Now()
}

// asap tells that the line is written before the end (option logasap).
func asap(s *lb.Stream) numState {
	if s.Front.Log.ASAP {
		return partial
	}
	return plain
}

// handshake is Th in ns.
func handshake(s *lb.Stream) int64 {
	if s.Session.Requests > 1 {
		return 0
	}
	return s.Session.Handshake
}

// span is the ms from a to b, -1 unless both happened.
func span(a, b int64) (int64, numState) {
	if a < 0 || b < 0 {
		return -1, plain
	}
	return max(0, b-a) / ms, plain
}

func timeIdle(s *lb.Stream) int64 {
	if s.Flags&lb.IsTCP != 0 {
		return 0
	}
	return max(0, s.Start-base(s)-handshake(s))
}

func numTa(s *lb.Stream) (int64, numState) { return (end(s) - s.Start) / ms, asap(s) }
func numTc(s *lb.Stream) (int64, numState) { return span(s.Queued, s.Connected) }
func numTh(s *lb.Stream) (int64, numState) { return handshake(s) / ms, plain }
func numTi(s *lb.Stream) (int64, numState) { return timeIdle(s) / ms, plain }
func numTR(s *lb.Stream) (int64, numState) {
	if s.Flags&lb.IsTCP != 0 {
		return -1, plain // there is no request
	}
	return span(s.Start, s.HeadDone)
}

func numTr(s *lb.Stream) (int64, numState) { return span(s.Connected, s.ResHeadDone) }
func numTt(s *lb.Stream) (int64, numState) { return max(0, end(s)-base(s)) / ms, asap(s) }
func numTu(s *lb.Stream) (int64, numState) {
	return max(0, end(s)-base(s)-timeIdle(s)) / ms, asap(s)
}

// numTw is the time in queues; for a tarpitted request, the time in the tarpit.
func numTw(s *lb.Stream) (int64, numState) {
	if s.Flags&lb.Tarpitted != 0 {
		return span(s.Start, s.Queued)
	}
	return span(s.HeadDone, s.Queued)
}

func numTd(s *lb.Stream) (int64, numState) {
	if s.Flags&lb.IsTCP != 0 {
		return span(s.Connected, end(s))
	}
	return span(s.ResHeadDone, end(s))
}

func numTq(s *lb.Stream) (int64, numState) {
	if s.HeadDone < 0 {
		return -1, plain
	}
	return max(0, s.HeadDone-base(s)) / ms, plain
}

func numB(s *lb.Stream) (int64, numState) { return s.BytesOut, asap(s) }
func numU(s *lb.Stream) (int64, numState) { return s.BytesIn, plain }

// numST is -1 in a line that is written while there is no response yet.
func numST(s *lb.Stream) (int64, numState) {
	switch o := s.LogOrigin; {
	case s.Status != 0 || o == conf.LogUnspec || o == conf.LogError || o == conf.LogAccept || o == conf.LogTCPReqConn || o == conf.LogTCPReqSess:
		return int64(s.Status), plain
	case o == conf.LogHTTPRes || o == conf.LogHTTPAfterRes:
		return int64(s.Res.Status), plain
	case s.Flags&lb.IsTCP != 0 || s.End >= 0:
		return 0, plain
	}
	return -1, plain
}

func numTs(s *lb.Stream) (int64, numState) { return acceptWall(s) / 1e9, plain }
func numMs(s *lb.Stream) (int64, numState) { return acceptWall(s) / ms % 1000, date2 }
func numAc(s *lb.Stream) (int64, numState) { return s.Thread.Process.Conns.Load(), plain }
func numBq(s *lb.Stream) (int64, numState) { return s.BackQueuePos, plain }
func numSq(s *lb.Stream) (int64, numState) { return s.SrvQueuePos, plain }
func numRt(s *lb.Stream) (int64, numState) { return int64(s.ID), plain }
func numLc(s *lb.Stream) (int64, numState) { return s.Front.Front.LogCount.Load(), plain }

func numPid(s *lb.Stream) (int64, numState) { return int64(s.Thread.Process.PID), plain }

func numFc(s *lb.Stream) (int64, numState) {
	if s.Front.Front == nil {
		return 0, plain
	}
	return s.Front.Front.Cur.Load(), plain
}

func numBc(s *lb.Stream) (int64, numState) {
	if s.Back == nil || s.Back.Back == nil {
		return 0, plain
	}
	return s.Back.Back.Cur.Load(), plain
}

func numSc(s *lb.Stream) (int64, numState) {
	if s.Server == nil {
		return 0, plain
	}
	return s.Server.State.Cur.Load(), plain
}

func numRc(s *lb.Stream) (int64, numState) {
	if s.Redispatched {
		return int64(s.Retries), partial
	}
	return int64(s.Retries), plain
}

// port is the state of a port number.
func port(n uint16, valid bool) (int64, numState) {
	if !valid {
		return 0, absent
	}
	return int64(n), plain
}

func numCp(s *lb.Stream) (int64, numState) {
	a := s.Client()
	if s.Session.Flags&lb.UnixSocket != 0 && !a.IsValid() {
		return int64(s.Bind.ID), plain
	}
	return port(a.Port(), a.IsValid())
}

func numFp(s *lb.Stream) (int64, numState) {
	a := s.Local()
	if s.Session.Flags&lb.UnixSocket != 0 && !a.IsValid() {
		return int64(s.Bind.ID), plain
	}
	return port(a.Port(), a.IsValid())
}

func numBp(s *lb.Stream) (int64, numState) {
	a := source(s)
	return port(a.Port(), a.IsValid())
}

func numSp(s *lb.Stream) (int64, numState) {
	a := target(s)
	return port(a.Port(), a.IsValid())
}
