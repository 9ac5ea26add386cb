package process

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"

	"segue/internal/command"
	"segue/internal/process/listen"
	"segue/internal/process/mcli"
)

// cliListeners are the sockets of the master's command line while they are
// served.
type cliListeners struct {
	list []*cliListener
	open atomic.Int64 // sessions
}

// cliListener is one of them, with a goroutine that accepts.
type cliListener struct {
	net.Listener
	file   *os.File // keeps the socket's own descriptor
	level  command.Level
	parked chan struct{} // it accepts no more
	goOn   chan struct{}
}

// acceptPause is how long it waits when there is no descriptor left.
const acceptPause = 100 * time.Millisecond

// openCLIs opens the sockets of -S.
func (m *master) openCLIs() ([]mcli.Bind, error) {
	var binds []mcli.Bind
	for _, arg := range m.opt.MasterCLIs {
		b, err := mcli.ParseBind(arg)
		if err != nil {
			return nil, err
		}
		s, _, err := listen.Open(b.Spec)
		if err != nil {
			return nil, err
		}
		if err := s.Listen(); err != nil {
			return nil, err
		}
		m.cliSocks = append(m.cliSocks, s)
		binds = append(binds, b)
	}
	return binds, nil
}

// adoptCLIs takes the sockets of -S from the master before ours.
func (m *master) adoptCLIs(saved []savedSocket) error {
	var binds []mcli.Bind
	for i, arg := range m.opt.MasterCLIs {
		b, err := mcli.ParseBind(arg)
		if err != nil || i >= len(saved) {
			return errors.New("the command line has changed")
		}
		m.cliSocks = append(m.cliSocks, listen.Adopt([]int{saved[i].FD}, saved[i].Spec))
		binds = append(binds, b)
	}
	m.serveCLIs(binds)
	return nil
}

// serveCLIs makes the master CLI reachable.
func (m *master) serveCLIs(binds []mcli.Bind) {
	for i, s := range m.cliSocks {
		if err := s.Publish(); err != nil {
			m.con.warn(err.Error())
		}
		f := os.NewFile(uintptr(s.FD), "mcli")
		ln, err := net.FileListener(f)
		if err != nil {
			m.con.warn("cannot serve the master CLI: " + err.Error())
			continue
		}
		l := &cliListener{Listener: ln, file: f, level: binds[i].Level, parked: make(chan struct{}), goOn: make(chan struct{})}
		m.clis.list = append(m.clis.list, l)
		go m.serveCLI(l)
	}
}

// serveCLI accepts sessions.
func (m *master) serveCLI(l *cliListener) {
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			m.clis.open.Add(1)
			go func() {
				defer m.clis.open.Add(-1)
				mcli.Serve(conn, l.level, m)
			}()
		case errors.Is(err, os.ErrDeadlineExceeded):
			l.parked <- struct{}{}
			<-l.goOn
		default: // out of descriptors, most likely: it passes
			time.Sleep(acceptPause)
		}
	}
}

// pause leaves new sessions in the sockets' queues. When it returns, every
// session that was accepted is counted.
func (c *cliListeners) pause() {
	for _, l := range c.list {
		l.until(time.Unix(1, 0))
		<-l.parked
	}
}

// resume ends pause.
func (c *cliListeners) resume() {
	for _, l := range c.list {
		l.until(time.Time{})
		l.goOn <- struct{}{}
	}
}

// until bounds Accept.
func (l *cliListener) until(t time.Time) {
	if d, ok := l.Listener.(interface{ SetDeadline(time.Time) error }); ok {
		d.SetDeadline(t) //nolint:errcheck // fails only when closed
	}
}
