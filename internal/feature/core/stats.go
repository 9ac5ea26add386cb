package core

import (
	"strings"
	"time"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/diag"
)

// statsRows lists the words of the statistics page. Manual 4.2 "stats ...".
func statsRows() []catalog.Directive {
	all := catalog.Proxies
	named := catalog.Frontend | catalog.Listen | catalog.Backend
	flag := func(set func(s *conf.Stats)) func(c *conf.Context) {
		return func(c *conf.Context) { set(stats(c)) }
	}
	return []catalog.Directive{
		{Doc: doc("stats", "<word> ...", "4.2", "Sets up the statistics page."), In: all, Parse: statsUnknownWord},
		{Doc: doc("stats admin", "{ if | unless } <cond>", "4.2", "Allows changes from the page."), In: named, Parse: statsAdmin, Elsewhere: statsElsewhere},
		{Doc: doc("stats auth", "<user>:<passwd>", "4.2", "Asks for a password."), In: all, Parse: statsAuth},
		{Doc: doc("stats enable", "", "4.2", "Turns the page on."), In: all, Parse: flag(func(*conf.Stats) {})},
		{Doc: doc("stats hide-version", "", "4.2", "Hides the version."), In: all, Parse: flag(func(s *conf.Stats) { s.HideVersion = true })},
		{Doc: doc("stats http-request", "{ allow | deny | auth [realm <realm>] } [ { if | unless } <condition> ]", "4.2", "Controls access to the page."), In: named, Parse: statsHTTPRequest, Elsewhere: statsElsewhere},
		{Doc: doc("stats maxconn", "<connections>", "4.2", "Limits connections to the page; not in proxies."), In: all, Parse: statsUnknownWord},
		{Doc: doc("stats realm", "<realm>", "4.2", "Sets the realm."), In: all, Parse: statsRealm},
		{Doc: doc("stats refresh", "<delay>", "4.2", "Reloads the page by itself."), In: all, Parse: statsRefresh},
		{Doc: doc("stats scope", "{ <name> | \".\" }", "4.2", "Limits what the page shows."), In: all, Parse: statsScope},
		{Doc: doc("stats show-desc", "[ <desc> ]", "4.2", "Shows a description."), In: all, Parse: statsShowDesc},
		{Doc: doc("stats show-legends", "", "4.2", "Shows more about each line."), In: all, Parse: flag(func(s *conf.Stats) { s.ShowLegends = true })},
		{Doc: doc("stats show-modules", "", "4.2", "Shows the counters of modules."), In: all, Parse: flag(func(s *conf.Stats) { s.ShowModules = true })},
		{Doc: doc("stats show-node", "[ <name> ]", "4.2", "Shows the node's name."), In: all, Parse: statsShowNode},
		{Doc: doc("stats show-version", "", "4.2", "Shows the version."), In: all, Parse: flag(func(s *conf.Stats) { s.HideVersion = false })},
		{Doc: doc("stats uri", "<prefix>", "4.2", "Sets the page's URI."), In: all, Parse: statsURI},
	}
}

// stats returns the proxy's statistics settings, new ones if there are none.
func stats(c *conf.Context) *conf.Stats {
	if c.Proxy.Stats == nil {
		c.Proxy.Stats = &conf.Stats{URI: "/haproxy?stats", Realm: "HAProxy Statistics", HideVersion: true}
	}
	return c.Proxy.Stats
}

// statsShowDesc reads a description, without which the process has one.
func statsShowDesc(c *conf.Context) {
	s := stats(c)
	s.ShowDesc, s.Desc = true, join(c, 0)
	if s.Desc == "" && c.Model.Global.Desc == "" {
		report(c, diag.Warning, diag.FormTight, c.Arg, "'show-desc' requires a parameter or 'desc' to be set in the global section.")
	}
}

func statsShowNode(c *conf.Context) {
	name := c.Text(0)
	if strings.Trim(name, nodeLetters) != "" {
		tightf(c, c.Arg, "'stats show-node' invalid node name - should be a string with digits(0-9), letters(A-Z, a-z), hyphen(-) or underscode(_).")
		return
	}
	s := stats(c)
	s.ShowNode, s.NodeName = true, name
}

func statsElsewhere(c *conf.Context, _ string) {
	tightf(c, 0, "'%s' not allowed in 'defaults' section.", c.Name())
}

func statsUnknownWord(c *conf.Context) {
	word := c.Text(0)
	if c.Arg > 1 {
		word = c.Line.Text(c.Arg - 1)
	}
	if word == "" {
		tightf(c, c.Arg, "'stats' expects 'admin', 'uri', 'realm', 'auth', 'scope', 'enable', 'hide-version', 'show-node', 'show-desc' , 'show-legends' or 'show-version'.")
		return
	}
	tightf(c, 1, "unknown stats parameter '%s', expects 'admin', 'uri', 'realm', 'auth', 'scope', 'enable', "+
		"'hide-version', 'show-node', 'show-desc' , 'show-legends' or 'show-version'.", word)
}

func statsAdmin(c *conf.Context) {
	if w := c.Text(0); w != "if" && w != "unless" {
		tightf(c, c.Arg, "'stats admin' requires either 'if' or 'unless' followed by a condition.")
		return
	}
	stats(c).Admin = true
	c.Proxy.AddRule(conf.StatsAdmin, c.Rule(0))
}

func statsHTTPRequest(c *conf.Context) {
	if c.Text(0) == "" {
		tightf(c, c.Arg, "'stats http-request' expects an action.")
		return
	}
	stats(c)
	c.Proxy.AddRule(conf.StatsHTTPReq, c.Rule(0))
}

// statsText reads the argument of a word that needs one.
func statsText(c *conf.Context, what string) (string, bool) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'%s' needs %s.", c.Line.Text(c.Arg-1), what)
		return "", false
	}
	return c.Text(0), true
}

func statsURI(c *conf.Context) {
	if s, ok := statsText(c, "an URI prefix"); ok {
		stats(c).URI = s
	}
}

func statsRealm(c *conf.Context) {
	if s, ok := statsText(c, "an realm name"); ok {
		stats(c).Realm, stats(c).RealmSet = s, true
	}
}

func statsAuth(c *conf.Context) {
	if s, ok := statsText(c, "a user:password account"); ok {
		st := stats(c)
		st.Auth = append(st.Auth, s)
	}
}

func statsScope(c *conf.Context) {
	if s, ok := statsText(c, "a proxy name"); ok {
		st := stats(c)
		st.Scope = append(st.Scope, s)
	}
}

func statsRefresh(c *conf.Context) {
	if _, ok := statsText(c, "a positive refresh interval"); !ok {
		return
	}
	if d, ok := duration(c, c.Arg, "stats refresh", time.Second); ok {
		stats(c).Refresh = d
	}
}
