package actions

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/rule"
	"segue/internal/sched"
	"segue/internal/stream"
	"segue/internal/wire/h1"
)

// replyRows are the actions that answer.
func replyRows() []rule.Action {
	const args = "[ { status | deny_status } <code> ] [ content-type <type> ] [ { default-errorfiles | errorfile <file> | " +
		"errorfiles <name> | file <file> | lf-file <file> | string <str> | lf-string <fmt> } ] [ hdr <name> <fmt> ]*"
	return []rule.Action{
		{Doc: doc("auth", "[realm <realm>]", "Asks the client for a user name and a password."), Sets: httpReq, Final: true, Parse: parseAuth},
		{Doc: doc("deny", args, "Refuses the request or the response."), Sets: httpBoth, Final: true, Parse: parseDeny},
		{Doc: doc("redirect", "<rule>", "Sends the client to another address."), Sets: httpBoth, Final: true, Parse: parseRedirect},
		{Doc: doc("return", args, "Answers in place of a server."), Sets: httpBoth, Final: true, Parse: parseReturn},
		{Doc: doc("tarpit", args, "Answers with an error after a delay."), Sets: httpReq, Final: true, Parse: parseTarpit},
	}
}

// answer is a reply as a rule describes it.
type answer struct {
	status int
	fixed  *lb.Reply         // made of the rule alone; nil: the proxy's page for status
	pages  map[int]*lb.Reply // of an http-errors section
}

// reply makes the answer the stream's.
func (a *answer) reply(s *lb.Stream) {
	switch {
	case a.pages != nil && a.pages[a.status] != nil:
		s.Reply = a.pages[a.status]
	case a.fixed == nil:
		stream.Error(s, a.status)
	case s.Dir == lb.Response && dynamic(a.fixed):
		s.Reply = frozen(s, a.fixed)
	default:
		s.Reply = a.fixed
	}
}

// dynamic reports whether parts of r are made when it is sent.
func dynamic(r *lb.Reply) bool {
	for i := range r.Headers {
		if r.Headers[i].Value != nil {
			return true
		}
	}
	return r.BodyFmt != nil
}

// frozen is r with all its formats evaluated, for answers that replace a
// response which those formats may look at.
func frozen(s *lb.Stream, r *lb.Reply) *lb.Reply {
	d := &s.ReplyDyn
	*d = *r
	d.Headers = nil
	for _, h := range r.Headers {
		if h.Value != nil {
			h.Text, h.Value = string(h.Value.AppendTo(nil, s)), nil
		}
		d.Headers = append(d.Headers, h)
	}
	if r.BodyFmt != nil {
		d.Body, d.BodyFmt = r.BodyFmt.AppendTo(nil, s), nil
	}
	return d
}

type deny struct{ answer }

func parseDeny(p *rule.Parser) lb.Action {
	def := 403
	if p.Set == conf.HTTPRes {
		def = 502
	}
	a, ok := parseRefusal(p, def)
	if !ok {
		return nil
	}
	return &deny{a}
}

// Exec implements lb.Action.
func (a *deny) Exec(s *lb.Stream) lb.Verdict {
	denied(s)
	s.SetTerm('P', phase(s))
	a.reply(s)
	return lb.Answer
}

type tarpit struct{ answer }

func parseTarpit(p *rule.Parser) lb.Action {
	a, ok := parseRefusal(p, 500)
	if !ok {
		return nil
	}
	return &tarpit{a}
}

// Exec implements lb.Action. The delay is timeout tarpit, or timeout connect
// without one; it ends early with a client that has gone. Times are logged as
// HAProxy does: it is all queue.
func (a *tarpit) Exec(s *lb.Stream) lb.Verdict {
	delay := s.Timeouts.Tarpit
	if delay == 0 {
		delay = s.Timeouts.Connect
	}
	s.Flags |= lb.Tarpitted
	s.SetTerm('P', 'T')
	denied(s)
	if delay > 0 && !hold(s, delay) {
		return lb.Abort
	}
	s.HeadDone, s.Queued = -1, s.Thread.Now()
	a.reply(s)
	return lb.Answer
}

// hold waits for delay ns, or until the client has left: who has gone is not to
// cost a task and a socket. It returns false when the task was canceled.
func hold(s *lb.Stream, delay int64) bool {
	cli, deadline := &s.Session.Conn, s.Thread.Now()+delay
	defer cli.Disarm()
	for {
		cli.ArmEnd(s.Task)
		if stream.Left(s) {
			s.Flags |= lb.CloseClient
			return true
		}
		switch s.Task.Park(deadline) {
		case sched.Timeout:
			return true
		case sched.Canceled:
			return false
		}
	}
}

type respond struct{ answer }

func parseReturn(p *rule.Parser) lb.Action {
	a, ok := parseReply(p, 200)
	if !ok {
		return nil
	}
	return &respond{a}
}

// HTTPError is the action behind an "http-error" line. Manual 4.2.
func HTTPError() *rule.Action {
	return &rule.Action{Doc: doc("http-error", "", "Defines an error page in place."), Sets: httpReq, Anywhere: true, Parse: parseReturn}
}

// Page is the status and the page that an "http-error" line defines.
func (a *respond) Page() (int, *lb.Reply) {
	switch {
	case a.pages[a.status] != nil:
		return a.status, a.pages[a.status]
	case a.fixed == nil:
		return a.status, stream.Page(a.status)
	}
	return a.status, a.fixed
}

// Exec implements lb.Action.
func (a *respond) Exec(s *lb.Stream) lb.Verdict {
	s.SetTerm('L', phase(s))
	a.reply(s)
	return lb.Answer
}

// parseRefusal reads the arguments of deny and tarpit. Without any, or with
// deny_status alone, the answer is the proxy's page.
func parseRefusal(p *rule.Parser, def int) (answer, bool) {
	if p.AtCond() {
		return answer{status: def}, true
	}
	if p.Peek() != "deny_status" || p.PeekAt(2) != "" && p.PeekAt(2) != "if" && p.PeekAt(2) != "unless" {
		return parseReply(p, def)
	}
	r := replyParser{p: p, status: def}
	if !r.word() {
		return answer{}, false
	}
	r.source, r.at = "default-errorfiles", p.At()-1
	return r.finish()
}

// replyParser gathers the arguments of an answer.
type replyParser struct {
	p       *rule.Parser
	status  int
	ctype   string
	source  string // which word gives the content, "" for none
	at      int    // index of the source's argument
	fmt     *logfmt.Format
	body    []byte
	errors  string // name of an http-errors section
	page    *lb.Reply
	headers []lb.ReplyHeader
}

// parseReply reads "status", "content-type", a source and "hdr" in any order.
func parseReply(p *rule.Parser, def int) (answer, bool) {
	r := replyParser{p: p, status: def}
	for {
		switch p.Peek() {
		case "status", "deny_status", "content-type", "default-errorfiles", "errorfile", "errorfiles", "file", "lf-file", "string", "lf-string", "hdr":
			if !r.word() {
				return answer{}, false
			}
			continue
		}
		return r.finish()
	}
}

// word reads one argument with its value.
func (r *replyParser) word() bool {
	p := r.p
	switch w := p.Next(); w {
	case "status", "deny_status":
		if p.Left() == 0 {
			return r.fail("'%s' expects <status_code> as argument", w)
		}
		n, _ := strconv.Atoi(leadingDigits(p.Next()))
		if n < 200 || n > 599 {
			return r.fail("Unexpected status code '%d'", n)
		}
		r.status = n
	case "content-type":
		if p.Left() == 0 {
			return r.fail("'%s' expects <ctype> as argument", w)
		}
		r.ctype = p.Next()
	case "hdr":
		return r.header()
	default:
		return r.content(w)
	}
	return true
}

func leadingDigits(s string) string {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return s[:i]
		}
	}
	return s
}

func (r *replyParser) fail(format string, args ...any) bool {
	r.p.Fail(format, args...)
	return false
}

// header reads "hdr <name> <fmt>".
func (r *replyParser) header() bool {
	p := r.p
	if !p.Args(2) {
		return r.fail("'hdr' expects <name> and <value> as arguments")
	}
	at, name := p.At(), p.Next()
	if strings.EqualFold(name, "content-length") || strings.EqualFold(name, "transfer-encoding") || strings.EqualFold(name, "content-type") {
		p.Diag.Warnf(p.Line.Line.Pos(p.Line.From+at), "header '%s' always ignored by the http reply.", name)
		p.Next()
		return true
	}
	f := p.HeaderFormat()
	if f == nil {
		return false
	}
	h := lb.ReplyHeader{Name: name, Value: f}
	if text, ok := f.Constant(); ok {
		h.Text, h.Value = text, nil
	}
	r.headers = append(r.headers, h)
	return true
}

// expected is what the message about a missing argument of a source calls it.
var expected = map[string]string{"errorfiles": "<name>", "errorfile": "<fmt>", "file": "<file>", "lf-file": "<file>", "string": "<str>", "lf-string": "<fmt>"}

// content reads the word that gives the answer's content.
func (r *replyParser) content(w string) bool {
	p := r.p
	if r.source != "" {
		return r.fail("unexpected '%s' argument, '%s' already defined", w, r.source)
	}
	r.source, r.at = w, p.At()
	if w == "default-errorfiles" {
		r.at--
		return true
	}
	if p.Left() == 0 {
		return r.fail("'%s' expects %s as argument", w, expected[w])
	}
	arg := p.Next()
	switch w {
	case "errorfiles":
		r.errors = arg
	case "errorfile":
		return r.errorFile(arg)
	case "string":
		r.body = []byte(arg)
	case "file":
		return r.file(arg)
	case "lf-file":
		if !r.file(arg) {
			return false
		}
		r.fmt = p.FormatText(r.at, string(r.body), logfmt.Options{})
		return r.fmt != nil
	case "lf-string":
		r.fmt = p.FormatText(r.at, arg, logfmt.Options{})
		return r.fmt != nil
	}
	return true
}

// open reads a file by the way that the configuration's files come.
func (r *replyParser) open(name string) ([]byte, error) {
	if f := r.p.Scope.Open; f != nil {
		return f(name)
	}
	return os.ReadFile(name)
}

// file reads the content from a file.
func (r *replyParser) file(name string) bool {
	body, err := r.open(name)
	if err != nil {
		return r.fail("error opening file '%s'", name)
	}
	if max := r.bufSize(); len(body) > max {
		return r.fail("file '%s' exceeds the buffer size (%d > %d)", name, len(body), max)
	}
	r.body = body
	return true
}

func (r *replyParser) bufSize() int {
	if g := r.p.Scope.Gen; g != nil && g.Conf != nil && g.Conf.Global.Tune.BufSize > 0 {
		return g.Conf.Global.Tune.BufSize
	}
	return 16384
}

// errorFile reads a whole response from a file. Manual 4.2 "errorfile".
func (r *replyParser) errorFile(name string) bool {
	raw, err := r.open(name)
	if err != nil {
		return r.fail("error opening file '%s'.", name)
	}
	if len(raw) == 0 {
		r.page = &lb.Reply{Raw: []byte{}} // nothing is sent at all
		return true
	}
	var h htx.Head
	n, err := h1.ParsePage(&h, raw)
	if err != nil {
		return r.fail("'%s': %v", name, err)
	}
	r.page = pageOf(&h, raw[n:])
	return true
}

// pageOf makes a reply of a parsed response. Fields that frame the message are
// ours to write.
func pageOf(h *htx.Head, body []byte) *lb.Reply {
	page := &lb.Reply{Status: int(h.Status), Reason: string(h.Bytes(h.Reason)), Body: bytes.Clone(body), Keep: true}
	for i := range h.Fields {
		f := &h.Fields[i]
		switch f.ID {
		case htx.Connection, htx.KeepAlive, htx.ContentLength, htx.TransferEncoding:
			continue
		}
		if f.Flags&htx.Deleted == 0 {
			page.Headers = append(page.Headers, lb.ReplyHeader{Name: string(h.Name(i)), Text: string(h.Value(i))})
		}
	}
	return page
}

// paged lists the statuses that have a page. Manual 4.2 "errorfile".
var paged = map[int]bool{
	200: true, 400: true, 401: true, 403: true, 404: true, 405: true, 407: true, 408: true, 410: true, 413: true, 414: true,
	421: true, 422: true, 425: true, 429: true, 431: true, 500: true, 501: true, 502: true, 503: true, 504: true,
}

// finish checks that the arguments fit together and makes the answer.
func (r *replyParser) finish() (answer, bool) {
	a := answer{status: r.status}
	switch r.source {
	case "":
		r.ignored("content-type '%s' ignored by the http reply because neither errorfile nor payload defined.", r.ctype != "", r.ctype)
		a.fixed = &lb.Reply{Status: r.status, Headers: r.headers, Keep: true}
		return a, true
	case "default-errorfiles", "errorfile", "errorfiles":
		return r.finishPage(a)
	}
	text := r.fmt == nil && len(r.body) == 0
	switch {
	case (r.status == 204 || r.status == 304) && !text:
		return a, r.fail("No body expected for %d responses", r.status)
	case r.ctype == "" && r.fmt != nil:
		return a, r.fail("a content type must be defined with a log-format payload")
	case r.ctype == "" && !text:
		return a, r.fail("a content type must be defined when non-empty payload is configured")
	}
	r.ignored("content-type '%s' ignored by the http reply when used with an empty payload.", text && r.ctype != "", r.ctype)
	a.fixed = &lb.Reply{Status: r.status, ContentType: r.ctype, Headers: r.headers, Keep: true}
	if r.fmt != nil {
		a.fixed.BodyFmt = r.fmt
	} else {
		a.fixed.Body = r.body
	}
	return a, true
}

// finishPage is finish for answers that are whole responses.
func (r *replyParser) finishPage(a answer) (answer, bool) {
	if !paged[r.status] {
		word := r.source
		return a, r.fail("status code '%d' not handled by default with '%s' argument.", r.status, word)
	}
	r.ignored("content-type '%s' ignored by the http reply when used with an errorfile.", r.ctype != "", r.ctype)
	r.ignored("hdr parameters ignored by the http reply when used with an errorfile.", len(r.headers) > 0)
	a.fixed = r.page
	if r.errors == "" {
		return a, true
	}
	return r.section(a)
}

// section takes the pages of an http-errors section.
func (r *replyParser) section(a answer) (answer, bool) {
	p := r.p
	var sec *conf.HTTPErrors
	if p.Scope.Gen != nil && p.Scope.Gen.Conf != nil {
		sec = p.Scope.Gen.Conf.Errors[r.errors]
	}
	if sec == nil {
		p.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormHidden, Bare: true, Pos: p.Line.Line.Pos(p.Line.From + r.at),
			Msg: "Proxy '" + p.Proxy.Name + "': unknown http-errors section '" + r.errors + "' referenced by an http reply ."})
		return a, true
	}
	if sec.Files[r.status] == nil {
		p.Diag.Add(diag.Entry{Sev: diag.Warning, Form: diag.FormHidden, Bare: true, Pos: p.Line.Line.Pos(p.Line.From + r.at),
			Msg: "Proxy '" + p.Proxy.Name + "': status '" + strconv.Itoa(r.status) + "' referenced by an http reply not declared in http-errors section '" + r.errors + "'."})
	}
	a.pages = map[int]*lb.Reply{}
	for code, e := range sec.Files {
		if len(e.Raw) == 0 {
			a.pages[code] = &lb.Reply{Raw: []byte{}} // nothing is sent at all
			continue
		}
		var h htx.Head
		if n, err := h1.ParseResponse(&h, e.Raw, 0, h1.Get, &h1.Limits{}); err == h1.OK && n > 0 {
			a.pages[code] = pageOf(&h, e.Raw[n:])
		}
	}
	return a, true
}

// ignored warns about an argument without effect.
func (r *replyParser) ignored(format string, when bool, args ...any) {
	if when {
		r.p.Warnf(0, format, args...)
	}
}
