package stats

import (
	"net/url"
	"strconv"
	"strings"

	"segue/internal/lb"
)

// scopeLen is the length of the part of a name that the page's filter takes, as
// HAProxy's.
const scopeLen = 20

// node is the name that "stats show-node" shows.
func (p *Page) node(info *process) string {
	switch {
	case !p.conf.ShowNode:
		return ""
	case p.conf.NodeName != "":
		return p.conf.NodeName
	}
	return node(info)
}

// header writes what stands above the tables.
func (p *Page) header(b []byte, th *lb.Thread, w *words) []byte {
	info := newProcess(th)
	name := p.node(info)
	b = append(b, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Statistics Report for HAProxy"...)
	if name != "" {
		b = appendHTML(append(b, " on "...), name)
	}
	b = append(b, "</title><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><link rel=\"icon\" href=\"data:,\">"...)
	b = append(append(b, style...), "</head><body>\n<h1>Segue"...)
	if !p.conf.HideVersion {
		b = append(b, " <small>speaks HAProxy version "+Level+", released "+ReleaseDate+"</small>"...)
	}
	b = append(b, "</h1>\n<h2>Statistics Report for pid "...)
	b = strconv.AppendInt(b, int64(info.PID), 10)
	if name != "" {
		b = appendHTML(append(b, " on "...), name)
	}
	if text := p.description(info); text != "" {
		b = appendHTML(append(b, ": "...), text)
	}
	b = append(b, "</h2>\n"...)
	if w.result != "" {
		b = p.note(b, w)
	}
	b = appendProcess(append(b, "<div class=\"top\">"...), info)
	b = append(b, "<ul class=\"key\">"...)
	for _, k := range legend {
		b = append(append(append(b, "<li><b class=\""...), k.class...), "\"></b>"...)
		b = append(append(b, k.text...), "</li>"...)
	}
	b = p.options(append(b, "</ul>\n"...), w)
	return append(b, "</div>\n"...)
}

// description is what "stats show-desc" shows.
func (p *Page) description(info *process) string {
	switch {
	case !p.conf.ShowDesc:
		return ""
	case p.conf.Desc != "":
		return p.conf.Desc
	}
	return description(info)
}

// note tells what came of an action; its link leads to the page without it.
func (p *Page) note(b []byte, w *words) []byte {
	outcome, ok := results[w.result]
	if !ok {
		outcome = results["UNKN"]
	}
	b = append(append(append(b, "<p role=\"status\" class=\"note "...), outcome.class...), "\">"...)
	b = append(append(b, outcome.text...), ' ')
	return append(appendLink(b, p.link(w, w.up, w.noRefresh), "Dismiss"), "</p>\n"...)
}

// appendProcess appends what is known of the process, from the table of
// "show info".
func appendProcess(b []byte, info *process) []byte {
	list, at := facts(), map[string]*fact{}
	for i := range list {
		at[list[i].name] = &list[i]
	}
	num := func(name string) string { return strconv.FormatInt(at[name].num(info), 10) }
	memmax := "unlimited"
	if at["Memmax_MB"].num(info) > 0 {
		memmax = num("Memmax_MB") + " MB"
	}
	b = append(b, "<dl>"...)
	for _, row := range [...][2]string{
		{"pid =", num("Pid") + " (process #1, nbproc = 1, nbthread = " + num("Nbthread") + ")"},
		{"uptime =", uptimeText(info) + "; warnings = " + num("TotalWarnings")},
		{"system limits:", "memmax = " + memmax + "; ulimit-n = " + num("Ulimit-n")},
		{"maxsock =", num("Maxsock") + "; maxconn = " + num("Maxconn") + "; reached = " + num("MaxconnReached") + "; maxpipes = " + num("Maxpipes")},
		{"current conns =", num("CurrConns") + "; current pipes = " + num("PipesUsed") + "/" + num("PipesFree") +
			"; conn rate = " + num("ConnRate") + "/sec; bit rate = " + bitRate(at["BytesOutRate"].num(info))},
		{"Running tasks:", num("Run_queue") + "/" + num("Tasks") + " (" + num("Niced_tasks") + " niced); idle = " + num("Idle_pct") + " %"},
		{"requests =", num("CumReq") + "; jobs = " + num("Jobs") + "; listeners = " + num("Listeners")},
	} {
		b = append(append(append(b, "<dt>"...), row[0]...), "</dt><dd>"...)
		b = append(append(b, row[1]...), "</dd>"...)
	}
	return append(b, "</dl>\n"...)
}

// link is the page's address with the choices of w, but hiding servers that are
// down and not refreshing as told. more are words that come first.
func (p *Page) link(w *words, up, still bool, more ...string) string {
	to := p.conf.URI
	for _, word := range more {
		to += ";" + word
	}
	if up {
		to += ";up"
	}
	if still {
		to += ";norefresh"
	}
	if w.scope != "" {
		to += "?scope=" + url.QueryEscape(w.scope)
	}
	return to
}

func appendLink(b []byte, to, text string) []byte {
	b = append(appendHTML(append(b, "<a href=\""...), to), "\">"...)
	return append(append(b, text...), "</a>"...)
}

// options writes the choices of what is shown, and the other formats.
func (p *Page) options(b []byte, w *words) []byte {
	refreshes := p.conf.Refresh > 0
	b = append(b, "<nav><strong>Display option</strong><ul><li>"...)
	b = p.scopeBox(b, w)
	item := func(to, text string) { b = appendLink(append(b, "</li><li>"...), to, text) }
	if w.up {
		item(p.link(w, false, w.noRefresh), "Show all servers")
	} else {
		item(p.link(w, true, w.noRefresh), "Hide servers that are DOWN")
	}
	switch {
	case refreshes && w.noRefresh:
		item(p.link(w, w.up, false), "Enable refresh")
	case refreshes:
		item(p.link(w, w.up, true), "Disable refresh")
	}
	item(p.link(w, w.up, w.noRefresh), "Refresh now")
	item(p.link(w, false, refreshes, "csv"), "CSV export")
	item(p.link(w, false, refreshes, "json"), "JSON export")
	b = appendLink(append(b, " ("...), p.conf.URI+";json-schema", "schema")
	return append(b, ")</li></ul></nav>"...)
}

// scopeBox writes the filter of names. A browser puts the form's fields in place
// of the address's query, so a query of the page's own comes back as fields; a
// page whose query these could not write again has no box.
func (p *Page) scopeBox(b []byte, w *words) []byte {
	path, query, has := strings.Cut(p.conf.URI, "?")
	words := ""
	var fields [][2]string
	if has {
		var ok bool
		if fields, ok = formFields(query); !ok {
			return append(b, "Scope: add ?scope= and a part of a name"...)
		}
	} else {
		bare := *w
		bare.scope = ""
		words = p.link(&bare, w.up, w.noRefresh)[len(p.conf.URI):]
	}
	b = append(appendHTML(append(b, "<form method=\"get\" action=\""...), path+words), "\">"...)
	for _, f := range fields {
		b = appendHTML(append(b, "<input type=\"hidden\" name=\""...), f[0])
		b = append(appendHTML(append(b, "\" value=\""...), f[1]), "\">"...)
	}
	b = append(b, "<label>Scope: <input name=\"scope\" size=\"8\" maxlength=\""+strconv.Itoa(scopeLen)+"\" value=\""...)
	return append(appendHTML(b, w.scope), "\"></label></form>"...)
}

// formFields are the fields that make a browser send query, followed by more.
func formFields(query string) (fields [][2]string, ok bool) {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, has := strings.Cut(pair, "=")
		if name == "" || !has && i < len(pairs)-1 || url.QueryEscape(name) != name || url.QueryEscape(value) != value {
			return nil, false
		}
		fields = append(fields, [2]string{name, value})
	}
	return fields, true
}
