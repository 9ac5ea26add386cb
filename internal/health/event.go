package health

import (
	"strconv"
	"strings"

	"segue/internal/lb"
)

// Syslog levels that changes are logged with.
const (
	emerg  = 0
	alert  = 1
	notice = 5
)

// events is what a change under the lock makes necessary outside of it, in
// order.
type events struct {
	list []*event
}

// event is one server's change, or one line.
type event struct {
	srv    *lb.Server
	px     *lb.Proxy
	level  int
	prefix string // "Server b/s is DOWN, reason: ..."
	silent bool   // no line
	// What follows in the line: the backend's servers that are left (or
	// online), and the sessions that moved.
	left, online    bool
	actives, spares int
	// What to do before the line is written.
	change          bool // of state or weight: tell the queue
	shutdown        bool // end the server's streams
	shutdownBackups bool
	purge           bool
}

// add notes a change of s that is told with its numbers.
func (ev *events) add(s *server, what string, why cause) *event {
	b := appendServer(nil, s.srv)
	b = append(append(b, ' '), what...)
	if why.text != "" {
		b = append(append(b, ", "...), why.text...)
	}
	if why.check != nil {
		b = why.check.appendInfo(b)
	}
	if f := s.follows; f != nil {
		b = appendVia(b, f.srv)
	}
	e := &event{srv: s.srv, px: s.srv.Proxy, level: notice, prefix: string(b), online: true, change: true}
	ev.list = append(ev.list, e)
	return e
}

// say notes a line without numbers.
func (ev *events) say(s *server, level int, text []byte) *event {
	e := &event{srv: s.srv, px: s.srv.Proxy, level: level, prefix: string(text)}
	ev.list = append(ev.list, e)
	return e
}

// changed notes a change that nobody logs.
func (ev *events) changed(s *server) *event {
	e := &event{srv: s.srv, px: s.srv.Proxy, silent: true, change: true}
	ev.list = append(ev.list, e)
	return e
}

// empty notes that the backend has lost its last server.
func (ev *events) empty(px *lb.Proxy) {
	ev.list = append(ev.list, &event{px: px, level: emerg, prefix: px.Conf.TypeName() + " " + px.Name + " has no server available!"})
}

// checked notes a result for "option log-health-checks". Manual 4.2.
func (ev *events) checked(c *Check) {
	srv := c.own.srv
	if !logsChecks(srv) {
		return
	}
	b := []byte("Health check for ")
	if c.isAgent {
		b = []byte("Agent check for ")
	}
	if srv.Conf.Backup {
		b = append(b, "backup "...)
	}
	b = append(append(append(append(append(b, "server "...), srv.Proxy.Name...), '/'), srv.Name...), ' ')
	switch c.result {
	case Conditional:
		b = append(b, "conditionally succeeded"...)
	case Passed:
		b = append(b, "succeeded"...)
	default:
		b = append(b, "failed"...)
	}
	b = append(c.appendInfo(b), ", status: "...)
	ev.say(c.own, notice, c.appendHealth(b, srv))
}

// appendHealth appends "3/3 UP".
func (c *Check) appendHealth(b []byte, srv *lb.Server) []byte {
	n, of, word := c.health, c.set.rise, " DOWN"
	if c.up() {
		n, of, word = c.health-c.set.rise+1, c.set.fall, " UP"
		if srv.State.Weight.Load() == 0 {
			word = " DRAIN"
		}
	}
	b = append(strconv.AppendInt(b, int64(n), 10), '/')
	return append(strconv.AppendInt(b, int64(of), 10), word...)
}

// appendInfo appends why: `, reason: Layer7 wrong status, code: 503, info: "x",
// check duration: 1ms`.
func (c *Check) appendInfo(b []byte) []byte {
	b = append(append(b, ", reason: "...), c.status.Text()...)
	if c.status.HasCode() {
		b = strconv.AppendInt(append(b, ", code: "...), int64(c.code), 10)
	}
	if c.desc != "" {
		b = append(appendSafe(append(b, `, info: "`...), c.desc), '"')
	}
	if c.duration >= 0 {
		b = append(strconv.AppendInt(append(b, ", check duration: "...), c.duration, 10), "ms"...)
	}
	return b
}

// appendSafe appends s with quotes and what is not printable as "<XX>".
func appendSafe(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		if ch := s[i]; ch < ' ' || ch > '~' || ch == '"' {
			b = append(b, '<', hex[ch>>4], hex[ch&15], '>')
		} else {
			b = append(b, ch)
		}
	}
	return b
}

// appendServer appends "Server b/s" or "Backup Server b/s".
func appendServer(b []byte, srv *lb.Server) []byte {
	if srv.Conf.Backup {
		b = append(b, "Backup "...)
	}
	return appendName(append(b, "Server "...), srv)
}

func appendName(b []byte, srv *lb.Server) []byte {
	return append(append(append(b, srv.Proxy.Name...), '/'), srv.Name...)
}

func appendVia(b []byte, srv *lb.Server) []byte { return appendName(append(b, " via "...), srv) }

// do does what the events ask for. The lock is not held.
func (h *Health) do(ev *events) {
	for _, e := range ev.list {
		h.tell(e)
	}
}

func (h *Health) tell(e *event) {
	var before, queued int64
	if e.srv != nil {
		before, queued = e.srv.State.Waiting.Load(), e.px.Queued.Load()
	}
	if e.change && h.Hooks.Changed != nil {
		h.Hooks.Changed(e.srv)
	}
	if h.Hooks.Shutdown != nil {
		h.shutdown(e)
	}
	if e.purge && h.Hooks.Purge != nil {
		h.Hooks.Purge(e.srv)
	}
	if e.silent || h.Hooks.Log == nil {
		return
	}
	text := []byte(e.prefix)
	switch {
	case e.left:
		after := e.srv.State.Waiting.Load()
		text = e.appendServers(text, "left.")
		text = append(text, ' ')
		text = strconv.AppendInt(text, e.srv.State.Served.Load(), 10)
		text = strconv.AppendInt(append(text, " sessions active, "...), max(0, before-after), 10)
		text = strconv.AppendInt(append(text, " requeued, "...), after, 10)
		text = append(text, " remaining in queue."...)
	case e.online:
		text = e.appendServers(text, "online.")
		text = strconv.AppendInt(append(text, ' '), max(0, queued-e.px.Queued.Load()), 10)
		text = strconv.AppendInt(append(text, " sessions requeued, "...), e.srv.State.Waiting.Load(), 10)
		text = append(text, " total in queue."...)
	case e.level != emerg:
		text = append(text, '.')
	}
	h.Hooks.Log(e.px, e.level, string(text))
}

// appendServers appends ". 1 active and 0 backup servers left."
func (e *event) appendServers(b []byte, last string) []byte {
	b = strconv.AppendInt(append(b, ". "...), int64(e.actives), 10)
	b = strconv.AppendInt(append(b, " active and "...), int64(e.spares), 10)
	b = append(append(b, " backup servers "...), last...)
	if e.spares > 0 && e.actives == 0 {
		b = append(b, " Running on backup."...)
	}
	return b
}

func (h *Health) shutdown(e *event) {
	if e.shutdown {
		h.Hooks.Shutdown(e.srv, false)
	}
	if !e.shutdownBackups {
		return
	}
	for _, srv := range e.px.Servers {
		if srv.Conf.Backup {
			h.Hooks.Shutdown(srv, true)
		}
	}
}

// ConsoleText is the form in which a line of Log goes to the process's own
// messages: two of them differ.
func ConsoleText(px *lb.Proxy, level int, msg string) string {
	switch {
	case level != emerg:
		return msg
	case strings.HasPrefix(msg, noSource):
		return msg + " Aborting."
	}
	return px.Conf.TypeName() + " '" + px.Name + "' has no server available!"
}
