package stats

import (
	"strconv"
	"strings"

	"segue/internal/lb"
)

// style makes the page readable on a phone (tables scroll by themselves, the
// first column stays), and dark where the reader prefers it.
const style = `<style>
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--mut:#667;--line:#d5d9e0;--head:#f2f4f7;--up:#d9f2dd;--down:#fbd9d6;--maint:#f6e7c8;--drain:#d9e6fb;--front:#eef0f4;--back:#e4e8ef}
@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#dfe3e8;--mut:#98a;--line:#333a44;--head:#1d2127;--up:#173a22;--down:#4a1d1c;--maint:#45381a;--drain:#1b3050;--front:#1b1f26;--back:#222832}}
body{font:14px/1.4 system-ui,sans-serif;margin:0;padding:1rem;background:var(--bg);color:var(--fg)}
h1{font-size:1.2rem;margin:0 0 .5rem}h2{font-size:1rem;margin:1.5rem 0 .3rem}a{color:inherit}
dl{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:0}dt{color:var(--mut);display:inline}dd{display:inline;margin:0 0 0 .3rem}
.box{overflow-x:auto;border:1px solid var(--line);border-radius:6px}
table{border-collapse:collapse;width:100%;font-size:12px;white-space:nowrap}
th,td{padding:.2rem .5rem;text-align:right;border-bottom:1px solid var(--line)}
th{background:var(--head);font-weight:600;text-align:center}
td:first-child,th[rowspan]{position:sticky;left:0;text-align:left}td:first-child{background:inherit}
td.t{text-align:left}tr{background:var(--bg)}tr.up{background:var(--up)}tr.down{background:var(--down)}tr.maint{background:var(--maint)}tr.drain{background:var(--drain)}
tr.front{background:var(--front)}tr.back{background:var(--back);font-weight:600}
.note{padding:.5rem;border:1px solid var(--line);border-radius:6px;margin:.5rem 0}form{margin:0}select,button{font:inherit}nav a{margin-right:1rem}
</style>`

// html writes the page.
func (p *Page) html(out *body, w *words, f *filter) {
	out.contentType = "text/html" // the page itself names its encoding
	b := out.buf
	b = append(b, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Statistics Report"...)
	if name := p.node(out.s); name != "" {
		b = appendHTML(append(b, " on "...), name)
	}
	b = append(b, "</title><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"...)
	b = append(b, style...)
	b = append(b, "</head><body>\n"...)
	out.buf = p.header(b, out.s, w)
	admin := p.admin(out.s)
	open := ""
	if !walk(out.s.Thread, f, func(l *line) bool {
		if open != l.px.Name {
			out.buf = p.close(out.buf, open, admin && hasServers(out.s, open))
			out.buf = p.open(out.buf, l, admin)
			open = l.px.Name
		}
		out.buf = p.row(out.buf, l, admin)
		return out.flush()
	}) {
		return
	}
	out.buf = p.close(out.buf, open, admin && hasServers(out.s, open))
	out.buf = append(out.buf, "</body></html>\n"...)
}

func hasServers(s *lb.Stream, name string) bool {
	px := s.Thread.Process.Gen.Load().Backs[name]
	return px != nil && len(px.Servers) > 0
}

// node is the name that "stats show-node" shows.
func (p *Page) node(s *lb.Stream) string {
	if !p.conf.ShowNode {
		return ""
	}
	if p.conf.NodeName != "" {
		return p.conf.NodeName
	}
	return node(newProcess(s.Thread))
}

// header writes what is known of the process.
func (p *Page) header(b []byte, s *lb.Stream, w *words) []byte {
	info := newProcess(s.Thread)
	b = append(b, "<h1>Statistics Report"...)
	if !p.conf.HideVersion {
		b = append(append(b, " for level "...), Level...)
	}
	b = append(b, "</h1>"...)
	if p.conf.ShowDesc {
		text := p.conf.Desc
		if text == "" {
			text = description(info)
		}
		b = append(appendHTML(append(b, "<p>"...), text), "</p>"...)
	}
	if text := results[w.result]; text != "" {
		b = append(append(append(b, "<p class=\"note\" role=\"status\">"...), text...), "</p>"...)
	}
	b = append(b, "<dl>"...)
	pair := func(name, value string) {
		b = append(append(append(b, "<div><dt>"...), name...), "</dt><dd>"...)
		b = append(appendHTML(b, value), "</dd></div>"...)
	}
	num := func(name string, n int64) { pair(name, strconv.FormatInt(n, 10)) }
	if name := p.node(s); name != "" {
		pair("node", name)
	}
	num("pid", int64(info.PID))
	num("threads", int64(info.threads))
	pair("uptime", uptimeText(info))
	num("maxconn", maxConns(info))
	num("current conns", info.Conns.Load())
	num("conn rate", int64(info.ConnRate.Read(info.th.Now()/1e6)))
	num("requests", info.CumReqs.Load())
	num("idle %", idle(info))
	b = append(b, "</dl><nav>"...)
	link := func(suffix, text string) {
		b = append(appendHTML(append(b, "<a href=\""...), p.conf.URI+suffix), "\">"...)
		b = append(append(b, text...), "</a>"...)
	}
	link("", "Refresh now")
	link(";norefresh", "Without refresh")
	link(";up", "Hide servers that are down")
	link(";csv", "CSV export")
	link(";json", "JSON export")
	return append(b, "</nav>\n"...)
}

// open begins the table of a proxy.
func (p *Page) open(b []byte, l *line, admin bool) []byte {
	b = append(appendHTML(append(b, "<section><h2 id=\""...), l.px.Name), "\">"...)
	b = append(appendHTML(b, l.px.Name), "</h2>"...)
	if p.conf.ShowLegends {
		b = append(append(append(b, "<dl><div><dt>mode</dt><dd>"...), modeName(l.px.Mode)...), "</dd></div></dl>"...)
	}
	if d := l.px.Conf.Desc; d != "" && p.conf.ShowDesc {
		b = append(appendHTML(append(b, "<p>"...), d), "</p>"...)
	}
	if admin && len(l.px.Servers) > 0 {
		b = append(b, "<form method=\"post\">"...)
	}
	b = append(b, "<div class=\"box\"><table><thead><tr><th rowspan=\"2\">Name</th><th colspan=\"2\">Queue</th><th colspan=\"2\">Session rate</th>"+
		"<th colspan=\"4\">Sessions</th><th colspan=\"2\">Bytes</th><th colspan=\"2\">Denied</th><th colspan=\"3\">Errors</th>"+
		"<th colspan=\"2\">Warnings</th><th colspan=\""...)
	if p.conf.ShowModules {
		b = append(b, '8')
	} else {
		b = append(b, '7')
	}
	b = append(b, "\">Server</th></tr><tr>"+
		"<th>Cur</th><th>Max</th><th>Cur</th><th>Max</th><th>Cur</th><th>Max</th><th>Limit</th><th>Total</th><th>In</th><th>Out</th>"+
		"<th>Req</th><th>Resp</th><th>Req</th><th>Conn</th><th>Resp</th><th>Retr</th><th>Redis</th>"+
		"<th>Status</th><th>Since</th><th>Last check</th><th>Weight</th><th>Act</th><th>Bck</th><th>Down</th>"...)
	if p.conf.ShowModules {
		b = append(b, "<th>Modules</th>"...)
	}
	return append(b, "</tr></thead><tbody>\n"...)
}

// cells are the columns of a row, in the order of open's head.
var cells = []string{"qcur", "qmax", "rate", "rate_max", "scur", "smax", "slim", "stot", "bin", "bout", "dreq", "dresp",
	"ereq", "econ", "eresp", "wretr", "wredis", "status", "lastchg", "check_status", "weight", "act", "bck", "downtime"}

var cellColumns = findColumns(cells)

// findColumns picks columns of the table by name.
func findColumns(names []string) []column {
	all := columns()
	var found []column
	for _, n := range names {
		for i := range all {
			if all[i].name == n {
				found = append(found, all[i])
			}
		}
	}
	return found
}

// class colours a row.
func class(l *line) string {
	switch l.kind {
	case Frontend:
		return "front"
	case Backend:
		return "back"
	case Listener:
		return "front"
	}
	s := serverStatus(l)
	switch {
	case strings.HasPrefix(s, "MAINT"):
		return "maint"
	case strings.HasPrefix(s, "DOWN"):
		return "down"
	case strings.HasPrefix(s, "DRAIN"), strings.HasPrefix(s, "NOLB"):
		return "drain"
	}
	return "up"
}

func (p *Page) row(b []byte, l *line, admin bool) []byte {
	name := objectName(l)
	b = append(append(append(b, "<tr class=\""...), class(l)...), "\"><td>"...)
	if admin && l.kind == Server {
		b = append(appendHTML(append(b, "<label><input type=\"checkbox\" name=\"s\" value=\""...), name), "\"> "...)
		b = append(appendHTML(b, name), "</label>"...)
	} else {
		b = appendHTML(b, name)
	}
	if l.legends && (l.kind == Server || l.kind == Listener) {
		if a := address(l); a != "" {
			b = append(appendHTML(append(b, " <small>"...), a), "</small>"...)
		}
	}
	b = append(b, "</td>"...)
	for i := range cellColumns {
		c := &cellColumns[i]
		switch {
		case !c.has(l):
			b = append(b, "<td></td>"...)
		case c.str != nil:
			b = append(appendHTML(append(b, "<td class=\"t\">"...), c.str(l)), "</td>"...)
		case c.name == "lastchg" || c.name == "downtime":
			b = append(appendSpan(append(b, "<td>"...), c.num(l)), "</td>"...)
		default:
			b = append(strconv.AppendInt(append(b, "<td>"...), c.num(l), 10), "</td>"...)
		}
	}
	if p.conf.ShowModules {
		b = appendModules(append(b, "<td class=\"t\">"...), l)
		b = append(b, "</td>"...)
	}
	return append(b, "</tr>\n"...)
}

// moduleColumns are the numbers of the one module that counts apart: HTTP/1.
var moduleColumns = findColumns([]string{"h1_open_connections", "h1_open_streams", "h1_total_connections", "h1_total_streams",
	"h1_bytes_in", "h1_bytes_out", "h1_spliced_bytes_in", "h1_spliced_bytes_out"})

// appendModules names the modules that count for the row; their numbers show
// when the name is pointed at. Manual 4.2 "stats show-modules".
func appendModules(b []byte, l *line) []byte {
	begun := false
	for i := range moduleColumns {
		c := &moduleColumns[i]
		if !c.has(l) {
			continue
		}
		if !begun {
			b = append(b, "<span title=\""...)
			begun = true
		}
		b = append(appendHTML(b, c.text), ": "...)
		b = append(strconv.AppendInt(b, c.num(l), 10), '\n')
	}
	if begun {
		b = append(b, "\">h1</span>"...)
	}
	return b
}

// appendSpan appends seconds with their two largest units: "1d2h".
func appendSpan(b []byte, s int64) []byte {
	switch {
	case s >= 86400:
		return append(strconv.AppendInt(append(strconv.AppendInt(b, s/86400, 10), 'd'), s%86400/3600, 10), 'h')
	case s >= 3600:
		return append(strconv.AppendInt(append(strconv.AppendInt(b, s/3600, 10), 'h'), s%3600/60, 10), 'm')
	case s >= 60:
		return append(strconv.AppendInt(append(strconv.AppendInt(b, s/60, 10), 'm'), s%60, 10), 's')
	}
	return append(strconv.AppendInt(b, s, 10), 's')
}

// choices are the actions in the order of the page's menu.
var choices = [][2]string{
	{"ready", "Set state to READY"}, {"drain", "Set state to DRAIN"}, {"maint", "Set state to MAINT"},
	{"dhlth", "Health: disable checks"}, {"ehlth", "Health: enable checks"}, {"hrunn", "Health: force UP"},
	{"hnolb", "Health: force NOLB"}, {"hdown", "Health: force DOWN"}, {"dagent", "Agent: disable checks"},
	{"eagent", "Agent: enable checks"}, {"arunn", "Agent: force UP"}, {"adown", "Agent: force DOWN"}, {"shutdown", "Kill sessions"},
}

// close ends the table of a proxy, with the form's controls.
func (p *Page) close(b []byte, name string, admin bool) []byte {
	if name == "" {
		return b
	}
	b = append(b, "</tbody></table></div>"...)
	if admin {
		b = append(b, "<p><label>Action on the checked servers: <select name=\"action\"><option value=\"\"></option>"...)
		for _, c := range choices {
			b = append(append(append(append(append(b, "<option value=\""...), c[0]...), "\">"...), c[1]...), "</option>"...)
		}
		b = append(appendHTML(append(b, "</select></label> <input type=\"hidden\" name=\"b\" value=\""...), name), "\">"...)
		b = append(b, "<button type=\"submit\">Apply</button></p></form>"...)
	}
	return append(b, "</section>\n"...)
}

// appendHTML appends a text with what HTML gives a meaning to escaped.
func appendHTML(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '&':
			b = append(b, "&amp;"...)
		case '<':
			b = append(b, "&lt;"...)
		case '>':
			b = append(b, "&gt;"...)
		case '"':
			b = append(b, "&#34;"...)
		case '\'':
			b = append(b, "&#39;"...)
		default:
			b = append(b, c)
		}
	}
	return b
}
