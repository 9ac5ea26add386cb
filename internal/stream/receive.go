package stream

import (
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/wire/h1"
)

// Got is the outcome of Receive.
type Got uint8

const (
	Complete Got = iota // s.Req holds a head
	Partial             // more bytes are needed
	Gone                // the client has left without a request
	Bad                 // s.Reply answers what was received
)

// Receive tries to read a request's head from the session without waiting, so
// that a client that is slow or silent holds neither a task nor a buffer: what
// has arrived is kept in the session, as large as it is. That may be more than a
// head may have, since bodies are received in larger pieces than heads.
func Receive(s *lb.Stream) Got {
	ss := s.Session
	n := copy(s.Thread.Scratch, ss.Partial)
	k, st := 0, sched.OK
	if most := limit(s); n < most {
		k, st = ss.Conn.TryRead(s.Thread.Scratch[n:most])
	}
	if st != sched.OK && n == ss.Scanned {
		return ended(s, st, n)
	}
	got := parse(s, s.Thread.Scratch[:n+k]) // a client may end its side behind pipelined requests
	if got == Partial && st != sched.OK {
		return ended(s, st, n)
	}
	return got
}

// limit is how many bytes of a head are read at the most: tune.bufsize.
func limit(s *lb.Stream) int { return s.Gen.Conf.Global.Tune.BufSize }

// parse parses buf, which lies in the loop's scratch, and keeps what a complete
// head leaves over.
func parse(s *lb.Stream, buf []byte) Got {
	ss := s.Session
	lim := h1.Limits{
		MaxFields:           s.Gen.Conf.Global.Tune.MaxHdr,
		MaxHead:             h1.MaxHead(limit(s)),
		MaxWeight:           h1.MaxWeight(limit(s), s.Gen.Conf.Global.Tune.MaxRewrite),
		AcceptUnsafeRequest: s.Front.Options&optUnsafeRequest != 0,
		AcceptPayload:       s.Gen.Conf.Global.H1AcceptPayload,
	}
	n, e := h1.ParseRequest(&s.Req, buf, ss.Scanned, &lim)
	if e != h1.OK {
		badRequest(s, buf, n, e)
		return Bad
	}
	if n == 0 {
		if len(buf) >= lim.MaxHead {
			badRequest(s, buf, len(buf), h1.TooLarge)
			return Bad
		}
		ss.Partial = append(ss.Partial[:0], buf...)
		ss.Scanned = len(buf)
		return Partial
	}
	ss.Scanned = 0
	s.HeadDone = s.Thread.Now()
	s.BytesIn = int64(n)
	if v := s.Req.Violation; v != 0 {
		keepBad(s, s.Front, false, buf, int(v)-1, accepted)
	}
	s.ReqBody.Start(s.Req.Framing, s.Req.ContentLength)
	return firstBody(s, buf, n)
}

// firstBody takes the body bytes that came with the head, the first head bytes of
// buf.
func firstBody(s *lb.Stream, buf []byte, head int) Got {
	ss, rest := s.Session, buf[head:]
	if len(rest) == 0 {
		ss.Partial = ss.Partial[:0]
		if cap(ss.Partial) > 0 {
			ss.Partial = nil
		}
		return Complete
	}
	out, n, _, e := s.ReqBody.Feed(rest)
	if e != h1.OK {
		badRequest(s, buf, head+n, e)
		return Bad
	}
	s.Pending = append(s.Pending[:0], out...)
	s.BytesIn += int64(n)
	s.ReqBytes = int64(len(out))
	ss.Partial = append(ss.Partial[:0], rest[n:]...)
	return Complete
}

// ended is the client's end, error or silence before a complete head.
func ended(s *lb.Stream, st sched.Status, n int) Got {
	switch {
	case st == sched.Again:
		return Partial
	case n == 0 && s.Session.Requests > 0:
		return Gone
	}
	s.SetTerm('C', 'R')
	if n == 0 {
		return Gone
	}
	failedRequest(s)
	s.Status = 400
	s.Reply = errorReply(s, 400)
	return Bad
}

// badBody is a body that does not parse, behind a request that rules have seen.
func badBody(s *lb.Stream, buf []byte, pos int, e h1.Error) {
	keepBad(s, s.Front, false, buf, pos, e.String())
	failedRequest(s)
	s.SetTerm('P', 'R')
	s.Flags |= lb.CloseClient
	s.HeadDone = -1
	s.Reply = errorReply(s, e.Status())
}

// badRequest keeps the bytes for "show errors" and prepares the answer.
func badRequest(s *lb.Stream, buf []byte, pos int, e h1.Error) {
	keepBad(s, s.Front, false, buf[:min(len(buf), limit(s))], pos, e.String())
	failedRequest(s)
	s.SetTerm('P', 'R')
	s.Flags |= lb.CloseClient
	s.Req.Reset() // to rules and log it never was a request
	s.HeadDone = -1
	s.Reply = errorReply(s, e.Status())
}

// failedRequest counts a request that was wrong or did not arrive whole.
func failedRequest(s *lb.Stream) {
	s.Front.Front.FailedReq.Add(1)
	s.Bind.State.FailedReq.Add(1)
}

// accepted is what "show errors" says of a message that was let through. Manual 4.2
// "option accept-unsafe-violations-in-http-request".
const accepted = "a violation that was accepted"

// keepBad records a message that did not parse.
func keepBad(s *lb.Stream, px *lb.Proxy, back bool, buf []byte, pos int, why string) {
	c := &lb.Capture1{
		When: s.Thread.WallNow(), Proxy: px.Name, Back: back, Pos: pos, Status: why,
		Bytes: append([]byte(nil), buf...), SessID: int64(s.ID), Src: s.Client().String(),
	}
	if s.Server != nil {
		c.Server = s.Server.Name
	}
	if back {
		c.Other = s.Front.Name
	} else if s.Back != nil {
		c.Other = s.Back.Name
	}
	c.Num = errorSerial.Add(1) - 1
	px.LastError.Store(c)
}
