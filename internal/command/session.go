package command

import (
	"bytes"
	"runtime/debug"
	"strconv"

	"segue/internal/lb"
	"segue/internal/sched"
)

// Host is one stats socket. It implements lb.Hook. The fields are set before
// the first connection and only read after.
type Host struct {
	Table    *Table
	Process  *lb.Process
	Level    Level
	Severity Severity
	// TimeoutNS is "stats timeout": how long a client may be silent.
	TimeoutNS int64
	// MaxPayload bounds a command with its payload, in bytes; 0 = 16 MB.
	MaxPayload int
	// End takes a connection back when its session ends; nil = it is closed.
	End func(ss *lb.Session)
	// GetSocks sends the listening sockets over a connection's descriptor,
	// GetState what outlives a configuration. They run on a goroutine of their
	// own and may block; nil = not on this socket.
	GetSocks, GetState func(fd int)
}

// Session implements lb.Hook.
func (h *Host) Session(ss *lb.Session) sched.Job {
	return &session{host: h, ss: ss, state: Session{
		Level: h.Level, TimeoutNS: h.TimeoutNS, Severity: h.Severity,
	}}
}

// Serve runs a session at the given level on a connected descriptor that no
// listener of ours accepted; th then owns fd. It is called on th's loop. done,
// if not nil, is called there when the connection has been closed.
func (h *Host) Serve(th *lb.Thread, fd int32, level Level, done func()) {
	ss := &lb.Session{}
	if th.Attach(&ss.Conn, fd, true) != 0 {
		if done != nil {
			done()
		}
		return
	}
	ss.Thread = th
	j := h.Session(ss).(*session)
	j.state.Level = level
	j.end = func(ss *lb.Session) {
		ss.Conn.Close()
		if done != nil {
			done()
		}
	}
	th.Start(j)
}

// session is one connection's task.
type session struct {
	host  *Host
	ss    *lb.Session
	task  *sched.Task
	state Session
	call  Call
	args  []string
	in    []byte // received and not yet run
	eof   bool   // the client has ended its side
	gone  bool   // nothing more can be sent
	end   func(*lb.Session)
}

const (
	// flushAt is how large an answer grows before it is sent.
	flushAt = 16 << 10
	// lingerNS is how long a client that goes on sending is listened to at the
	// end of its session.
	lingerNS = 1e9
	// readSize is how much is received at once.
	readSize = 16 << 10
	// maxLine bounds a line of commands without its payload: HAProxy's
	// tune.bufsize.
	maxLine = 16384
	// defaultMax is Host.MaxPayload when it is 0.
	defaultMax = 16 << 20
)

// Run implements sched.Job. Manual: management guide 9.3.
func (j *session) Run(t *sched.Task) {
	j.task = t
	defer j.close()
	j.state.FD = j.ss.Conn.FD()
	j.call = Call{
		Thread: j.ss.Thread, Task: t, Process: j.host.Process, Session: &j.state, Host: j.host,
		Flush: j.flushLarge, Wait: j.wait, Listen: j.listen,
	}
	for !j.state.Quit && !j.gone {
		text, ok := j.readLine()
		if !ok {
			return
		}
		l := parseLine(text)
		var load []byte
		if l.payload {
			if load, ok = j.readPayload(l.pattern); !ok {
				return
			}
		}
		j.runLine(&l, load)
		if !j.state.Interactive {
			return
		}
	}
}

// Panicked implements sched.Panicker.
func (j *session) Panicked(*sched.Task, any) {}

// close ends the session. What the client has sent meanwhile is read away: to
// close over it would be a reset, which can destroy the answer on its way.
func (j *session) close() {
	conn := &j.ss.Conn
	if !j.gone && !j.eof && conn.Readable() {
		conn.Shutdown()
		deadline := j.task.Now() + lingerNS
		for {
			if _, st := conn.Read(j.task, j.ss.Thread.Scratch, deadline); st != sched.OK {
				break
			}
		}
	}
	end := j.end
	if end == nil {
		end = j.host.End
	}
	if end == nil {
		end = func(ss *lb.Session) { ss.Conn.Close() }
	}
	end(j.ss)
}

// runLine runs the commands of a line, each with its answer.
func (j *session) runLine(l *line, load []byte) {
	for i, text := range l.commands {
		last := i == len(l.commands)-1
		c := &j.call
		c.NoBlank, c.Payload, c.HasLoad = false, nil, false
		if last && l.payload {
			c.Payload, c.HasLoad = load, true
		}
		j.runText(text)
		if j.state.Quit || j.gone {
			j.send()
			return
		}
		j.finish(last)
	}
}

// runText finds and runs one command.
func (j *session) runText(text string) {
	c := &j.call
	var ok bool
	j.args, ok = words(j.args[:0], text)
	if !ok {
		c.Fail("Too many arguments. Commands must have at most 64 arguments.")
		return
	}
	if len(j.args) == 0 {
		return
	}
	c.Args, c.Level = j.args, j.state.Level
	cmd := j.host.Table.Find(j.args)
	switch {
	case cmd == nil:
		c.Info(string(j.host.Table.AppendHelp(nil, &j.state, j.args, false)))
	case cmd.Expert && !j.state.Expert:
		c.Fail("This command is restricted to expert mode only.")
	case cmd.Experimental && !j.state.Experimental:
		c.Fail("This command is restricted to experimental mode only.")
	case j.state.Level < cmd.Level:
		c.Fail("Permission denied")
	default:
		j.contained(cmd)
	}
}

// contained runs the command. One that panics ends with an error of its own;
// the session and everybody else goes on.
func (j *session) contained(cmd *Command) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		loop := j.ss.Thread.Loop
		loop.Stats.Panics.Add(1)
		if loop.OnPanic != nil {
			loop.OnPanic(v, debug.Stack())
		}
		j.call.Fail("Internal error.")
	}()
	cmd.Run(&j.call)
}

// finish ends an answer: with an empty line, or with a prompt behind the last
// command of a line.
func (j *session) finish(last bool) {
	c := &j.call
	switch {
	case j.state.Prompt && !last:
		c.Out = append(c.Out, '\n')
	case j.state.Prompt && j.state.Timed:
		c.Out = j.appendAge(append(c.Out, "\n["...))
		c.Out = append(c.Out, "]> "...)
	case j.state.Prompt:
		c.Out = append(c.Out, "\n> "...)
	case !c.NoBlank:
		c.Out = append(c.Out, '\n')
	}
	if last || len(c.Out) >= flushAt {
		j.send()
	}
}

// appendAge appends the process's age as days, hours, minutes and seconds.
func (j *session) appendAge(dst []byte) []byte {
	up := (j.ss.Thread.WallNow() - j.host.Process.Started) / 1e9
	return AppendAge(dst, up)
}

// AppendAge appends seconds as d:hh:mm:ss.
func AppendAge(dst []byte, s int64) []byte {
	dst = strconv.AppendInt(dst, s/86400, 10)
	for _, n := range [...]int64{s / 3600 % 24, s / 60 % 60, s % 60} {
		dst = append(dst, ':', byte('0'+n/10), byte('0'+n%10))
	}
	return dst
}

// flushLarge is Call.Flush.
func (j *session) flushLarge(c *Call) bool {
	if len(c.Out) >= flushAt {
		j.send()
	}
	return !j.gone
}

// send sends what has been answered so far. While the client does not read,
// only this session waits. A buffer that one answer made large is let go.
func (j *session) send() {
	out := j.call.Out
	j.call.Out = out[:0]
	if cap(out) > 4*flushAt {
		j.call.Out = nil
	}
	if len(out) == 0 || j.gone {
		return
	}
	if _, st := j.ss.Conn.Write(j.task, out, j.state.TimeoutNS); st != sched.OK {
		j.gone = true
	}
}

// wait is Call.Wait. What was answered so far is not sent before.
func (j *session) wait(_ *Call, ns int64) bool {
	if !j.task.Sleep(ns) {
		j.gone = true
	}
	return !j.gone
}

// listen is Call.Listen.
func (j *session) listen(_ *Call, ns int64) bool {
	j.send()
	if j.gone || j.eof || len(j.in) > 0 {
		j.in = nil
		return false
	}
	_, st := j.ss.Conn.Read(j.task, j.ss.Thread.Scratch[:readSize], j.task.Now()+ns)
	if st == sched.TimedOut {
		return true
	}
	j.eof = st != sched.OK
	return false
}

// readLine returns the next line without its end, valid until the next read.
func (j *session) readLine() ([]byte, bool) {
	for {
		if i := lineEnd(j.in); i >= 0 && i < maxLine {
			text := bytes.Clone(j.in[:i])
			j.in = j.in[i+1:]
			return text, true
		}
		if !j.receive(maxLine - 1) {
			return nil, false
		}
	}
}

// readPayload returns what follows a line up to the pattern.
func (j *session) readPayload(pattern string) ([]byte, bool) {
	for from := 0; ; {
		end, next := payloadEnd(j.in, from, pattern)
		if end >= 0 {
			body := bytes.TrimSuffix(bytes.Clone(j.in[:end]), []byte{'\n'})
			j.in = j.in[next:]
			return body, true
		}
		from = next
		if j.state.Prompt {
			j.call.Out = append(j.call.Out, "+ "...)
			j.send()
		}
		if !j.receive(j.host.maxPayload()) {
			return nil, false
		}
	}
}

func (h *Host) maxPayload() int {
	if h.MaxPayload > 0 {
		return h.MaxPayload
	}
	return defaultMax
}

// receive waits for more input, of which there may be most bytes.
func (j *session) receive(most int) bool {
	if len(j.in) > most {
		if most == maxLine-1 {
			j.call.Fail("The command line is too big for the buffer size. Please change 'tune.bufsize' in the configuration to use a bigger command.")
		} else {
			j.call.Fail("The payload is too big. Please change 'tune.cli.max-payload-size' in the configuration to use a bigger payload.")
		}
		j.call.Out = append(j.call.Out, '\n')
		j.send()
		return false
	}
	if j.eof || j.gone {
		return false
	}
	var deadline int64
	if j.state.TimeoutNS != 0 {
		deadline = j.task.Now() + j.state.TimeoutNS
	}
	buf := j.ss.Thread.Scratch[:readSize]
	n, st := j.ss.Conn.Read(j.task, buf, deadline)
	if st != sched.OK {
		j.eof = true
		return false
	}
	if len(j.in) == 0 {
		j.in = nil // the memory of a large payload is let go
	}
	j.in = append(j.in, buf[:n]...)
	return true
}
