package stream

import (
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/pool"
)

// What becomes of a stream whose client leaves before a server has answered it.
// Manual 4.2 "option abortonclose", 8.5. The counters are HAProxy 3.4's.

// aborts says whether a client that ends its side gives its request up. It is
// the backend's choice, and the default of HTTP.
func aborts(s *lb.Stream) bool { return abortsOnClose(s.Back) }

func abortsOnClose(o *lb.Proxy) bool {
	return o.Options&conf.OptAbortOnClose != 0 || o.Mode == conf.HTTP && o.Conf.NoOptions&conf.OptAbortOnClose == 0
}

// Left says whether the client has left a request that waits in a rule.
func Left(s *lb.Stream) bool {
	px := s.Back
	if px == nil {
		px = s.Front
	}
	cli := &s.Session.Conn
	return cli.Failed() || cli.Ended() && (abortsOnClose(px) || !s.ReqBody.Done())
}

// givesUp says whether the client has left a stream that waits for a slot or for
// another attempt. A reset, a request that is cut short, and a TCP flow whose
// client has sent nothing have no use for a server whatever the option says.
func givesUp(s *lb.Stream) bool {
	cli := &s.Session.Conn
	switch {
	case !cli.Ended():
		return false
	case s.Flags&lb.IsTCP != 0:
		return cli.Failed() || aborts(s) || sentNothing(s)
	}
	return aborts(s) || cli.Failed() || !s.ReqBody.Done()
}

// sentNothing says that the client of a TCP flow has sent no byte that a server
// would have to get.
func sentNothing(s *lb.Stream) bool { return len(s.Input) == 0 && s.Session.Conn.Buffered() == 0 }

// watch says whose end makes a connect pointless. Bytes that wait for the server
// are worth a connection.
func watch(s *lb.Stream, to *pool.Target) {
	to.Client, to.HalfOpen = &s.Session.Conn, !aborts(s)
	if s.Flags&lb.IsTCP != 0 {
		to.HalfOpen, to.Unless = true, len(s.Input) == 0
	}
}

// leftConnecting is the client's end while a connection is made.
func leftConnecting(s *lb.Stream) {
	if s.Flags&lb.IsTCP != 0 && s.Session.Conn.Failed() {
		countAbort(s)
		gaveUp(s, 'D')
		return
	}
	gaveUp(s, 'C')
}

// leftResting is the client's end in the pause between two attempts.
func leftResting(s *lb.Stream) bool {
	if s.Session.Conn.Failed() {
		countAbort(s)
		if s.Flags&lb.IsTCP != 0 {
			return gaveUp(s, 'D')
		}
	}
	return gaveUp(s, 'C')
}

// leftQueue is the client's end in a queue.
func leftQueue(s *lb.Stream) {
	broken := s.Session.Conn.Failed()
	if broken || s.Flags&lb.IsTCP == 0 && !s.ReqBody.Done() {
		s.Back.Back.CliAborts.Add(1)
	}
	if broken && s.Flags&lb.IsTCP != 0 {
		gaveUp(s, 'D')
		return
	}
	gaveUp(s, 'Q')
}

// gaveUp ends a stream that its client has given up before a server had it:
// nothing is answered.
func gaveUp(s *lb.Stream, state byte) bool {
	s.Term[0], s.Term[1] = 'C', state
	s.Reply = nil
	if s.Flags&lb.IsTCP == 0 {
		s.Status = -1
	}
	s.Flags |= lb.CloseClient
	return false
}
