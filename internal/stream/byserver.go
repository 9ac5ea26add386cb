package stream

import (
	"strings"

	"segue/internal/htx"
	"segue/internal/lb"
)

// What depends on the server that was chosen and precedes the connection to it.

// redirected answers a GET or HEAD for a server that sends its clients
// elsewhere. Manual 5.2 "redir".
func redirected(s *lb.Stream) bool {
	prefix := s.Server.Conf.Redir
	if prefix == "" {
		return false
	}
	if m := s.Req.Bytes(s.Req.Method); string(m) != "GET" && string(m) != "HEAD" {
		return false
	}
	uri := s.Req.PathQuery()
	if len(uri) == 0 {
		uri = []byte("/")
	}
	s.ReplyDyn = lb.Reply{Status: 302, Keep: true, NoCache: true,
		Headers: []lb.ReplyHeader{{Name: "Location", Text: prefix + string(uri)}}}
	s.SetTerm('L', 'C')
	s.Reply = &s.ReplyDyn
	return true
}

// nameServer tells the server its name, in place of what the client sent under
// the header's name. Manual 4.2 "http-send-name-header".
func nameServer(s *lb.Stream) {
	name := s.Back.Conf.SendNameHeader
	if name == "" {
		return
	}
	lower := strings.ToLower(name)
	id := htx.Lookup([]byte(name))
	for i := s.Req.Next(0, id, lower); i >= 0; i = s.Req.Next(i+1, id, lower) {
		s.Req.Delete(i)
	}
	s.Req.AddString(id, name, []byte(s.Server.Name))
}
