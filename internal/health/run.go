package health

import (
	"strconv"

	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sched"
)

// bufferSize is what a check receives at most: tune.bufsize's default.
const bufferSize = 16384

// exchange is what a run that exchanges data needs beyond its connection. It belongs
// to the thread and holds nothing between runs.
type exchange struct {
	in     []byte // received so far on this connection
	out    []byte
	eof    bool
	reset  bool // the connection broke
	head   htx.Head
	parsed int  // bytes of in that the head takes, 0 = not complete
	method bool // the request was HEAD
	keep   bool // the request lets the connection live on
	broken bool // the body is malformed
	whole  bool // the response has ended, and nothing came behind it
	body   []byte
	stream *lb.Stream
	step   int // the current one, for messages
	linger bool
}

func (x *exchange) release(th *thread) {
	if x.in != nil {
		th.buffers = append(th.buffers, x.in[:0])
	}
	*x = exchange{out: x.out[:0], head: x.head}
}

// perform runs the job's plan and fills o.
func (c *Check) perform(t *sched.Task, o *outcome) {
	p := c.job.plan
	if p.kind == external {
		c.runCommand(t, o)
		return
	}
	for _, a := range p.vars {
		a.Exec(c.stream())
	}
	var deadline int64
	last, opened := -1, 0
	read := true // something must be received before the next expect looks
	for i := 0; i < len(p.steps); i++ {
		st := &p.steps[i]
		switch st.kind {
		case doAction:
			st.action.Exec(c.stream())
			continue
		case doNothing:
			continue
		}
		last, c.io.step = i, i
		ok := false
		switch st.kind {
		case doConnect:
			opened, read = i, true
			deadline, ok = c.connect(t, st, o)
		case doSend:
			read = true
			ok = c.send(t, st, deadline, o)
		case doExpect:
			i, ok = c.expect(t, i, deadline, read, o)
			last, read = i, false
		}
		if !ok {
			if !c.died(o) {
				return
			}
			*o, i = outcome{}, opened-1
		}
	}
	c.passed(last, o)
}

// connect opens the connection and returns the deadline of what follows.
// Manual 4.2 "timeout check": with it, connecting has min(timeout connect,
// inter) and what follows has timeout check; without, inter is for everything.
func (c *Check) connect(t *sched.Task, st *step, o *outcome) (deadline int64, ok bool) {
	set := &c.job.set
	now := t.Now()
	deadline = now + set.inter
	until := deadline
	if set.timeout > 0 && set.connect > 0 {
		until = min(until, now+set.connect)
	}
	c.hangup() // of a step before
	x := &c.io
	x.in, x.eof, x.reset, x.parsed, x.keep, x.whole = x.in[:0], false, false, 0, false, false
	x.linger = st.connect.linger
	if !c.open(t, &st.connect, until, o) {
		o.desc += c.where(st)
		return 0, false
	}
	if set.timeout > 0 {
		deadline = t.Now() + set.timeout
	}
	if c.viaSocks(&st.connect) && !c.socks(t, deadline, o) {
		return 0, false
	}
	x.out = c.proxyHeader(x.out[:0], &st.connect)
	return deadline, c.flush(t, st, deadline, o)
}

// send writes what the step says. What came before it is no answer to it.
func (c *Check) send(t *sched.Task, st *step, deadline int64, o *outcome) bool {
	var why string
	c.io.in = c.io.in[:0]
	c.io.out, why = c.appendSend(c.io.out[:0], st.send)
	if why != "" {
		why += " at step " + strconv.Itoa(st.index+1)
		o.status, o.desc = L7Response, why
		return false
	}
	return c.flush(t, st, deadline, o)
}

// flush sends io.out.
func (c *Check) flush(t *sched.Task, st *step, deadline int64, o *outcome) bool {
	for b := c.io.out; len(b) > 0; {
		n, s := c.conn.TryWrite(b, false)
		b = b[n:]
		if s == sched.Again || s == sched.OK && len(b) > 0 {
			s = c.conn.WaitWrite(t, deadline)
		}
		if s != sched.OK {
			c.broken(s, st, o)
			return false
		}
	}
	c.io.out = c.io.out[:0]
	return true
}

// broken fills o for a connection that failed after it was made.
func (c *Check) broken(s sched.Status, st *step, o *outcome) {
	switch s {
	case sched.TimedOut:
		o.status = L7Timeout
		if st.expect != nil && st.expect.timeout != 0 {
			o.status = st.expect.timeout
		}
		o.desc = c.where(st)
	case sched.Stopped:
		o.status = SockErr
	default:
		o.status = SockErr
		o.desc = errorText(c.conn.Errno) + c.where(st)
	}
}

// receive waits for more bytes.
func (c *Check) receive(t *sched.Task, deadline int64) sched.Status {
	x := &c.io
	if x.eof {
		return sched.EOF
	}
	if x.in == nil {
		size := bufferSize
		if g := c.job.srv.Proxy.Gen; g != nil && g.Conf.Global.Tune.BufSize > 0 {
			size = g.Conf.Global.Tune.BufSize
		}
		x.in = c.own.h.threads[c.own.th.Index].buffer(size)
	}
	n, s := c.conn.Read(t, x.in[len(x.in):cap(x.in)], deadline)
	switch s {
	case sched.OK:
		x.in = x.in[:len(x.in)+n]
		// The end may have come with the last bytes.
		x.eof = len(x.in) == cap(x.in)
	case sched.EOF:
		x.eof = true
	case sched.Broken:
		x.eof, x.reset = true, true
	}
	return s
}

// buffer takes a free buffer or makes one.
func (th *thread) buffer(size int) []byte {
	if n := len(th.buffers); n > 0 {
		b := th.buffers[n-1]
		th.buffers = th.buffers[:n-1]
		if cap(b) == size {
			return b
		}
	}
	return make([]byte, 0, size)
}

// expect waits until step i, or those behind it that belong together with it,
// can be decided. It returns the last step that passed.
func (c *Check) expect(t *sched.Task, i int, deadline int64, read bool, o *outcome) (int, bool) {
	p := c.job.plan
	x := &c.io
	for {
		st := &p.steps[i]
		x.step = i
		if read {
			switch s := c.receive(t, deadline); s {
			case sched.TimedOut, sched.Stopped:
				c.broken(s, st, o)
				return i, false
			case sched.Broken:
				if len(x.in) == 0 || p.kind == httpCheck {
					c.broken(s, st, o)
					return i, false
				}
			}
			read = false
		}
		v := c.judge(st)
		switch {
		case v.wait:
			read, i = true, st.expect.head
			continue
		case !v.pass:
			o.status, o.code, o.reply = v.status, v.code, v.reply
			o.desc = v.desc
			return i, false
		case v.final:
			o.status, o.code, o.desc, o.reply = v.status, v.code, v.desc, v.reply
			return i, false
		}
		if i+1 < len(p.steps) && p.steps[i+1].kind == doExpect {
			i++
			continue
		}
		return i, true
	}
}

// passed fills o when the last step has passed. last is -1 without any.
func (c *Check) passed(last int, o *outcome) {
	p := c.job.plan
	if last < 0 {
		o.status, o.desc = L7OK, "(tcp-check)"
		return
	}
	switch st := &p.steps[last]; st.kind {
	case doConnect:
		o.status = L4OK
		if !st.connect.implicit {
			o.desc = "(tcp-check)"
		}
	case doExpect:
		c.accepted(st, o)
	default:
		o.status, o.desc = L7OK, "(tcp-check)"
	}
}
