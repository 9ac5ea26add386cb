package link

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"segue/internal/acl"
	"segue/internal/balance"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/feature/checks"
	"segue/internal/feature/haterm"
	"segue/internal/feature/stats"
	"segue/internal/feature/vars"
	"segue/internal/health"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/rule"
	"segue/internal/sample"
)

// compile turns the lines of every proxy into programs.
func (l *linker) compile() {
	named := checks.Sources(l.m)
	for _, px := range l.gen.Proxies {
		if px.Front == nil && px.Back == nil {
			continue
		}
		sc := l.scope(px)
		l.acls(px, sc)
		l.rules(px, sc)
		l.httpErrors(px, sc)
		l.conds(px, sc)
		l.switches(px, sc)
		l.persistence(px, sc)
		l.forwarded(px, sc)
		l.serverWords(px, sc)
		l.formats(px, sc)
		l.logs(px, sc)
		l.ignored(px, sc)
		l.defaultNamespace(px.Conf)
		l.services(px)
		health.Compile(px, named, health.Lang{Scope: sc, Actions: l.actions, Diag: l.d, Plans: l.checks})
		l.checked(px)
	}
	health.Link(l.gen, func(srv *lb.Server, msg string) {
		if l.tracking(srv.Conf.Line.Pos(0), msg) {
			return // said when the file was read
		}
		l.d.Add(diag.Entry{Sev: diag.Alert, Bare: true, Pos: srv.Conf.Line.Pos(0), Form: diag.FormTight, Msg: msg})
	})
	l.adopt = append(l.adopt, vars.SetGlobal(l.m.Global.SetVars, &sample.Scope{Words: l.ix, Gen: l.gen, Files: l.files, Vars: vars.Vars{}}, l.d))
	l.files.Number()
}

// services gives the proxy what it answers itself.
func (l *linker) services(px *lb.Proxy) {
	if px.Mode == conf.Haterm {
		px.Origin = haterm.Service{}
	}
	if page := stats.NewPage(px); page != nil {
		if px.Extra == nil {
			px.Extra = map[string]any{}
		}
		px.Extra[lb.StatsPage] = page
		px.ReqWant |= lb.WantStats
	}
}

// scope is what names mean in the lines of px.
func (l *linker) scope(px *lb.Proxy) *sample.Scope {
	return &sample.Scope{Words: l.ix, Gen: l.gen, Proxy: px, Files: l.files, Open: l.open, Lookup: l.lookup, Vars: vars.Vars{}}
}

// tracking says whether what is wrong with the "track" of a line was said
// already. A loop is said once, of one of its lines.
func (l *linker) tracking(at diag.Pos, msg string) bool {
	const loop = "tracking chain"
	return slices.ContainsFunc(l.d.Entries(), func(e diag.Entry) bool {
		return e.Pos.File == at.File && e.Pos.Line == at.Line && strings.Contains(e.Msg, "track") ||
			strings.Contains(e.Msg, loop) && strings.Contains(msg, loop)
	})
}

// lookup resolves a host name in a pattern.
func (l *linker) lookup(host string) (netip.Addr, error) {
	ips, err := l.ask("ip", host)
	if err != nil {
		return netip.Addr{}, err
	}
	return ips[0], nil
}

// acls compiles the proxy's named conditions.
func (l *linker) acls(px *lb.Proxy, sc *sample.Scope) {
	t := acl.NewTable()
	sc.ACLs = t
	for i := range px.Conf.ACLs {
		rl := &px.Conf.ACLs[i]
		at(sc, &rl.Line)
		sc.Defaults = rl.Def
		sc.Warn = func(word int, msg string) { l.d.Warnf(rl.Line.Pos(rl.From+word), "%s", msg) }
		if err := t.Add(rl.Words(), sc); err != nil {
			l.report(rl, err, "error detected while parsing ACL '"+rl.Line.Text(rl.From)+"' : ")
		}
	}
	sc.Warn = nil
}

func at(sc *sample.Scope, line *cfg.Line) { sc.File, sc.Line, sc.Defaults = line.File, line.Num, "" }

// report prints a compile error at its word.
func (l *linker) report(rl *conf.RuleLine, err error, prefix string) {
	e, ok := err.(*sample.Error) //nolint:errorlint // never wrapped
	if !ok {
		l.d.Alertf(rl.Line.Pos(rl.From), "%s%s.", prefix, err)
		return
	}
	pos := rl.Line.Pos(rl.From + e.Word)
	if e.Late {
		l.d.Add(diag.Entry{Sev: diag.Alert, Bare: true, Pos: pos, Form: diag.FormTight, Msg: e.Msg, Hint: e.Hint})
		return
	}
	l.d.Add(diag.Entry{Sev: diag.Alert, Pos: pos, Msg: prefix + e.Msg + ".", Hint: e.Hint})
}

// reportFormat is report for the formats that HAProxy compiles after it has read
// everything, which it says in another form.
func (l *linker) reportFormat(line *cfg.Line, err error, prefix string) {
	e, ok := err.(*sample.Error) //nolint:errorlint // never wrapped
	if !ok || e.Late {
		l.report(&conf.RuleLine{Line: *line}, err, prefix)
		return
	}
	l.d.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormFormat, Pos: line.Pos(e.Word), Msg: prefix + e.Msg + ".", Hint: e.Hint})
}

// rules compiles the rule sets that act.
func (l *linker) rules(px *lb.Proxy, sc *sample.Scope) {
	isHTTP := px.Mode == conf.HTTP || px.Mode == conf.Haterm || px.Conf.SwitchesMode()
	for set := range conf.RuleSets {
		switch set {
		case conf.UseBackend, conf.UseServer, conf.HTTPCheck, conf.TCPCheck, conf.StickOn:
			continue
		}
		if condSets[set] != "" {
			continue
		}
		as := set
		if set == conf.StatsHTTPReq { // the same language, asked before the page is shown
			as = conf.HTTPReq
		}
		if isHTTP || set == conf.TCPReqConn || set == conf.TCPReqSess || set == conf.TCPReqCont || set == conf.TCPResCont {
			px.Rules.Set(set, rule.CompileSet(px.Conf.Rules.Of(set), as, sc, l.actions, l.d))
		} else {
			l.onlyCheck(px, px.Conf.Rules.Of(set), as, sc)
		}
	}
}

// onlyCheck reports what is wrong with rules that do nothing in the proxy's
// mode. Nothing of them stays.
func (l *linker) onlyCheck(px *lb.Proxy, lines []conf.RuleLine, set conf.RuleSet, sc *sample.Scope) {
	req, res, captures := px.ReqWant, px.ResWant, px.Captures
	rule.CompileSet(lines, set, sc, l.actions, l.d)
	px.ReqWant, px.ResWant, px.Captures = req, res, captures
}

// switches compiles use_backend and use-server.
func (l *linker) switches(px *lb.Proxy, sc *sample.Scope) {
	if px.Front != nil {
		px.Switches = l.compileSwitches(px.Conf.Rules.Of(conf.UseBackend), conf.UseBackend, sc)
	}
	if px.Back != nil {
		px.UseServers = l.compileSwitches(px.Conf.Rules.Of(conf.UseServer), conf.UseServer, sc)
	}
}

func (l *linker) compileSwitches(lines []conf.RuleLine, set conf.RuleSet, sc *sample.Scope) (out []lb.Switch) {
	for i := range lines {
		if sw, ok := rule.CompileSwitch(&lines[i], set, sc, l.d); ok && l.check == nil {
			out = append(out, sw)
		}
	}
	return out
}

// format compiles a "log-format" kind of line; nil when it is absent or wrong.
func (l *linker) format(line *cfg.Line, what string, sc *sample.Scope, opt logfmt.Options) *logfmt.Format {
	if line == nil {
		return nil
	}
	at(sc, line)
	opt.Merge = true
	f, err := logfmt.Compile(line.Text(0), sc, opt)
	if err != nil {
		if l.wrong[line] {
			return nil // inherited, and reported for another proxy
		}
		if l.wrong == nil {
			l.wrong = map[*cfg.Line]bool{}
		}
		l.wrong[line] = true
		l.reportFormat(line, err, "failed to parse "+what+" : ")
		return nil
	}
	return f
}

// formats compiles the formats that are not for the log.
func (l *linker) formats(px *lb.Proxy, sc *sample.Scope) {
	if px.Front == nil {
		checks := *sc    // a backend makes identifiers for its health checks only
		checks.Place = 0 // and mostly inherits a format that it never uses
		sc = &checks
	}
	opt := logfmt.Options{HTTP: true, Place: rule.Place(conf.HTTPReq, px)}
	if f := l.format(px.Conf.UniqueIDFormat, "unique-id", sc, opt); f != nil {
		px.UniqueID = f
	}
}

// logs plans what a frontend logs and where. Manual 8.
func (l *linker) logs(px *lb.Proxy, sc *sample.Scope) {
	c := px.Conf
	targets, profiles := l.targets(px)
	if px.Front == nil {
		px.Log.Targets = targets
		return
	}
	text := ""
	switch c.LogFormatName {
	case "httplog":
		text = logfmt.HTTPLog
	case "httplog clf":
		text = logfmt.HTTPCLF
	case "httpslog":
		text = logfmt.HTTPSLog
	case "tcplog":
		text = logfmt.TCPLog
	case "tcplog clf":
		text = logfmt.TCPCLF
	}
	opt := logfmt.Options{Log: true, Place: sample.Logs}
	onError := l.format(c.ErrorLogFormat, "error-log-format", sc, opt)
	sd := l.format(c.LogFormatSD, "log-format-sd", sc, opt)
	px.Log.ErrorLevel = c.Options&conf.OptLogSepErrors != 0
	if len(targets) > 0 {
		px.Log.Targets, px.Log.Profiles = targets, profiles
		px.Log.Handshake = l.handshakes(px, onError, sc, opt)
	}
	line := c.LogFormat
	if line == nil && text == "" {
		px.Log.Early = len(targets) > 0
		if onError != nil {
			px.Log.Error = onError
		}
		px.Log.Format = earlyFormat(px, targets)
		return
	}
	if line == nil {
		line = &cfg.Line{File: c.Line.File, Num: c.Line.Num, Words: []cfg.Word{{Text: text}}}
	}
	if f := l.format(line, "log-format", sc, opt); f != nil && len(targets) > 0 {
		px.Log.Format = f
	}
	if onError != nil {
		px.Log.Error = onError
	}
	if sd != nil {
		px.Log.SD = sd
	}
	px.Log.Server = wantsServer(px.Log.Format, px.Log.Error, px.Log.SD)
	for _, p := range l.gen.LogProfiles {
		for _, step := range p.Steps {
			px.Log.Server = px.Log.Server || step != nil && wantsServer(step.Format, step.SD)
		}
	}
	px.Log.ASAP = c.Options&conf.OptLogASAP != 0
	px.Log.Steps = c.LogSteps
	px.Log.Stepwise = px.Log.Format != nil && (px.Log.ASAP || px.Log.Steps != 0)
	if c.Options&conf.OptDontLogNormal != 0 {
		px.Log.Skip = normal
	}
}

// wantsServer says whether one of the formats shows the connection to the server.
func wantsServer(formats ...lb.Formatter) bool {
	return slices.ContainsFunc(formats, func(f lb.Formatter) bool {
		w, ok := f.(*logfmt.Format)
		return ok && w != nil && w.WantsServer()
	})
}

// connectLog is the line of a frontend without a log option, written when a
// connection is accepted. Manual 8.2.1.
type connectLog struct{ mode string }

// AppendTo implements lb.Formatter.
func (c connectLog) AppendTo(dst []byte, s *lb.Stream) []byte {
	dst = append(dst, "Connect from "...)
	if s.Session.Flags&lb.UnixSocket != 0 {
		dst = append(dst, "unix:"...)
		dst = strconv.AppendInt(dst, int64(s.Bind.ID), 10)
		dst = append(dst, " to unix:"...)
		dst = strconv.AppendInt(dst, int64(s.Bind.ID), 10)
	} else {
		dst = appendAddr(dst, s.Client())
		dst = append(dst, " to "...)
		dst = appendAddr(dst, s.Local())
	}
	dst = append(dst, " ("...)
	dst = append(dst, s.Front.Name...)
	dst = append(dst, '/')
	dst = append(dst, c.mode...)
	return append(dst, ')')
}

func appendAddr(dst []byte, a netip.AddrPort) []byte {
	dst = a.Addr().WithZone("").AppendTo(dst)
	dst = append(dst, ':')
	return strconv.AppendUint(dst, uint64(a.Port()), 10)
}

func earlyFormat(px *lb.Proxy, targets []lb.LogTarget) lb.Formatter {
	if len(targets) == 0 {
		return nil
	}
	mode := "TCP"
	if px.Mode != conf.TCP {
		mode = "HTTP"
	}
	return connectLog{mode}
}

// normal says that a stream ended as it should: option dontlog-normal.
func normal(s *lb.Stream) bool {
	return s.Term[0] == '-' && s.Retries == 0 && !s.Redispatched && (s.Flags&lb.IsTCP != 0 || s.Status < 500)
}

// globalLog is the targets of the global section. One that cannot be opened was
// reported where a proxy uses it, or is of no use.
func (l *linker) globalLog() (out []lb.LogTarget) {
	d := l.d
	defer func() { l.d = d }()
	l.d = &diag.List{}
	for i := range l.m.Global.Logs {
		if t := l.sink(nil, &l.m.Global.Logs[i], "", i+1); t != nil {
			out = append(out, t)
		}
	}
	return out
}

// balanceOptions gives the balance algorithm what it needs to evaluate; ok is
// false after an error, which is reported.
func (l *linker) balanceOptions(px *lb.Proxy) (o balance.Options, ok bool) {
	o = balance.Options{Factor: px.Conf.HashBalanceFactor, Preserve: px.Conf.HashPreserve}
	b := &px.Conf.Balance
	if (b.Algo == "hash" || b.Algo == "log-hash") && len(b.Args) > 0 {
		e := l.hash(px, b)
		if e == nil {
			return o, false
		}
		if b.Algo == "log-hash" {
			o.Eval = logHashed(e)
			return o, true
		}
		o.Eval = hashed(e, px.Conf.HashType.Function == "none")
	}
	return o, true
}

// hash compiles the expression of "balance hash" or "balance log-hash"; nil if b
// is neither or it is wrong.
func (l *linker) hash(px *lb.Proxy, b *conf.Balance) *sample.Expr {
	if b.Algo != "hash" && b.Algo != "log-hash" || len(b.Args) == 0 {
		return nil
	}
	sc := l.scope(px)
	sc.Place = sample.BackPick
	text := b.Args[0]
	if b.Algo == "log-hash" {
		text = "str(x)," + text // it has converters only: see logHashed
	}
	e, _, err := sample.Parse(text, sc)
	if err != nil {
		rl := &conf.RuleLine{From: 2}
		if b.Line != nil { // nil: the text is forgotten, the line has compiled before
			rl.Line = *b.Line
		}
		l.badHash(px, b, rl, err)
		return nil
	}
	return e
}

// badHash reports what is wrong with the expression of a hash. HAProxy compiles
// that of "balance hash" late, and names the proxy's place.
func (l *linker) badHash(px *lb.Proxy, b *conf.Balance, rl *conf.RuleLine, err error) {
	var se *sample.Error
	if b.Algo != "hash" || !errors.As(err, &se) || se.Late {
		l.report(rl, err, "'balance "+b.Algo+"' : ")
		return
	}
	at := px.Conf.Line
	l.d.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormHidden, Pos: rl.Line.Pos(rl.From), Hint: se.Hint, Msg: fmt.Sprintf(
		"%s '%s' [%s:%d]: failed to parse 'balance hash' expression '%s' in : %s.", px.Conf.TypeName(), px.Name, at.File, at.Num, b.Args[0], se.Msg)})
}

// logHashed gives what the converters of "balance log-hash" make of the message.
func logHashed(e *sample.Expr) func(s *lb.Stream, dst []byte) ([]byte, bool) {
	return func(s *lb.Stream, dst []byte) ([]byte, bool) {
		mark := sample.Mark(s.Thread)
		v := sample.Take(s)
		*v = sample.Value{Type: sample.Str, Bytes: s.LogMessage, Flags: sample.Const}
		ok := e.Convert(s, v)
		if ok {
			dst, ok = sample.AppendString(dst, v)
		}
		sample.Give(s)
		sample.Release(s.Thread, mark)
		return dst, ok
	}
}

// hashed gives what the hash of "balance hash" is made of: a number's eight
// bytes, the most significant first, and the text of anything else. Without a
// hash function it is text, which is read as a number. So does HAProxy 3.4, seen
// by where it sends requests.
func hashed(e *sample.Expr, text bool) func(s *lb.Stream, dst []byte) ([]byte, bool) {
	if text {
		return e.EvalString
	}
	return func(s *lb.Stream, dst []byte) ([]byte, bool) {
		mark := sample.Mark(s.Thread)
		v := sample.Take(s)
		ok := e.EvalAs(s, sample.Bin, v)
		if ok {
			dst = append(dst, v.Bytes...)
		}
		sample.Give(s)
		sample.Release(s.Thread, mark)
		return dst, ok
	}
}
