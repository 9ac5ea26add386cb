package stats

import (
	"strconv"
	"strings"

	"segue/internal/lb"
)

// html answers with the page.
func (p *Page) html(out *body, w *words, f *filter) {
	out.contentType = "text/html" // the page itself names its encoding
	p.page(out.s.Thread, &out.buf, w, f, p.admin(out.s), out.flush)
}

// page writes the page to b, a row at a time. After each, flush may take away
// what is there; it returns false when nobody reads any more.
func (p *Page) page(th *lb.Thread, b *[]byte, w *words, f *filter, admin bool, flush func() bool) {
	*b = p.header(*b, th, w)
	var open *lb.Proxy
	if !walk(th, f, func(l *line) bool {
		if open != l.px {
			*b = p.close(*b, open, admin)
			*b = p.open(*b, l, admin)
			open = l.px
		}
		*b = p.row(*b, l, admin)
		return flush()
	}) {
		return
	}
	*b = append(p.close(*b, open, admin), "</body></html>\n"...)
}

// sides are the sides of a proxy in words.
func sides(px *lb.Proxy) string {
	switch {
	case px.Front != nil && px.Back != nil:
		return "proxy"
	case px.Front != nil:
		return "frontend"
	}
	return "backend"
}

// proxyTip is what "stats show-legends" tells of a proxy.
func proxyTip(b []byte, l *line) []byte {
	if !l.legends {
		return b
	}
	b = append(append(append(b, "cap: "...), sides(l.px)...), ", mode: "...)
	b = append(append(b, modeName(l.px.Mode)...), ", id: "...)
	return strconv.AppendInt(b, int64(l.px.ID), 10)
}

// open begins the table of a proxy, and its form if servers can be changed.
func (p *Page) open(b []byte, l *line, admin bool) []byte {
	b = append(b, "<section>"...)
	if admin && len(l.px.Servers) > 0 {
		b = append(b, "<form method=\"post\">"...)
	}
	b = append(appendHTML(append(b, "<h3 id=\""...), l.px.Name), "\">"...)
	b = appendTipped(b, l, proxyTip, func(b []byte, l *line) []byte {
		b = append(appendHTML(append(b, "<a href=\"#"...), l.px.Name), "\">"...)
		return append(appendHTML(b, l.px.Name), "</a>"...)
	})
	if d := l.px.Conf.Desc; d != "" {
		b = append(appendHTML(append(b, "<small>"...), d), "</small>"...)
	}
	b = append(b, "</h3><div class=\"box\"><table><thead><tr>"...)
	if admin {
		b = append(b, "<th rowspan=\"2\">"...)
		if len(l.px.Servers) > 0 {
			b = append(b, `<input type="checkbox" aria-label="all" onclick="for(const c of this.form.querySelectorAll('[name=s]'))c.checked=this.checked">`...)
		}
		b = append(b, "</th>"...)
	}
	b = p.titles(append(b, "<th rowspan=\"2\"></th>"...))
	return append(b, "</tr></thead><tbody>\n"...)
}

// titles writes the head of a table: groups above columns.
func (p *Page) titles(b []byte) []byte {
	group := func(n int, name string) {
		b = strconv.AppendInt(append(b, "<th colspan=\""...), int64(n), 10)
		b = append(append(append(b, "\">"...), name...), "</th>"...)
	}
	for i := 0; i < len(pageCells); {
		n := 1
		for i+n < len(pageCells) && pageCells[i+n].group == pageCells[i].group {
			n++
		}
		group(n, pageCells[i].group)
		i += n
	}
	if p.conf.ShowModules {
		group(len(modules), "Extra modules")
	}
	b = append(b, "</tr>\n<tr>"...)
	for i := range pageCells {
		b = append(append(append(b, "<th>"...), pageCells[i].title...), "</th>"...)
	}
	if p.conf.ShowModules {
		for i := range modules {
			b = append(append(append(b, "<th>"...), modules[i].name...), "</th>"...)
		}
	}
	return b
}

// row writes an object.
func (p *Page) row(b []byte, l *line, admin bool) []byte {
	b = append(append(append(b, "<tr class=\""...), rowClass(l)...), "\">"...)
	if admin && l.kind == Server {
		b = appendHTML(append(b, "<td><input type=\"checkbox\" name=\"s\" value=\""...), l.srv.Name)
		b = append(b, "\"></td>"...)
	} else if admin {
		b = append(b, "<td></td>"...)
	}
	b = appendTipped(append(b, "<td class=\"n\">"...), l, legendTip, appendName)
	b = appendCells(append(b, "</td>"...), l)
	if p.conf.ShowModules {
		for i := range modules {
			b = append(appendTipped(append(b, "<td class=\"t\">"...), l, modules[i].tip, modules[i].value), "</td>"...)
		}
	}
	return append(b, "</tr>\n"...)
}

// appendName appends an object's name, which is a link to its row.
func appendName(b []byte, l *line) []byte {
	name := objectName(l)
	switch l.kind {
	case Frontend:
		name = "Frontend"
	case Backend:
		name = "Backend"
	}
	at := l.px.Name + "/" + name
	b = appendHTML(append(b, "<a id=\""...), at)
	b = append(appendHTML(append(b, "\" href=\"#"...), at), "\">"...)
	return append(appendHTML(b, name), "</a>"...)
}

// A module counts apart from proxies. Manual 4.2 "stats show-modules".
type module struct {
	name  string
	lines []tipLine
}

var modules = []module{newModule("ssl"), newModule("h2"), newModule("h1")}

// newModule finds a module's counters by their names.
func newModule(name string) module {
	m := module{name: name}
	for _, c := range protocolColumns() {
		if strings.HasPrefix(c.name, name+"_") {
			m.lines = append(m.lines, tipLine{label: c.text, col: columnNamed[c.name]})
		}
	}
	return m
}

func (m *module) tip(b []byte, l *line) []byte { return appendTip(b, m.lines, l) }

// value names the module where it counts for l.
func (m *module) value(b []byte, l *line) []byte {
	for _, t := range m.lines {
		if t.col.has(l) {
			return append(b, m.name...)
		}
	}
	return b
}

// choices are the actions of the form; "" in front begins a group.
var choices = [...][2]string{
	{"", "State"}, {"ready", "READY"}, {"drain", "DRAIN"}, {"maint", "MAINT"},
	{"", "Health"}, {"dhlth", "Disable checks"}, {"ehlth", "Enable checks"}, {"hrunn", "Force UP"}, {"hnolb", "Force NOLB"}, {"hdown", "Force DOWN"},
	{"", "Agent"}, {"dagent", "Disable agent checks"}, {"eagent", "Enable agent checks"}, {"arunn", "Agent says UP"}, {"adown", "Agent says DOWN"},
	{"", "Sessions"}, {"shutdown", "Kill sessions"},
}

// close ends the table of a proxy, with the form's controls.
func (p *Page) close(b []byte, px *lb.Proxy, admin bool) []byte {
	if px == nil {
		return b
	}
	b = append(b, "</tbody></table></div>"...)
	if admin && len(px.Servers) > 0 {
		b = append(b, "<div class=\"do\"><label>With the checked servers: <select name=\"action\"><option value=\"\"></option>"...)
		for i, c := range choices {
			switch {
			case c[0] != "":
				b = append(append(append(append(append(b, "<option value=\""...), c[0]...), "\">"...), c[1]...), "</option>"...)
				continue
			case i > 0:
				b = append(b, "</optgroup>"...)
			}
			b = append(append(append(b, "<optgroup label=\""...), c[1]...), "\">"...)
		}
		b = append(b, "</optgroup></select></label> <input type=\"hidden\" name=\"b\" value=\""...)
		b = append(appendHTML(b, formName(px)), "\"> <input type=\"submit\" value=\"Apply\"></div></form>"...)
	}
	return append(b, "</section>\n"...)
}

// formName names a backend for the form: by its name, which a reload keeps, or
// by its number where another has the name.
func formName(px *lb.Proxy) string {
	if px.Gen == nil || px.Gen.Backs[px.Name] == px {
		return px.Name
	}
	return "#" + itoa(px.ID)
}
