package haterm

import (
	"strconv"

	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/stream"
	"segue/internal/wire/h1"
)

// Service answers requests of "mode haterm". There is one; it holds nothing.
type Service struct{}

var _ lb.Service = Service{}

const (
	// blockSize is a multiple of the lines that a body consists of.
	blockSize = 50 * 1280
	// firstSize is how much of a body goes out with its head.
	firstSize = 16000
	// turns is how many blocks go out before other tasks get theirs.
	turns = 16
)

// The blocks that bodies are sent from.
var (
	textBlock   = makeText()
	onesBlock   = makeOnes()
	randomBlock = makeRandom()
)

// makeText makes lines of 50 characters in which every tenth is a dot.
func makeText() []byte {
	b := make([]byte, blockSize)
	for i := range b {
		switch {
		case i%50 == 49:
			b[i] = '\n'
		case i%10 == 0:
			b[i] = '.'
		default:
			b[i] = byte('0' + i%10)
		}
	}
	return b
}

func makeOnes() []byte {
	b := make([]byte, blockSize)
	for i := range b {
		b[i] = '1'
	}
	return b
}

func makeRandom() []byte {
	b := make([]byte, blockSize)
	var state uint64
	for i := range b {
		b[i] = byte(next(&state) >> 32)
	}
	return b
}

// Serve implements lb.Service.
func (Service) Serve(s *lb.Stream) bool {
	s.SetTerm('L', 'R')
	var a ask
	a.parse(s.Req.PathQuery(), s.Thread)
	if a.help {
		return sendHelp(s)
	}
	if a.status < 200 || a.status > 999 {
		a.status, a.size = 500, 0 // not a status that an answer can have
	}
	if !a.drainLater && !drain(s) {
		return false
	}
	if a.delay > 0 && !s.Task.Sleep(a.delay*1e6) {
		return false
	}
	if a.close {
		s.Flags |= lb.CloseClient
	} else if a.keep && s.Req.Flags&htx.ConnClose == 0 {
		s.Flags &^= lb.CloseClient
	}
	keep := send(s, &a)
	if a.drainLater && !drain(s) {
		return false
	}
	return keep
}

// drain reads the request's body away, so that the next request can follow.
func drain(s *lb.Stream) bool {
	if s.ReqBody.Done() {
		return true
	}
	if s.Req.Flags&htx.Expect100 != 0 && !stream.Continue100(s) {
		return false
	}
	for !s.ReqBody.Done() {
		var deadline int64
		if t := s.Timeouts.Client; t != 0 {
			deadline = s.Thread.Now() + t
		}
		buf := s.Thread.Scratch[:stream.BodyRoom(s)]
		n, st := s.Session.Conn.Read(s.Task, buf, deadline)
		if st != sched.OK {
			return false
		}
		_, k, _, e := s.ReqBody.Feed(buf[:n])
		if e != h1.OK {
			return false
		}
		s.BytesIn += int64(k)
		s.ReqBytes += int64(k)
		if k < n {
			s.Session.Partial = append(s.Session.Partial[:0], buf[k:n]...)
		}
	}
	return true
}

// send sends the head and the body.
func send(s *lb.Stream, a *ask) bool {
	body := a.size
	bodyless := a.status == 204 || a.status == 304
	if bodyless {
		body = 0
	}
	// A client of HTTP/1.0 knows no chunks: its body ends with the connection.
	chunked := a.chunked && s.Req.Minor > 0 && !bodyless
	if a.chunked && s.Req.Minor == 0 {
		s.Flags |= lb.CloseClient
	}
	head(s, a, chunked)
	block := textBlock
	if a.chunked {
		block = onesBlock
	}
	if a.random {
		block = randomBlock
	}
	if s.Flags&lb.HeadRequest != 0 {
		return stream.Send(s, nil)
	}
	if chunked {
		return sendChunk(s, body, block)
	}
	first := min(body, firstSize)
	keep := stream.Send(s, block[:first])
	if body == first || failed(s) {
		return keep
	}
	return rest(s, block, first, body-first) && keep
}

// failed says whether the client has gone while it was sent to.
func failed(s *lb.Stream) bool { return s.Term[0] == 'C' }

// head makes the response's head in s.Res.
func head(s *lb.Stream, a *ask, chunked bool) {
	var text [160]byte
	h := &s.Res
	h.Reset()
	h.Status, h.Minor = uint16(a.status), 1
	h.Framing, h.ContentLength = htx.Length, a.size
	h.SetReason(append(text[:0], h1.Reason(a.status)...))

	if !chunked && !(a.chunked && s.Req.Minor == 0) && a.status != 204 {
		h.AddString(htx.ContentLength, "content-length", strconv.AppendInt(text[:0], a.size, 10))
	}
	if a.noCache {
		h.AddString(htx.CacheControl, "cache-control", append(text[:0], "no-cache"...))
	}
	h.AddString(htx.Other, "x-req", append(strconv.AppendInt(append(text[:0], "time="...), ms(s.HeadDone-s.Start), 10), " ms"...))
	v := append(text[:0], "id=dummy, code="...)
	v = strconv.AppendInt(v, int64(a.status), 10)
	v = append(v, ", cache=1"...)
	if a.noCache {
		v[len(v)-1] = '0'
	}
	if a.chunked {
		v = append(v, ", chunked,"...)
	}
	v = strconv.AppendInt(append(v, " size="...), a.size, 10)
	v = strconv.AppendInt(append(v, ", time="...), a.delay, 10)
	v = strconv.AppendInt(append(v, " ms ("...), ms(s.Thread.Now()-s.HeadDone), 10)
	h.AddString(htx.Other, "x-rsp", append(v, " real)"...))
	if chunked {
		h.Framing = htx.Chunked
		h.AddString(htx.TransferEncoding, "transfer-encoding", append(text[:0], "chunked"...))
	}
}

func ms(ns int64) int64 { return max(ns, 0) / 1e6 }

// sendChunk sends the body as one chunk and the last one.
func sendChunk(s *lb.Stream, size int64, block []byte) bool {
	var num [24]byte
	first := strconv.AppendInt(num[:0], size, 16)
	first = append(first, "\r\n"...)
	if size == 0 {
		first = num[:0]
	}
	keep := stream.Send(s, first)
	if failed(s) || size > 0 && !rest(s, block, 0, size) {
		return false
	}
	end := "\r\n0\r\n\r\n"
	if size == 0 {
		end = "0\r\n\r\n"
	}
	return write(s, append(num[:0], end...)) && keep
}

// rest sends left more bytes of a body from its offset on.
func rest(s *lb.Stream, block []byte, offset, left int64) bool {
	at := offset % int64(len(block))
	for turn := 1; left > 0; turn++ {
		n := min(left, int64(len(block))-at)
		if !write(s, block[at:at+n]) {
			return false
		}
		at = 0
		left -= n
		if turn%turns == 0 {
			s.Task.Yield()
		}
	}
	return true
}

// write sends p whole, waiting as long as the client takes some of it in time.
func write(s *lb.Stream, p []byte) bool {
	n, st := s.Session.Conn.Write(s.Task, p, s.Timeouts.Client)
	s.BytesOut += int64(n)
	switch st {
	case sched.OK:
		return true
	case sched.TimedOut:
		s.Term[0], s.Term[1] = 'c', 'D'
	default:
		s.Term[0], s.Term[1] = 'C', 'D'
	}
	return false
}

// Help is what an empty query is answered with.
const Help = `A server for demonstrations, tests and benchmarks: the query says what the answer is.
Arguments are <letter>=<number>[kmgr] (r: times a random number from 0 to 1),
separated by any of &?,;/ behind the first question mark:

 - /?s=<size>        send a body of <size> bytes, e.g. /?s=20k
 - /?r=<retcode>     answer with this status, e.g. /?r=404
 - /?c=<cache>       forbid caches to keep the answer if <1, e.g. /?c=0
 - /?A=<req-after>   read the request's body after the response was sent if >0
 - /?C=<close>       close the connection behind the answer if >0
 - /?K=<keep-alive>  keep the connection if >0
 - /?t=<time>        wait <time> milliseconds first, e.g. /?t=500
 - /?k=<enable>      send the body as one chunk if >0
 - /?R=<enable>      send random bytes if >0

Examples:
 -  GET /?s=20k&c=1&t=700&K=30r HTTP/1.1
 -  GET /?r=500?s=0?c=0?t=1000 HTTP/1.1
`

var helpReply = lb.Reply{Status: 200, ContentType: "text/plain", Body: []byte(Help), NoCache: true, Keep: true}

func sendHelp(s *lb.Stream) bool {
	if !drain(s) {
		return false
	}
	return stream.Send(s, stream.ReplyHead(s, &helpReply))
}
