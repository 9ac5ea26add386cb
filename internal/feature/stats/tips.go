package stats

import (
	"strconv"
	"strings"
)

// A tipLine is a line of what shows when a cell is pointed at or tapped: a
// column of "show stat" with its meaning.
type tipLine struct {
	label string
	col   *column
	of    *column // its share of this one is shown, nil = none is
}

// columnNamed finds columns of the table for the page.
var columnNamed = func() map[string]*column {
	all, found := columns(), map[string]*column{}
	for i := range all {
		found[all[i].name] = &all[i]
	}
	return found
}()

// tip makes the lines of the named columns: "reuse/lbtot" shows the share, too;
// "Text=rate" has a text of its own in place of the column's.
func tip(names ...string) []tipLine {
	lines := make([]tipLine, len(names))
	for i, name := range names {
		label, name, own := strings.Cut(name, "=")
		if !own {
			label, name = "", label
		}
		name, of, _ := strings.Cut(name, "/")
		lines[i] = tipLine{label: label, col: columnNamed[name], of: columnNamed[of]}
		if !own {
			lines[i].label = lines[i].col.text
		}
	}
	return lines
}

// The tips of cells. A line shows where the object has the column.
var (
	rateTip    = tip("conn_rate", "rate", "req_rate")
	rateMaxTip = tip("Most connections in a second=conn_rate_max", "Most sessions in a second=rate_max", "Most requests in a second=req_rate_max")
	connTip    = tip("used_conn_cur", "srv_icur", "idle_conn_cur", "safe_conn_cur", "priv_idle_cur", "need_conn_est", "src_ilim")
	sumTip     = tip("conn_tot", "stot", "h1sess", "h2sess", "h3sess", "sess_other", "connect", "reuse/lbtot",
		"req_tot", "h1req", "h2req", "h3req", "req_other",
		"hrsp_1xx/req_tot", "hrsp_2xx/req_tot", "hrsp_3xx/req_tot", "hrsp_4xx/req_tot", "hrsp_5xx/req_tot", "hrsp_other/req_tot",
		"intercepted", "comp_rsp/hrsp_2xx", "cache_lookups", "cache_hits/cache_lookups", "wrew", "eint",
		"qtime", "qtime_max", "ctime", "ctime_max", "rtime", "rtime_max", "ttime", "ttime_max")
	inTip     = tip("reqbin", "reqbout")
	outTip    = tip("resbin", "resbout", "comp_in", "comp_out/comp_in", "comp_byp")
	abortTip  = tip("cli_abrt", "srv_abrt")
	deniedTip = tip("dreq", "dcon", "dses")
	checkTip  = tip("Outcome=check_desc", "Details=last_chk", "Health=check_health", "check_rise", "check_fall")
	agentTip  = tip("Agent=agent_desc", "It said=last_agt", "agent_health", "agent_rise", "agent_fall")
	failTip   = tip("chkfail", "hanafail")
)

// newline ends a line of a tip. Written so, a row of the page stays on one line.
const newline = "&#10;"

// appendTip appends the lines that l has.
func appendTip(b []byte, tips []tipLine, l *line) []byte {
	for _, t := range tips {
		c := t.col
		if !c.has(l) {
			continue
		}
		if c.str != nil {
			if text := c.str(l); text != "" {
				b = append(append(b, t.label...), ": "...)
				b = append(appendHTML(b, text), newline...)
			}
			continue
		}
		b = append(append(b, t.label...), ": "...)
		n := c.num(l)
		b = strconv.AppendInt(b, n, 10)
		if t.of != nil && t.of.has(l) {
			if whole := t.of.num(l); whole > 0 {
				b = append(strconv.AppendInt(append(b, " ("...), n*100/whole, 10), "%)"...)
			}
		}
		b = append(b, newline...)
	}
	return b
}

// legendTip is what "stats show-legends" tells of an object; nothing without.
func legendTip(b []byte, l *line) []byte {
	if !l.legends {
		return b
	}
	switch l.kind {
	case Listener:
		b = append(appendAddress(b, l), ", proto="...)
		b = append(append(b, l.bind.proto...), ", id: "...)
		return strconv.AppendInt(b, objectID(l), 10)
	case Server:
		b = append(appendAddress(b, l), ", id: "...)
		b = appendCookie(strconv.AppendInt(b, objectID(l), 10), l)
		if l.srv.Conf.GUID != "" {
			b = appendHTML(append(b, ", guid: "...), l.srv.Conf.GUID)
		}
	case Backend:
		b = append(append(b, "balancing: "...), algorithm(l)...)
		b = appendCookie(b, l)
	}
	return b
}

func appendCookie(b []byte, l *line) []byte {
	if v := cookie(l); v != "" {
		b = append(appendHTML(append(b, ", cookie: &#39;"...), v), "&#39;"...)
	}
	return b
}

// appendAddress appends "IPv4: 127.0.0.1:80".
func appendAddress(b []byte, l *line) []byte {
	a := address(l)
	switch {
	case a == "":
		return append(b, "no address"...)
	case a == "unix":
		return append(b, a...)
	case a[0] == '[':
		b = append(b, "IPv6: "...)
	default:
		b = append(b, "IPv4: "...)
	}
	return appendHTML(b, a)
}
