package front

import (
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/wire/proxyproto"
)

// greeter is a session before its first stream: the PROXY header, then the
// rules of tcp-request session.
type greeter lb.Session

// Run implements sched.Job.
func (g *greeter) Run(t *sched.Task) {
	ss := (*lb.Session)(g)
	if (ss.Bind.Conf.AcceptProxy || ss.Flags&lb.ExpectProxy != 0) && !readProxy(ss, t) {
		ss.Front.Front.FailedReq.Add(1)
		ss.Bind.State.FailedReq.Add(1)
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

// readProxy reads the header that names the real client. Manual 5.1
// "accept-proxy"; the bytes behind it begin the first request.
func readProxy(ss *lb.Session, t *sched.Task) bool {
	deadline := int64(0)
	if d := ss.Front.Timeouts.Client; d != 0 {
		deadline = ss.Accepted + d
	}
	var got []byte
	for {
		n, st := ss.Conn.Read(t, ss.Thread.Scratch[:4096], deadline)
		if st != sched.OK {
			return false
		}
		got = append(got, ss.Thread.Scratch[:n]...)
		h, used, err := proxyproto.Parse(got)
		if err != nil {
			return false
		}
		if used == 0 {
			continue
		}
		if h.Local {
			ss.Flags |= lb.LocalConn
		} else if h.Src.IsValid() {
			ss.Src, ss.Dst = h.Src, h.Dst
			ss.Flags |= lb.DstSet | lb.SrcSet
		}
		ss.Flags |= lb.RcvdProxy
		if len(h.TLVs) > 0 {
			ss.TLVs = append([]byte(nil), h.TLVs...)
		}
		if rest := got[used:]; len(rest) > 0 {
			ss.Partial = append(ss.Partial[:0], rest...)
		}
		return true
	}
}
