package link

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"segue/internal/acl"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/persist"
	"segue/internal/rule"
	"segue/internal/sample"
)

// persistence plans how a backend keeps its clients. Manual 4.2 "cookie",
// "force-persist", "ignore-persist", "persist rdp-cookie".
func (l *linker) persistence(px *lb.Proxy, sc *sample.Scope) {
	if px.Back == nil {
		return
	}
	var lines []conditionLine
	for _, set := range [...]conf.RuleSet{conf.ForcePersist, conf.IgnorePersist} {
		rules := px.Conf.Rules.Of(set)
		for i := range rules {
			lines = append(lines, conditionLine{&rules[i], set})
		}
	}
	// The two kinds are one list in the order of the text.
	slices.SortStableFunc(lines, func(a, b conditionLine) int { return a.rl.Line.Num - b.rl.Line.Num })
	var rules []persist.Rule
	for _, c := range lines {
		if r, ok := l.condition(c.rl, c.set, sc); ok {
			rules = append(rules, persist.Rule{Cond: r.Cond, Unless: r.Unless, Force: c.set == conf.ForcePersist})
		}
	}
	if plan := persist.New(px, rules, l.rdpCookie(px)); plan != nil {
		px.Persist = plan
		l.sameCookies(px, plan)
		if l.prev != nil && l.prev.Backs[px.Name] != nil {
			old := persist.Of(l.prev.Backs[px.Name])
			l.adopt = append(l.adopt, func() { plan.Follow(old) })
		}
	}
}

type conditionLine struct {
	rl  *conf.RuleLine
	set conf.RuleSet
}

// condition compiles a line that is nothing but a condition.
func (l *linker) condition(rl *conf.RuleLine, set conf.RuleSet, sc *sample.Scope) (r lb.Rule, ok bool) {
	own := *sc
	at(&own, &rl.Line)
	own.Place = rule.Place(set, sc.Proxy)
	own.Warn = func(word int, msg string) { l.d.Warnf(rl.Line.Pos(rl.From+word), "%s", msg) }
	cond, unless, err := acl.Compile(rl.Words(), &own)
	if err != nil {
		var se *sample.Error
		if !errors.As(err, &se) {
			err = &sample.Error{Msg: err.Error()}
		}
		l.report(rl, err, "error detected while parsing a '"+rl.Line.Text(0)+"' rule : ")
		return r, false
	}
	return lb.Rule{Cond: cond, Unless: unless, File: rl.Line.File, Line: rl.Line.Num}, true
}

// rdpCookie is the cookie's name of the last "persist" line, "" for none.
func (l *linker) rdpCookie(px *lb.Proxy) string {
	lines, _ := px.Conf.Extra["persist"].([]conf.RuleLine)
	name := ""
	for i := range lines {
		w := lines[i].Words()
		if len(w) == 0 {
			continue
		}
		arg, ok := strings.CutPrefix(w[0].Text, "rdp-cookie")
		switch {
		case ok && arg == "":
			name = "msts"
		case ok && len(arg) > 2 && arg[0] == '(' && strings.HasSuffix(arg, ")"):
			name = arg[1 : len(arg)-1]
		}
	}
	return name
}

// sameCookies warns of servers whose dynamic cookies are equal: the client
// would be sent to the first of them only.
func (l *linker) sameCookies(px *lb.Proxy, plan *persist.Plan) {
	if plan.Cookie == nil || !plan.Cookie.Dynamic {
		return
	}
	seen := map[string]*lb.Server{}
	for _, srv := range px.Servers {
		if srv.Conf.Cookie != "" || srv.Conf.Disabled {
			continue
		}
		v := string(plan.AppendValue(nil, srv))
		if other := seen[v]; other != nil && v != "" {
			l.d.Add(diag.Entry{Sev: diag.Warning, Bare: true, Form: diag.FormHidden, Pos: srv.Conf.Line.Pos(0),
				Msg: "We generated two equal cookies for two different servers.\nPlease change the secret key for '" + px.Name + "'."})
		}
		seen[v] = srv
	}
}

// tlvID reads the number of "set-proxy-v2-tlv-fmt(0xE1)". Without one it is 0, as
// HAProxy 3.4 sends it.
func tlvID(word string) (uint8, bool) {
	_, arg, given := strings.Cut(word, "(")
	if !given {
		return 0, true
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(arg, ")"), 0, 16)
	return uint8(n), err == nil && n <= 255
}
