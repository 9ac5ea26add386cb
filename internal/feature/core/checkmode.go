package core

import (
	"fmt"
	"strings"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
)

// checkMode warns about words that do nothing in the proxy's mode, and takes
// back those that would do harm.
func checkMode(c *conf.Context, p *conf.Proxy) {
	if !isHTTP(p) {
		checkNotHTTP(c, p)
	}
	if p.Mode == conf.Log {
		checkLogBackend(c, p)
	} else if p.Balance.Algo == "log-hash" {
		bare(c, diag.Warning, p, "Unusable balance algorithm for %s '%s' (needs 'mode log'). Falling back to round robin.", p.TypeName(), p.Name)
		p.Balance.Algo, p.Balance.Args = "roundrobin", nil
	}
	if p.Caps&conf.FrontCap != 0 && !hasLog(c, p) && (p.LogFormat != nil || p.LogFormatName != "") {
		bare(c, diag.Warning, p, "log format ignored for %s '%s' since it has no log address.", p.TypeName(), p.Name)
	}
	if p.Caps&conf.BackCap != 0 && p.CheckType != "external-check" {
		checkUnusedCommand(c, p)
	}
	if p.Caps&conf.BackCap != 0 && len(p.Rules.Of(conf.TCPCheck)) > 0 && p.CheckType != "tcp-check" {
		bare(c, diag.Warning, p, "%s '%s' uses tcp-check rules without 'option tcp-check', so the rules are ignored.", p.TypeName(), p.Name)
	}
	if p.Caps&conf.BackCap != 0 && len(p.Rules.Of(conf.HTTPCheck)) > 0 && p.CheckType != "httpchk" {
		bare(c, diag.Warning, p, "%s '%s' uses http-check rules without 'option httpchk', so the rules are ignored.", p.TypeName(), p.Name)
	}
}

// checkUnusedCommand goes through the lines of external-check of a proxy that does
// not use them.
func checkUnusedCommand(c *conf.Context, p *conf.Proxy) {
	lines, _ := p.Extra["external-check"].([]conf.RuleLine)
	last := map[string]string{}
	for i := range lines {
		w := lines[i].Words()
		last[w[0].Text] = w[1].Text
	}
	if cmd := last["command"]; cmd != "" && cmd[0] != '/' && last["path"] == "" {
		bare(c, diag.Alert, p, "Proxy '%s': 'external-check command' does not have a leading '/' and 'external-check path' is not set.", p.Name)
	}
	for _, what := range []string{"command", "path"} {
		if last[what] != "" {
			bare(c, diag.Warning, p, "'external-check %s' will be ignored for %s '%s' (requires 'option external-check').", what, p.TypeName(), p.Name)
		}
	}
}

// checkLogBackend goes through what a backend in mode log cannot have. Manual 4.2
// "mode", "balance".
func checkLogBackend(c *conf.Context, p *conf.Proxy) {
	refuse := func(line *cfg.Line, format string, args ...any) {
		at := p.Line
		if line != nil {
			at = *line
		}
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormHidden, Pos: at.Pos(0), Msg: fmt.Sprintf(format, args...)})
	}
	algo, _, _ := strings.Cut(p.Balance.Algo, "(")
	switch algo {
	case "", "roundrobin", "random", "sticky":
	case "log-hash":
		if p.HashType.Method == "consistent" {
			refuse(p.Balance.Line, "log backend '%s': failed to initialize: unsupported hash method (from \"hash-type\").", p.Name)
		}
	default:
		refuse(p.Balance.Line, "in backend '%s': \"balance\" only supports 'roundrobin', 'random', 'sticky' and 'log-hash'.", p.Name)
	}
	if p.Dispatch != "" {
		refuse(nil, "in backend '%s': \"balance\" only supports 'roundrobin', 'random', 'sticky' and 'log-hash'.", p.Name)
	}
	for _, w := range []struct {
		sets []conf.RuleSet
		what string
	}{
		{[]conf.RuleSet{conf.TCPReqConn, conf.TCPReqSess, conf.TCPReqCont}, "tcp-request rules"},
		{[]conf.RuleSet{conf.TCPResCont}, "tcp-response rules"},
		{[]conf.RuleSet{conf.StickOn}, "sticking rules"},
		{[]conf.RuleSet{conf.UseServer}, "\"use-server\" rules"},
	} {
		for _, set := range w.sets {
			if len(p.Rules.Of(set)) > 0 {
				bare(c, diag.Warning, p, "Cannot use "+w.what+" with 'mode log' in %s '%s'. They will be ignored.", p.TypeName(), p.Name)
				p.Rules.Set(set, nil)
			}
		}
	}
	if p.StickTable != nil {
		bare(c, diag.Warning, p, "Cannot use stick table with 'mode log' in %s '%s'. It will be ignored.", p.TypeName(), p.Name)
	}
}

// hasLog reports whether the proxy's lines go anywhere.
func hasLog(c *conf.Context, p *conf.Proxy) bool {
	for i := range p.Logs {
		if !p.Logs[i].Global || len(c.Model.Global.Logs) > 0 {
			return true
		}
	}
	return false
}

// checkNotHTTP goes through the words that need mode http.
func checkNotHTTP(c *conf.Context, p *conf.Proxy) {
	if p.Caps&conf.FrontCap != 0 && strings.HasPrefix(p.LogFormatName, "http") && p.LogFormatLine != nil {
		_, clf, _ := strings.Cut(p.LogFormatName, "log") // "" or " clf"
		c.Diag.Add(diag.Entry{Sev: diag.Warning, Bare: true, Pos: p.LogFormatLine.Pos(0), Msg: fmt.Sprintf(
			"'option %s' not usable with %s '%s' (needs 'mode http'). Falling back to 'option tcplog%s'.", p.LogFormatName, p.TypeName(), p.Name, clf)})
		p.LogFormatName = "tcplog" + clf
	}
	if p.Cookie != nil {
		bare(c, diag.Warning, p, "cookie will be ignored for %s '%s' (needs 'mode http').", p.TypeName(), p.Name)
	}
	checkServersNotHTTP(c, p)
	switch algo, _, _ := strings.Cut(p.Balance.Algo, "("); algo {
	case "uri", "url_param", "hdr":
		bare(c, diag.Warning, p, "Layer 7 hash not possible for %s '%s' (needs 'mode http'). Falling back to round robin.", p.TypeName(), p.Name)
		p.Balance.Algo, p.Balance.Args = "roundrobin", nil
	}
	if p.SwitchesMode() {
		return // its connections may go on as HTTP
	}
	for _, w := range []struct {
		set  bool
		what string
	}{
		{p.Stats != nil, "'stats' statement ignored for %s '%s' as it requires HTTP mode."},
		{p.CookieCapture != nil, "'capture' statement ignored for %s '%s' as it requires HTTP mode."},
		{p.MonitorURI != "", "'monitor-uri' statement ignored for %s '%s' as it requires HTTP mode."},
		{len(p.Rules.Of(conf.HTTPReq)) > 0, "'http-request' rules ignored for %s '%s' as they require HTTP mode."},
		{len(p.Rules.Of(conf.HTTPRes)) > 0, "'http-response' rules ignored for %s '%s' as they require HTTP mode."},
		{len(p.Rules.Of(conf.HTTPAfterRes)) > 0, "'http-after-response' rules ignored for %s '%s' as they require HTTP mode."},
		{len(p.Rules.Of(conf.Redirect)) > 0, "'redirect' rules ignored for %s '%s' as they require HTTP mode."},
		{p.ForwardFor != nil, "'option forwardfor' ignored for %s '%s' as it requires HTTP mode."},
		{p.Forwarded != nil && p.Caps&conf.BackCap != 0, "'option forwarded' ignored for %s '%s' as it requires HTTP mode."},
		{p.OriginalTo != nil, "'option originalto' ignored for %s '%s' as it requires HTTP mode."},
	} {
		if w.set {
			bare(c, diag.Warning, p, w.what, p.TypeName(), p.Name)
		}
	}
	for _, o := range switches() {
		if o.needsHTTP() && p.Options&o.bit != 0 && o.has(p) {
			bare(c, diag.Warning, p, "'option %s' ignored for %s '%s' as it requires HTTP mode.", o.name, p.TypeName(), p.Name)
		}
	}
}

// warnLate warns about a rule that stands behind one of a later phase: it will
// not be evaluated in the order written. Manual 4.2 "tcp-request content".
func warnLate(c *conf.Context, what string, later ...conf.RuleSet) {
	for _, set := range later {
		for _, r := range c.Proxy.Rules.Of(set) {
			if r.Def == "" || c.Proxy.Caps&conf.DefaultsCap != 0 {
				c.Warnf(0, "a '%s' rule placed after %s '%s' rule will still be processed before.", what, article(set), phaseName(set))
				return
			}
		}
	}
}

// article: HAProxy says "an 'http-request' rule" only behind tcp-request.
func article(set conf.RuleSet) string {
	if set == conf.HTTPReq {
		return "an"
	}
	return "a"
}

// phaseName is the word that adds rules to a set.
func phaseName(set conf.RuleSet) string {
	switch set {
	case conf.TCPReqSess:
		return "tcp-request session"
	case conf.TCPReqCont:
		return "tcp-request content"
	case conf.HTTPReq:
		return "http-request"
	case conf.Redirect:
		return "redirect"
	case conf.UseBackend:
		return "use_backend"
	}
	return "use-server"
}

// checkServersNotHTTP goes through the words of servers, and of "source", that
// need mode http.
func checkServersNotHTTP(c *conf.Context, p *conf.Proxy) {
	if p.Caps&conf.BackCap == 0 {
		return
	}
	if p.Source != nil && p.Source.Header != "" {
		bare(c, diag.Warning, p, "%s '%s' : ignoring use of header %s as source IP in non-HTTP mode.", p.TypeName(), p.Name, p.Source.Header)
	}
	for _, s := range p.Servers {
		at := func(sev diag.Severity, format string, args ...any) {
			c.Diag.Add(diag.Entry{Sev: sev, Bare: true, Form: diag.FormHidden, Pos: s.Line.Pos(0),
				Msg: p.TypeName() + " '" + p.Name + "' : " + fmt.Sprintf(format, args...)})
		}
		if s.Redir != "" {
			at(diag.Alert, "server cannot have cookie or redirect prefix in non-HTTP mode.")
		}
		if s.Cookie != "" {
			at(diag.Warning, "ignoring cookie for server '%s' as HTTP mode is disabled.", s.Name)
		}
		if s.Source != nil && s.Source.Header != "" {
			at(diag.Warning, "server %s cannot use header %s as source IP in non-HTTP mode.", s.Name, s.Source.Header)
		}
	}
}
