package mcli

import (
	"errors"
	"io"
	"net"
	"time"
)

// enter is "@@": the rest of the line goes to the worker as it is, and whatever
// the client sends then, until the worker ends that session. Without a command
// it is one in the mode of this one. Management guide 9.4.1.
func (s *session) enter(pid int, line string) error {
	conn, err := s.m.Open(pid, s.level)
	if err != nil {
		return s.write([]byte("Can't connect to the target CLI!\n"))
	}
	defer conn.Close()
	if line == "" {
		line = s.sameMode()
	}
	if _, err := io.WriteString(conn, s.modes()+line+"\n"); err != nil {
		return s.write(nil)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		io.Copy(s.out, conn)              //nolint:errcheck // the client's end is seen below
		s.out.SetReadDeadline(time.Now()) //nolint:errcheck // ends pass
	}()
	gone := s.pass(conn)
	<-ended
	s.out.SetReadDeadline(time.Time{}) //nolint:errcheck // as above
	if gone {
		s.quit = true
		return nil
	}
	return s.write(nil)
}

// sameMode is the command that gives a worker's session the mode of this one.
func (s *session) sameMode() string {
	mode := "prompt i"
	if s.prompt {
		mode = "prompt p"
	}
	if s.timed {
		mode += " timed"
	}
	return mode
}

// pass copies from the client to the worker until a deadline passes or the client
// ends; gone tells the latter. The worker may still have something to say.
func (s *session) pass(conn net.Conn) (gone bool) {
	for {
		if _, err := s.in.Peek(1); err != nil {
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				return false
			}
			if c, ok := conn.(interface{ CloseWrite() error }); ok {
				c.CloseWrite() //nolint:errcheck // the session ends either way
			}
			return true
		}
		b, _ := s.in.Peek(s.in.Buffered())
		if _, err := conn.Write(b); err != nil {
			return false
		}
		s.in.Discard(len(b)) //nolint:errcheck // they are there
	}
}
