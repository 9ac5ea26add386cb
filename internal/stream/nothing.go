package stream

import (
	"segue/internal/conf"
	"segue/internal/lb"
)

// Refuse answers what was received in place of a request.
func Refuse(s *lb.Stream) {
	defer finish(s)
	number(s)
	s.Session.Requests++
	countRequest(s)
	s.Flags |= lb.CloseClient | lb.Unparsed
	s.Back = nil
	answer(s)
}

// TooLate ends a session whose first request did not come in time: 408, or
// silence where nothing at all came and the options say so.
func TooLate(s *lb.Stream) {
	if s.Front.Options&conf.OptIgnoreProbes != 0 && len(s.Session.Partial) == 0 {
		s.Gen.Streams.Add(-1)
		return
	}
	defer finish(s)
	number(s)
	s.SetTerm('c', 'R')
	s.Flags |= lb.CloseClient | lb.Unparsed
	if s.Front.Options&conf.OptDontLogNull != 0 && len(s.Session.Partial) == 0 {
		s.Flags |= lb.Silent
	}
	countRequest(s)
	failedRequest(s)
	s.Reply = errorReply(s, 408)
	answer(s)
}

// Nothing ends a session that its client closed without a request.
// The end of a kept connection is no event.
func Nothing(s *lb.Stream) {
	defer Free(s)
	if s.Session.Requests > 0 || s.Front.Options&conf.OptIgnoreProbes != 0 {
		s.Gen.Streams.Add(-1)
		return
	}
	defer finish(s)
	number(s)
	countRequest(s)
	failedRequest(s)
	s.SetTerm('C', 'R')
	s.Status = 400
	if s.Front.Options&conf.OptDontLogNull != 0 {
		s.Flags |= lb.Silent
	}
	s.Reply = errorReply(s, 400)
	s.Flags |= lb.CloseClient | lb.Unparsed
	answer(s)
}
