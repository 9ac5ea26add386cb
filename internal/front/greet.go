package front

import (
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/stream"
	"segue/internal/wire/cip"
	"segue/internal/wire/proxyproto"
)

// greeter is a session before its first stream: the headers that name the real
// client, then the rules of tcp-request session.
type greeter lb.Session

// Run implements sched.Job.
func (g *greeter) Run(t *sched.Task) {
	ss := (*lb.Session)(g)
	if err := headers(ss, t); err != 0 {
		ss.Err = err
		stream.LogHandshake(ss, t)
		// The client sees a reset, not the orderly end of an empty answer.
		if err != lb.PrxTimeout && err != lb.CIPTimeout {
			ss.Conn.Reset()
		}
		end(ss)
		return
	}
	ss.Handshake = t.Now() - ss.Accepted
	ss.IdleSince = t.Now()
	if !sessionRules(ss, t, conf.TCPReqSess) {
		end(ss)
		return
	}
	admit(ss)
}

// Panicked implements sched.Panicker.
func (g *greeter) Panicked(*sched.Task, any) { drop((*lb.Session)(g)) }

func expectsProxy(ss *lb.Session) bool {
	return ss.Bind.Conf.AcceptProxy || ss.Flags&lb.ExpectProxy != 0
}

func expectsCIP(ss *lb.Session) bool {
	return ss.Bind.Conf.AcceptCIP || ss.Flags&lb.ExpectCIP != 0
}

// headers reads what comes before the first request. Manual 5.1
// "accept-netscaler-cip", "accept-proxy": with both, the PROXY header is first.
func headers(ss *lb.Session, t *sched.Task) lb.ConnErr {
	if expectsProxy(ss) {
		if err := readHeader(ss, t, proxyHeader, lb.PrxEmpty); err != 0 {
			return err
		}
	}
	if expectsCIP(ss) {
		return readHeader(ss, t, cipHeader, lb.CIPEmpty)
	}
	return 0
}

const (
	// maxHeader bounds what is kept of a connection that has not said who it is.
	maxHeader = proxyproto.MaxV2
	// smallHeader is what each such connection may take for itself, in bytes. It
	// is also how much is received at once.
	smallHeader = 4 << 10
	// maxGreetings bounds what those of a thread take together beyond that. A
	// header of 65 kB is allowed, but a thousand clients that never finish theirs
	// must not cost 65 MB.
	maxGreetings = 4 << 20
)

// greeting holds what has come of a header.
type greeting struct {
	th    *lb.Thread
	got   []byte
	large int // bytes that count in th.Greetings
}

// add keeps what has been received; it fails when the thread's large headers
// take too much together.
func (g *greeting) add(p []byte) bool {
	room := len(g.got) + len(p)
	if room > cap(g.got) {
		if room > smallHeader { // most are smaller, and complete at once
			room = max(room, min(2*cap(g.got), maxHeader+smallHeader))
			more := room - smallHeader - g.large
			if g.th.Greetings+more > maxGreetings {
				return false
			}
			g.large += more
			g.th.Greetings += more
		}
		g.got = append(make([]byte, 0, room), g.got...)
	}
	g.got = append(g.got, p...)
	return true
}

// release ends it.
func (g *greeting) release() {
	g.th.Greetings -= g.large
	g.large = 0
}

// readHeader collects bytes until parse has taken a header from them; those
// behind it begin the first request, or the flow. After an error, all of them are
// in Partial. empty is the first of three reasons in lb.ConnErr: nothing came, an
// error, the time is over; the next is "cut short".
func readHeader(ss *lb.Session, t *sched.Task, parse func(*lb.Session, []byte) (int, lb.ConnErr), empty lb.ConnErr) lb.ConnErr {
	deadline := int64(0)
	if d := ss.Front.Timeouts.Client; d != 0 {
		deadline = ss.Accepted + d
	}
	g := greeting{th: ss.Thread, got: ss.Partial}
	defer g.release()
	for {
		if len(g.got) > 0 {
			ss.Partial = g.got
			n, err := parse(ss, g.got)
			if err != 0 {
				return err
			}
			if n > 0 {
				ss.Partial = append([]byte(nil), g.got[n:]...) // the header's memory is not the session's
				return 0
			}
		}
		n, st := ss.Conn.Read(t, ss.Thread.Scratch[:smallHeader], deadline)
		switch {
		case st == sched.TimedOut:
			return empty + 2
		case st == sched.EOF && len(g.got) == 0:
			return empty
		case st == sched.EOF || len(g.got) > maxHeader:
			return empty + 3
		case st != sched.OK:
			return empty + 1
		}
		if !g.add(ss.Thread.Scratch[:n]) {
			return empty + 3
		}
	}
}

// proxyHeader takes a PROXY header.
func proxyHeader(ss *lb.Session, got []byte) (int, lb.ConnErr) {
	h, n, err := proxyproto.Parse(got)
	switch {
	case err == proxyproto.ErrNotHeader:
		return 0, lb.PrxNotHeader
	case err == proxyproto.ErrBadProtocol:
		return 0, lb.PrxBadProto
	case err != nil:
		return 0, lb.PrxBadHeader
	case n == 0:
		return 0, 0
	}
	if h.Local {
		ss.Flags |= lb.LocalConn
	} else if h.Src.IsValid() {
		ss.Src, ss.Dst = h.Src, h.Dst
		ss.Flags |= lb.DstSet | lb.SrcSet
	}
	ss.Flags |= lb.RcvdProxy
	if len(h.TLVs) > 0 {
		gen := ss.Front.Gen
		ss.TLVs = h.TLVs.Keep(gen.TLVs, gen.Conf.Global.Tune.BufSize)
	}
	return n, 0
}

// cipHeader takes a NetScaler Client IP header. Without a magic number on the
// bind line, a rule can expect only the number 0.
func cipHeader(ss *lb.Session, got []byte) (int, lb.ConnErr) {
	src, dst, n, err := cip.Parse(got, ss.Bind.Conf.CIPMagic)
	switch {
	case err == cip.ErrMagic:
		return 0, lb.CIPBadMagic
	case err == cip.ErrProtocol:
		return 0, lb.CIPBadProto
	case err != nil:
		return 0, lb.CIPTruncated
	case n == 0:
		return 0, 0
	}
	ss.Src, ss.Dst = src, dst
	ss.Flags |= lb.DstSet | lb.SrcSet
	return n, 0
}
