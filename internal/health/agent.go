package health

import (
	"bytes"
	"strings"
)

// maxWeight is the largest weight of a server. Manual 5.2 "weight".
const maxWeight = 256

// agentPlan asks an agent: connect, send agent-send, read one line. Manual 5.2
// "agent-check".
var agentPlan = &Plan{kind: agentCheck, steps: []step{
	{kind: doConnect, connect: connect{implicit: true}},
	{kind: doSend, index: 1, send: &send{build: appendAgentSend}},
	{kind: doExpect, index: 1, expect: &expect{kind: wantCustom, custom: agentLine, head: 2}},
}}

func appendAgentSend(c *Check, dst []byte) []byte { return append(dst, c.job.set.send...) }

// agentReply is what an agent said; of each kind of word the last counts.
type agentReply struct {
	health      string // up, down, stopped, fail as written; "" = none
	mode        Mode
	hasMode     bool
	weight      string // "75%" or what follows "weight:"
	hasWeight   bool
	maxconn     string // what follows "maxconn:"
	hasMaxConn  bool
	description string // behind '#'
	unknown     string // the first word that is none of these
	incomplete  bool   // the line had no end
}

// agentLine waits for the end of the line.
func agentLine(in []byte, last bool) verdict {
	i := bytes.IndexAny(in, "\n\r")
	switch {
	case i < 0 && !last:
		return verdict{wait: true}
	case i < 0 && len(in) == 0:
		return verdict{status: L7Response}
	case i < 0, bytes.IndexByte(in[:i], 0) >= 0:
		return verdict{pass: true, final: true, reply: &agentReply{incomplete: true}}
	}
	r := parseAgent(string(in[:i]))
	return verdict{pass: true, final: true, reply: &r}
}

// parseAgent reads the words of the line, separated by blanks and commas.
func parseAgent(line string) (r agentReply) {
	if i := agentComment(line); i >= 0 {
		r.description = strings.TrimLeft(line[i+1:], " \t")
		line = line[:i]
	}
	for _, w := range strings.FieldsFunc(line, func(ch rune) bool { return ch == ' ' || ch == '\t' || ch == ',' }) {
		low := strings.ToLower(w)
		switch {
		case low == "up", low == "down", low == "stopped", low == "fail":
			r.health = w
		case low == "ready":
			r.mode, r.hasMode = Ready, true
		case low == "drain":
			r.mode, r.hasMode = Drain, true
		case low == "maint":
			r.mode, r.hasMode = Maint, true
		case w[0] >= '0' && w[0] <= '9' && strings.Contains(w, "%"):
			r.weight, r.hasWeight = w, true
		case strings.HasPrefix(low, "maxconn:"):
			r.maxconn, r.hasMaxConn = w[len("maxconn:"):], true
		case strings.HasPrefix(low, "weight:"):
			r.weight, r.hasWeight = w[len("weight:"):], true
		case r.unknown == "":
			r.unknown = w
		}
	}
	return r
}

// agentComment is where the description begins: a '#' at the start of a word; -1
// without one.
func agentComment(line string) int {
	for i := 0; i < len(line); i++ {
		if line[i] == '#' && (i == 0 || strings.IndexByte(" \t,", line[i-1]) >= 0) {
			return i
		}
	}
	return -1
}

// obey does what the agent said and turns it into the outcome o. The caller
// holds the lock.
func (s *server) obey(o *outcome, ev *events) {
	r := o.reply
	c := s.agent
	if r.incomplete {
		o.status, o.desc = Checked, "Ignoring incomplete line from agent"
		return
	}
	if r.hasMode {
		s.setMode(r.mode, "", ev)
	}
	warning := ""
	if r.hasWeight {
		warning = s.setWeight(r.weight, ev)
	}
	if r.hasMaxConn {
		if w := s.setMaxConn(r.maxconn, ev); warning == "" {
			warning = w
		}
	}
	o.status = Checked
	switch {
	case r.health != "":
		c.health, o.status = 0, L7Status
		if strings.EqualFold(r.health, "up") {
			c.health, o.status = c.full(), L7OK
		}
		text := r.description
		if text == "" || o.status == L7OK {
			text = or(or(r.unknown, warning), text)
		}
		o.desc = "via agent : " + r.health
		if text != "" {
			o.desc += " (" + text + ")"
		}
	case r.unknown != "":
		o.desc = "agent reports an error : " + r.unknown
	case warning != "":
		o.desc = "agent warns : " + warning
	}
}

// setWeight does "set server <s> weight <text>": a number or a share in percent
// of the configured weight. It returns what is wrong with it.
func (s *server) setWeight(text string, ev *events) string {
	digits, percent := strings.CutSuffix(text, "%")
	n, ok := atoi(digits)
	switch {
	case text == "":
		return "Require <weight> or <weight%>."
	case !ok:
		return "Trailing garbage in weight string"
	case percent:
		n = s.srv.Conf.Weight * n / 100
	case n > maxWeight:
		return "Absolute weight can only be between 0 and 256 inclusive."
	}
	s.st.Weight.Store(int32(min(n, maxWeight)))
	s.count(now(), ev)
	ev.changed(s)
	return ""
}

// setMaxConn does "set server <s> maxconn <n>".
func (s *server) setMaxConn(text string, ev *events) string {
	n, ok := atoi(text)
	switch {
	case text == "":
		return "Require <maxconn>."
	case text[0] < '0' || text[0] > '9':
		return "maxconn string empty or preceded by garbage"
	case !ok:
		return "Trailing garbage in maxconn string"
	}
	s.srv.MaxConn.Store(int64(n))
	ev.changed(s)
	return ""
}

// atoi reads a number of at most nine digits.
func atoi(s string) (n int, ok bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}
