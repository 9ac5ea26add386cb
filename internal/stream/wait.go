package stream

import "segue/internal/lb"

// wait queues the stream until a server has room. Package queue does it.
func wait(s *lb.Stream) bool {
	s.Back.Back.FailedConn.Add(1)
	return refuse(s, 503, 'S', 'C')
}

// released tells the queue that srv has a free slot.
func released(*lb.Stream, *lb.Server) {}

func usable(srv *lb.Server) bool { return srv.Usable() }
