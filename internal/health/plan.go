package health

import (
	"sync"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/pattern"
	"segue/internal/sample"
)

// Plan is a compiled health check: its steps in order. It is immutable once
// linked and shared by the servers of a backend.
type Plan struct {
	kind       kind
	steps      []step
	disable404 bool
	sendState  bool
	needs      bool   // some step evaluates expressions: a run needs a stream
	command    string // external-check
	path       string
	vars       []lb.Action // set before the first step
	protos     []string    // what "check-proto" may say; nil = anything
}

// kind is the protocol of a Plan; it decides what log lines tell.
type kind uint8

const (
	plain kind = iota // layer 4
	tcpCheck
	httpCheck
	builtin // smtp, ldap, mysql ...
	agentCheck
	external
)

// stepKind is what a step does.
type stepKind uint8

const (
	doConnect stepKind = iota
	doSend
	doExpect
	doAction
	doNothing // comment
)

// step is one line of a check.
type step struct {
	kind    stepKind
	index   int // from 0
	comment string
	connect connect
	send    *send
	expect  *expect
	action  lb.Action
}

// connect opens a connection. Manual 4.2 "tcp-check connect".
type connect struct {
	implicit  bool // nobody wrote it
	standard  bool // "default": as the server's own
	addr      conf.Addr
	port      int
	portExpr  *sample.Expr
	sendProxy bool
	socks4    bool
	linger    bool
	special   bool // something but "default" or a comment was written
	talks     bool // we speak first, or nobody does
	mute      bool // nobody does
}

// send sends bytes. Manual 4.2 "tcp-check send", "http-check send".
type send struct {
	data   []byte
	format lb.Formatter // instead of data
	hex    bool         // what format gives is hexadecimal
	http   *request
	build  func(c *Check, dst []byte) []byte // of a builtin
}

// expectKind is what is looked for.
type expectKind uint8

const (
	wantString expectKind = iota
	wantBinary
	wantRegex
	wantBinaryRegex
	wantFormat
	wantBinaryFormat
	wantStatus
	wantStatusRegex
	wantHeader
	wantBody
	wantBodyRegex
	wantBodyFormat
	wantCustom
)

// expect compares what was received. Manual 4.2 "tcp-check expect",
// "http-check expect".
type expect struct {
	silent    bool // says nothing about a server that closed without a word
	kind      expectKind
	not       bool
	min       int // min-recv; -1 = none
	data      []byte
	regex     *pattern.Regex
	format    lb.Formatter
	codes     [][2]int
	header    *headerMatch
	onError   lb.Formatter
	onSuccess lb.Formatter
	code      *sample.Expr // status-code
	// ok, failed and timeout replace the usual statuses; 0 = do not.
	ok, failed, timeout Status
	custom              func(in []byte, last bool) verdict
	head                int // the step from which waiting starts over
}

// verdict is what an expect makes of the bytes so far.
type verdict struct {
	wait   bool
	pass   bool
	final  bool // passed, and nothing else matters
	status Status
	code   int
	desc   string
	reply  *agentReply
}

// Plans are the plans of a proxy: lb.Proxy.Extra["health"].
type Plans struct {
	main  *Plan
	mu    sync.Mutex       // guards named: servers come at run time
	named map[string]*Plan // healthcheck sections that its servers name
}

const extraKey = "health"

// l4 is what a server is checked with when nothing else is said.
var l4 = &Plan{kind: plain, protos: protosOf(""), steps: []step{{kind: doConnect, connect: connect{implicit: true, standard: true, talks: true, mute: true}}}}

// PlansOf returns the plans of px.
func PlansOf(px *lb.Proxy) *Plans {
	p, _ := px.Extra[extraKey].(*Plans)
	return p
}

// of is the plan for srv.
func (p *Plans) of(srv *lb.Server) *Plan {
	if p == nil {
		return l4
	}
	if name := srv.Conf.CheckWords["healthcheck"]; name != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		if plan := p.named[name]; plan != nil {
			return plan
		}
	}
	return p.main
}

func disablesOn404(px *lb.Proxy) bool {
	p := PlansOf(px)
	return p != nil && p.main.disable404
}
