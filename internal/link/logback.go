package link

import (
	"fmt"
	"net/netip"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/syslog"
)

// logBackend is a backend in mode log as a target: each line goes to the server
// that its balancer picks. Manual 4.2 "mode", "balance".
type logBackend struct {
	px      *lb.Proxy
	servers map[*lb.Server]*logServer // not changed once the generation is linked
	loops   [lb.MaxThreads]*logLoop
}

// logServer is a server of such a backend: a ring behind which a connection is,
// or datagrams.
type logServer struct {
	srv     *lb.Server
	ring    *syslog.Buffer // nil: datagrams
	sink    *syslog.Sink
	writers [lb.MaxThreads]*syslog.Writer
}

// logLoop is what a loop needs to share lines out. It belongs to the loop.
type logLoop struct {
	th *lb.Thread
	// stream stands for the message where balancers want a stream; its
	// LogMessage is what is balanced.
	stream lb.Stream
	used   []*syslog.Writer // that got lines in this call
	one    [1]int
}

// Deliver implements syslog.Outlet.
func (b *logBackend) Deliver(loop int, buf []byte, ends []int) (dropped int) {
	o := b.loops[loop]
	now := o.th.WallNow()
	start := 0
	for _, end := range ends {
		line := buf[start:end]
		start = end
		if !b.one(o, loop, now, line) {
			dropped++
		}
	}
	for _, w := range o.used {
		w.Flush()
	}
	clear(o.used)
	o.used = o.used[:0]
	return dropped
}

// one sends a line.
func (b *logBackend) one(o *logLoop, loop int, now int64, line []byte) bool {
	if b.px.Balancer == nil {
		return false
	}
	if n := len(line); n > 0 && line[n-1] == '\n' {
		o.stream.LogMessage = line[:n-1]
	} else {
		o.stream.LogMessage = line
	}
	srv, _ := b.px.Balancer.Pick(&o.stream, nil)
	o.stream.LogMessage = nil
	s := b.servers[srv]
	switch {
	case s == nil:
		return false
	case s.ring != nil:
		o.one[0] = len(line)
		return s.ring.Deliver(loop, line, o.one[:]) == 0
	}
	to := srv.State.Addr.Load()
	if to == nil {
		return false
	}
	w := s.writers[loop]
	if !contains(o.used, w) {
		o.used = append(o.used, w)
	}
	at := *to
	if at.Port() == 0 {
		at = netip.AddrPortFrom(at.Addr(), syslog.Port)
	}
	w.Pass(now, at, line)
	return true
}

// contains looks through the few that one call uses, the last one first.
func contains(list []*syslog.Writer, w *syslog.Writer) bool {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i] == w {
			return true
		}
	}
	return false
}

// logBackend makes a backend in mode log a target. Its balancer is there.
func (l *linker) logBackend(px *lb.Proxy) {
	b := &logBackend{px: px, servers: make(map[*lb.Server]*logServer, len(px.Servers))}
	for _, srv := range px.Servers {
		if s := l.logServer(px, srv); s != nil {
			b.servers[srv] = s
		}
	}
	l.sinks.backends[px] = b
}

func (l *linker) logServer(px *lb.Proxy, srv *lb.Server) *logServer {
	c := srv.Conf
	l.logServerWords(c)
	if c.Addr.Kind != conf.AddrIP && c.Addr.Kind != conf.AddrHost {
		l.d.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormBracket, Pos: c.Line.Pos(2),
			Msg: "log server address family not supported for log backend server."})
		return nil
	}
	s := &logServer{srv: srv}
	if c.Addr.Dgram {
		s.sink, _ = syslog.Open(syslog.Config{Target: syslog.Target{Kind: syslog.Moving}})
		l.sinks.servers = append(l.sinks.servers, s)
		return s
	}
	size := c.LogBufSize
	if size == 0 {
		size = l.defaultRing()
	} else if size < minLogBuf {
		l.d.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormHidden, Pos: c.Line.Pos(0), Msg: fmt.Sprintf(
			"unable to create a new sink buffer for server '%s/%s': 'log-bufsize' must be at least %d.", px.Name, srv.Name, minLogBuf)})
		return nil
	}
	name := px.Name + "/" + srv.Name
	p := l.ring("server/"+name, name, fmt.Sprintf("created from log backend declared into '%s' at line %d", c.Line.File, c.Line.Num), size)
	how := l.forward(c, srv)
	how.Connect, how.Timeout = px.Conf.Timeouts.Connect, px.Conf.Timeouts.Server
	p.to[srv.Name] = how
	s.ring = p.ring.buf
	return s
}

// minLogBuf is the least "log-bufsize" that HAProxy 3.4 takes, in bytes.
const minLogBuf = 197

// logServerWords warns of words that do nothing on the way to a log server.
func (l *linker) logServerWords(c *conf.Server) {
	warn := func(msg string) {
		l.d.Add(diag.Entry{Sev: diag.Warning, Bare: true, Form: diag.FormBracket, Pos: c.Line.Pos(0), Msg: msg})
	}
	if c.SendProxy != 0 {
		warn("'send-proxy*' server option is unsupported there, ignoring it")
	}
	for _, w := range []struct {
		word string
		set  bool
	}{{"source", c.Source != nil}, {"namespace", c.Namespace != ""}, {"socks4", c.Socks4 != ""}} {
		if w.set {
			warn("'" + w.word + "' has no effect for log servers in this version")
		}
	}
}

// attachServers gives the loops what they share lines out with. Writers are what else
// has to be flushed by each.
func (s *sinks) attachServers(threads []*lb.Thread, all [][]*syslog.Writer) {
	if len(threads) > 0 {
		s.events.ring = &threads[0].Process.Events
	}
	for _, srv := range s.servers {
		for i := range threads {
			srv.writers[i] = srv.sink.WriterOf(i)
			all[i] = append(all[i], srv.writers[i])
		}
	}
	for _, b := range s.backends {
		for i, th := range threads {
			o := &logLoop{th: th}
			o.stream.Thread, o.stream.Front, o.stream.Back, o.stream.Gen = th, b.px, b.px, b.px.Gen
			b.loops[i] = o
		}
	}
}
