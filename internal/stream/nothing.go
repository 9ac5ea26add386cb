package stream

import (
	"segue/internal/conf"
	"segue/internal/lb"
)

// Refuse answers what was received in place of a request.
func Refuse(s *lb.Stream) {
	defer finish(s)
	s.Session.Requests++
	s.Front.Front.HTTPReq.Add(1)
	s.Flags |= lb.CloseClient | lb.Unparsed
	s.Back = nil
	answer(s)
}

// TooLate ends a session whose first request did not come in time: 408, or
// silence where nothing at all came and the options say so.
func TooLate(s *lb.Stream) {
	defer finish(s)
	s.SetTerm('c', 'R')
	s.Flags |= lb.CloseClient | lb.Unparsed
	if s.Front.Options&(conf.OptIgnoreProbes) != 0 && len(s.Session.Partial) == 0 {
		s.Flags |= lb.Silent
		return
	}
	if s.Front.Options&conf.OptDontLogNull != 0 && len(s.Session.Partial) == 0 {
		s.Flags |= lb.Silent
	}
	s.Front.Front.FailedReq.Add(1)
	s.Reply = errorReply(s, 408)
	answer(s)
}

// Nothing ends a session that its client closed without a request.
func Nothing(s *lb.Stream) {
	defer finish(s)
	if s.Session.Requests > 0 || s.Front.Options&(conf.OptDontLogNull|conf.OptIgnoreProbes) != 0 {
		s.Flags |= lb.Silent
		return
	}
	s.SetTerm('C', 'R')
	s.Front.Front.FailedReq.Add(1)
	s.Status = 400
	if s.Front.Options&conf.OptIgnoreProbes == 0 {
		s.Reply = errorReply(s, 400)
		s.Flags |= lb.CloseClient
		answer(s)
	}
}
