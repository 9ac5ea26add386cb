package l4fetch

import (
	"segue/internal/lb"
	"segue/internal/sample"
)

// timerRows are the fetches of the timers of manual 8.4, in ms; a phase that did
// not happen has -1.
func timerRows() []sample.Fetch {
	row := func(name string, use sample.Use, f func(*lb.Stream) int64, text string) sample.Fetch {
		return sample.Fetch{Doc: doc(name, internal, text), Out: sample.Int, Use: use, Eval: integer(f)}
	}
	return []sample.Fetch{
		row("bc.timer.connect", sample.UseServer4, func(s *lb.Stream) int64 { return phase(s.Queued, s.Connected) }, "The time to connect to the server (%Tc)."),
		row("fc.timer.handshake", sample.UseClient4, func(s *lb.Stream) int64 { return handshake(s) / 1e6 }, "The time of the client's handshakes (%Th)."),
		row("fc.timer.total", sample.UseSessEnd, func(s *lb.Stream) int64 { return (end(s) - begin(s)) / 1e6 }, "The time since the connection was accepted or the last request ended (%Tt)."),
		row("req.timer.hdr", sample.UseReqFields, func(s *lb.Stream) int64 { return phase(s.Start, s.HeadDone) }, "The time that the request's head took (%TR)."),
		row("req.timer.idle", sample.UseReqFields, func(s *lb.Stream) int64 { return idle(s) / 1e6 }, "The time before the request's first byte (%Ti)."),
		row("req.timer.queue", sample.UseServer4, func(s *lb.Stream) int64 { return phase(s.HeadDone, s.Queued) }, "The time in queues (%Tw)."),
		row("req.timer.tq", sample.UseReqFields, timeTq, "%Th, %Ti and %TR together (%Tq)."),
		row("res.timer.data", sample.UseResEnd, timeTd, "The time since the response's head (%Td)."),
		row("res.timer.hdr", sample.UseResFields, func(s *lb.Stream) int64 { return phase(s.Connected, s.ResHeadDone) }, "The time that the server took to answer (%Tr)."),
		row("txn.timer.total", sample.UseTxnEnd, func(s *lb.Stream) int64 { return (end(s) - s.Start) / 1e6 }, "The time since the request's first byte (%Ta)."),
		row("txn.timer.user", sample.UseTxnEnd, func(s *lb.Stream) int64 { return (end(s) - begin(s) - idle(s)) / 1e6 }, "The time as the user sees it: without idle time (%Tu)."),
	}
}

// phase is the time from a to b in ms, -1 if one of them did not happen.
func phase(a, b int64) int64 {
	if a < 0 || b < 0 {
		return -1
	}
	return max(0, b-a) / 1e6
}

func end(s *lb.Stream) int64 {
	if s.End > 0 {
		return s.End
	}
	return s.Thread.Now()
}

// begin is where idle time starts: the accept or the end of the request before.
func begin(s *lb.Stream) int64 {
	if s.Idle > 0 {
		return s.Idle
	}
	return s.Start
}

func handshake(s *lb.Stream) int64 {
	if s.Session == nil || s.Session.Requests > 1 {
		return 0
	}
	return s.Session.Handshake
}

func idle(s *lb.Stream) int64 {
	if s.Flags&lb.IsTCP != 0 {
		return 0
	}
	return max(0, s.Start-begin(s)-handshake(s))
}

func timeTq(s *lb.Stream) int64 {
	if s.HeadDone < 0 {
		return -1
	}
	return (s.HeadDone - begin(s)) / 1e6
}

func timeTd(s *lb.Stream) int64 {
	if s.ResHeadDone < 0 {
		return -1
	}
	return (end(s) - s.ResHeadDone) / 1e6
}
