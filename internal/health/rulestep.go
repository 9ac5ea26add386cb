package health

import (
	"errors"
	"strconv"
	"strings"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/rule"
)

// rules compiles the lines of a proxy or section to steps. rule is what they begin
// with.
func (c *compiler) rules(lines []conf.RuleLine, rule string) {
	for i := range lines {
		c.open(&lines[i], rule)
		c.one()
	}
}

// ruleWords are the rules that there are, besides the actions. Manual 4.2, 12.9.
var ruleWords = []word{
	{name: "comment", read: readComment},
	{name: "connect", read: readConnect},
	{name: "disable-on-404", in: "http-check", read: func(c *compiler, _ *step) { c.p.disable404 = c.alone() }},
	{name: "expect", read: readExpect},
	{name: "send", in: "http-check", read: readSendHTTP},
	{name: "send", in: "tcp-check", read: readSend},
	{name: "send-binary", in: "tcp-check", read: readSend},
	{name: "send-binary-lf", in: "tcp-check", read: readSend},
	{name: "send-lf", in: "tcp-check", read: readSend},
	{name: "send-state", in: "http-check", read: func(c *compiler, _ *step) { c.p.sendState = c.alone() }},
}

// setting marks the rules that are no steps.
const setting stepKind = 0xff

// one compiles the line.
func (c *compiler) one() {
	st := step{kind: setting, index: len(c.p.steps)}
	if w := c.known(ruleWords, c.text(0)); w != nil {
		w.read(c, &st)
	} else {
		c.action(&st)
	}
	if c.failed || st.kind == setting {
		return
	}
	if why := c.misplaced(st.kind); why != "" {
		c.next = 1 // the rule as such
		c.fail("%s", why)
		return
	}
	c.p.steps = append(c.p.steps, st)
}

// alone reports whether nothing follows the rule's name, and that something does.
func (c *compiler) alone() bool {
	if c.more() {
		c.diag.Alertf(c.pos(1), "'%s' cannot handle unexpected argument '%s'.", c.rule, c.peek())
		c.failed = true
	}
	return !c.failed
}

// actionSets are where the actions of the rules are looked up, with the words of
// their own that messages list.
var actionSets = map[string]struct {
	set conf.RuleSet
	own string
}{
	"tcp-check":  {conf.TCPCheck, "'comment', 'connect', 'send', 'send-binary', 'expect'"},
	"http-check": {conf.HTTPCheck, "'disable-on-404', 'send-state', 'comment', 'connect', 'send', 'expect'"},
}

// action compiles set-var, set-var-fmt and unset-var.
func (c *compiler) action(st *step) {
	in, name := actionSets[c.rule], c.text(0)
	if c.lang.Actions == nil || c.lang.Actions.Action(name, in.set) == nil {
		c.diag.Alertf(c.pos(0), "'%s' only supports %s, 'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'. but got '%s'", c.rule, in.own, name)
		c.failed = true
		return
	}
	c.p.needs = true
	var d diag.List
	r, ok := rule.Compile(c.rl, in.set, &c.scope, c.lang.Actions, &d)
	for _, e := range d.Entries() {
		// The rest of a message that names the rule in the way of other rules.
		if _, why, found := strings.Cut(e.Msg, "' rule : "); found && e.Sev == diag.Alert {
			name, _, _ = strings.Cut(name, "(")
			e.Msg = "'" + c.rule + " " + c.text(0) + "' : '" + name + "' : " + why
		}
		c.diag.Add(e)
	}
	c.failed = !ok
	st.kind, st.action = doAction, r.Action
}

// readComment reads "comment <text>".
func readComment(c *compiler, st *step) {
	if !c.more() {
		c.fail("expects a string as argument")
	}
	st.kind, st.comment = doNothing, c.take()
	if c.more() {
		c.diag.Warnf(c.pos(c.next), "'%s comment' : '%s' is ignored: a text with blanks needs quotes.", c.rule, c.peek())
	}
}

// commentWord is the row of "comment <text>" in other rules.
var commentWord = word{name: "comment", read: func(c *compiler, st *step) { st.comment = c.argText() }}

// connectWords are the words of a connect rule. Manual 4.2 "tcp-check connect",
// "http-check connect".
var connectWords = []word{
	{name: "addr", read: readAddr},
	{name: "alpn", read: needsTLS},
	commentWord,
	{name: "default", read: func(_ *compiler, st *step) { st.connect.standard = true }},
	{name: "linger", read: func(_ *compiler, st *step) { st.connect.linger, st.connect.special = true, true }},
	{name: "port", read: readPort},
	{name: "proto", read: readProto},
	{name: "send-proxy", read: func(_ *compiler, st *step) { st.connect.sendProxy, st.connect.special = true, true }},
	{name: "sni", read: needsTLS},
	{name: "ssl", read: needsTLS},
	{name: "via-socks4", read: func(_ *compiler, st *step) { st.connect.socks4, st.connect.special = true, true }},
}

func readConnect(c *compiler, st *step) {
	st.kind = doConnect
	c.each(connectWords, st, "expects 'comment', 'port', 'addr', 'send-proxy', 'ssl', 'sni', 'alpn' or 'via-socks4', 'linger', 'default' but got '%s' as argument.")
}

func needsTLS(c *compiler, _ *step) {
	c.fail("'%s' is not supported by this version: health checks cannot use TLS yet", c.word())
}

// expand replaces the file's variables in an address.
func (c *compiler) expand(text string) string {
	if g := c.scope.Gen; g != nil && g.Conf != nil {
		return g.Conf.Expand(text)
	}
	return text
}

// readAddr reads where to connect to: a name is looked up now, checks never wait
// for one.
func readAddr(c *compiler, st *step) {
	if !c.more() {
		c.fail("'addr' expects <ipv4|ipv6> as argument.")
		return
	}
	text := c.take()
	own := c.expand(text)
	a, err := conf.ParseAddr(own)
	if own == "" && text != "" {
		err = errors.New("'" + text + "' resolves to an empty address (environment variable missing?)")
	}
	if err == nil {
		err = a.Misplaced(0, c.scope.Gen != nil && c.scope.Gen.Conf != nil && c.scope.Gen.Conf.Global.ExposeExperimental)
	}
	if err == nil {
		err = a.Find(conf.SystemLookup)
	}
	if err != nil {
		c.fail("'addr' : %s.", err)
		return
	}
	st.connect.addr, st.connect.special = a, true
}

// readPort reads a number or an expression.
func readPort(c *compiler, st *step) {
	cn := &st.connect
	cn.special = true
	switch w := c.peek(); {
	case !c.more():
		c.fail("'port' expects a port number or a sample expression as argument.")
	case strings.Trim(w, "0123456789") != "":
		cn.portExpr = c.expr("port")
	default:
		n, err := strconv.Atoi(c.take())
		if err != nil || n < 1 || n > 65535 {
			c.fail("expects a valid TCP port (from range 1 to 65535) or a sample expression, got %s.", w)
		}
		cn.port = n
	}
}

// readProto takes what the kind of check speaks.
func readProto(c *compiler, st *step) {
	st.connect.special = true
	if !c.more() {
		c.fail("'proto' expects a MUX protocol as argument.")
		return
	}
	ours, theirs := "none", "h1"
	if c.rule == "http-check" {
		ours, theirs = theirs, ours
	}
	switch w := c.take(); {
	case w == ours:
	case w == theirs, w == "spop", c.rule == "tcp-check" && (w == "fcgi" || w == "h2"):
		c.fail("'proto' : invalid MUX protocol '%s' for %s", w, c.rule)
	case w == "fcgi", w == "h2":
		c.fail("'proto' : '%s' is not built yet in this version", w)
	default:
		c.fail("'proto' : unknown MUX protocol '%s'.", w)
	}
}

// readSend reads the four send rules of tcp-check: "send <data>" and its like.
func readSend(c *compiler, st *step) {
	name := c.text(0)
	_, format := strings.CutSuffix(name, "-lf")
	binary := strings.HasPrefix(name, "send-binary")
	if !c.more() {
		what := "string"
		if name == "send-binary" {
			what = "binary string"
		}
		c.fail("'%s' expects a %s as argument", what, name)
		return
	}
	text := c.take()
	s := &send{hex: binary && format}
	st.kind, st.send = doSend, s
	switch {
	case format:
		s.format = c.format(text)
	case binary:
		why := ""
		if s.data, why = hexBytes(text); why != "" {
			c.fail("'%s' invalid binary string (%s)", text, why)
		}
	default:
		s.data = []byte(text)
	}
	c.each([]word{commentWord}, st, "expects 'comment' but got '%s' as argument.")
}

// sendWords are the words of a send rule of http-check. Manual 4.2 "http-check
// send": of two that say the same the later one counts.
var sendWords = []word{
	{name: "body", read: func(c *compiler, st *step) { st.send.http.body, st.send.http.bodyFormat = c.argText(), nil }},
	{name: "body-lf", read: func(c *compiler, st *step) { st.send.http.bodyFormat = c.format(c.argText()) }},
	commentWord,
	{name: "hdr", read: readField},
	{name: "meth", read: func(c *compiler, st *step) { st.send.http.method = c.argText() }},
	{name: "uri", read: func(c *compiler, st *step) { st.send.http.uri, st.send.http.uriFormat = c.argText(), nil }},
	{name: "uri-lf", read: func(c *compiler, st *step) { st.send.http.uriFormat = c.format(c.argText()) }},
	{name: "ver", read: func(c *compiler, st *step) { st.send.http.version = c.argText() }},
}

func readSendHTTP(c *compiler, st *step) {
	st.kind, st.send = doSend, &send{http: new(request)}
	c.each(sendWords, st, "expects 'comment', 'meth', 'uri', 'uri-lf', 'ver', 'hdr', 'body' or 'body-lf' but got '%s' as argument.")
}

// readField reads "<name> <fmt>". The fields that frame the body are ours.
func readField(c *compiler, st *step) {
	name, value := strings.ToLower(c.take()), c.take()
	if name == "" || value == "" {
		c.next = min(c.next, c.rl.Line.Len()-c.rl.From)
		c.fail("'hdr' expects <name> and <value> as arguments")
		return
	}
	r := st.send.http
	for i := range r.fields {
		if name == "host" && r.fields[i].name == name {
			c.fail("'host' header already defined (previous value is '%s')", r.fields[i].text)
		}
	}
	if f := c.requestField(name, value); name != "content-length" && name != "transfer-encoding" {
		r.fields = append(r.fields, f)
	}
}

// requestField compiles the value, which was just taken, unless it is constant.
func (c *compiler) requestField(name, value string) requestField {
	f := requestField{name: name, text: value}
	if !strings.Contains(value, "%") {
		return f
	}
	var err error
	if f.format, err = c.logFormat(value); err != nil {
		if c.rule == "option" {
			c.diag.Alertf(c.pos(c.next-1), "'option httpchk' : %s.", err)
			c.failed = true
		}
		c.fail("%s", err)
	}
	return f
}
