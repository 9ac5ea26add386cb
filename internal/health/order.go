package health

import (
	"slices"
	"strings"

	"segue/internal/conf"
)

// This file puts the steps of a plan together: which may follow which, and what
// nobody needs to write. Manual 4.2 "tcp-check connect", "option httpchk".

// onWire reports whether the step sends or receives something.
func (s *step) onWire() bool { return s.kind != doAction && s.kind != doNothing }

func onWire(s step) bool { return s.onWire() }

// lastOnWire is the last step that is on the wire, nil without any.
func lastOnWire(steps []step) *step {
	for i := range slices.Backward(steps) {
		if steps[i].onWire() {
			return &steps[i]
		}
	}
	return nil
}

// kindAhead is the kind of the first step on the wire, doNothing without any.
func kindAhead(steps []step) stepKind {
	if i := slices.IndexFunc(steps, onWire); i >= 0 {
		return steps[i].kind
	}
	return doNothing
}

const connectFirst = "first step MUST also be a 'connect', optionally preceded by a 'set-var', an 'unset-var' or a 'comment', " +
	"when there is a 'connect' step in the tcp-check ruleset"

// misplaced says why a step of the kind cannot come next, "" = it can. A connect
// rule anywhere makes one necessary in front. Over HTTP, every exchange is
// connect, send, expect: what precedes a step is one of its row.
func (c *compiler) misplaced(k stepKind) (why string) {
	before := lastOnWire(c.p.steps)
	if before == nil || k == doAction || k == doNothing {
		return ""
	}
	if k == doConnect && kindAhead(c.p.steps) != doConnect {
		return connectFirst
	}
	if c.rule != "http-check" {
		return ""
	}
	fits := map[stepKind]struct {
		after   []stepKind
		missing string
	}{
		doConnect: {[]stepKind{doExpect}, "expect"},
		doSend:    {[]stepKind{doConnect}, "connect"},
		doExpect:  {[]stepKind{doSend, doExpect}, "send"},
	}[k]
	if slices.Contains(fits.after, before.kind) {
		return ""
	}
	return "unable to add http-check " + c.text(0) + " rule at step " + itoa(len(c.p.steps)+1) + " (missing " + fits.missing + " rule)."
}

// complete adds a first connect if there is none, and tells the steps what they
// need to know of their neighbours.
func (p *Plan) complete() {
	if kindAhead(p.steps) != doConnect {
		p.steps = slices.Insert(p.steps, 0, step{kind: doConnect, connect: connect{implicit: true, standard: true}})
	}
	p.spreadComments()
	for i := range p.steps {
		st := &p.steps[i]
		switch st.kind {
		case doConnect:
			ahead := kindAhead(p.steps[i+1:])
			st.connect.talks = ahead != doExpect
			st.connect.mute = ahead == doNothing || ahead == doConnect
		case doExpect:
			// What must not be there may still come while the next one waits.
			st.expect.head = i
			if i > 0 && p.steps[i-1].kind == doExpect && p.steps[i-1].expect.not {
				st.expect.head = p.steps[i-1].expect.head
			}
		}
	}
}

// spreadComments gives the text of a comment rule to the steps of one kind that
// follow it and have none of their own. Manual 4.2 "tcp-check comment".
func (p *Plan) spreadComments() {
	text, kind := "", doNothing
	for i := range p.steps {
		st := &p.steps[i]
		if st.kind == doNothing {
			text, kind = st.comment, doNothing
			continue
		}
		if kind != doNothing && kind != st.kind {
			text = ""
		}
		kind = st.kind
		if st.comment == "" {
			st.comment = text
		}
	}
}

// httpPlan compiles an http-check: its request is written by the option and by the
// first send rule, where the later line of the file counts; without an expect
// rule behind it, a status from 200 to 399 is good. Manual 4.2 "option httpchk",
// "http-check send", "http-check expect".
func (c *compiler) httpPlan(src *Source) {
	var opt request
	optLine := 0
	if src.Opts != nil {
		optLine = src.Opts.Line.Num
		c.open(src.Opts, "option")
		c.requestOfOption(&opt)
	}
	c.rules(src.HTTP, "http-check")
	c.addRequest(&opt, optLine, src.HTTP)
	if n := len(c.p.steps); n > 0 && lastOnWire(c.p.steps).kind == doSend {
		good := &expect{kind: wantStatus, min: -1, codes: [][2]int{{200, 399}}}
		c.p.steps = append(c.p.steps, step{kind: doExpect, index: n, expect: good})
	}
}

// requestOfOption reads "[<method>] <uri> [<version> [<host>]]".
func (c *compiler) requestOfOption(r *request) {
	args := c.rl.Line.Len() - c.rl.From
	if args == 1 {
		r.uri = c.text(0)
		return
	}
	r.method, r.uri, r.version = c.text(0), c.text(1), c.text(2)
	if strings.ContainsAny(r.version, "\r\n") {
		c.diag.Alertf(c.pos(2), "'option httpchk' : hiding headers or body at the end of the version string is unsupported."+
			"Use 'http-check send' directive instead..")
	}
	if host := c.text(3); host != "" {
		c.next = 4
		r.fields = append(r.fields, c.requestField("host", host))
	}
}

// addRequest puts the option's request into the plan: into the send rule that is
// first on the first connection, or in front as a step of its own.
func (c *compiler) addRequest(opt *request, optLine int, rules []conf.RuleLine) {
	steps := c.p.steps
	at := 0 // behind a first connect rule
	if i := slices.IndexFunc(steps, onWire); i >= 0 && steps[i].kind == doConnect {
		at = i + 1
	}
	if kindAhead(steps[at:]) != doSend {
		c.p.steps = slices.Insert(steps, at, step{kind: doSend, send: &send{http: opt}})
		return
	}
	isSend := func(l conf.RuleLine) bool { return l.Line.Text(l.From) == "send" }
	rule := steps[at+slices.IndexFunc(steps[at:], onWire)].send.http
	if i := slices.IndexFunc(rules, isSend); i >= 0 && optLine > rules[i].Line.Num {
		*rule = opt.or(rule)
		return
	}
	*rule = rule.or(opt)
}

// or is the request with what it does not say taken from other.
func (r *request) or(other *request) request {
	m := *r
	m.method, m.version = or(r.method, other.method), or(r.version, other.version)
	if r.uri == "" && r.uriFormat == nil {
		m.uri, m.uriFormat = other.uri, other.uriFormat
	}
	if len(r.fields) == 0 {
		m.fields = other.fields
	}
	if r.body == "" && r.bodyFormat == nil {
		m.body, m.bodyFormat = other.body, other.bodyFormat
	}
	return m
}
