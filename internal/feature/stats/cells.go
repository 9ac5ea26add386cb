package stats

import (
	"bytes"
	"strconv"
	"strings"
)

// A pageCell is one column of the page. Groups, titles and places are those that
// users and tools know from HAProxy's page.
type pageCell struct {
	group, title string
	col          *column                        // whose value it shows; empty where the object lacks it
	none         string                         // where objects of the kind may have a value, but this one has none
	tip          []tipLine                      // shows when the cell is pointed at
	draw         func(b []byte, l *line) []byte // in place of the column's number
	tips         func(b []byte, l *line) []byte // in place of tip
	span         func(l *line) int              // how many cells from here on are one; nil = 1
	left         bool                           // text: centred
}

// pageCells are the columns behind the name, in order.
var pageCells = []pageCell{
	{group: "Queue", title: "Cur", col: columnNamed["qcur"], span: emptyFor(fl, 3)},
	{group: "Queue", title: "Max", col: columnNamed["qmax"]},
	{group: "Queue", title: "Limit", col: columnNamed["qlimit"], none: "-"},
	{group: "Session rate", title: "Cur", col: columnNamed["rate"], tips: ofFrontend(rateTip), span: emptyFor(li, 3)},
	{group: "Session rate", title: "Max", col: columnNamed["rate_max"], tips: ofFrontend(rateMaxTip)},
	{group: "Session rate", title: "Limit", col: columnNamed["rate_lim"], draw: rateLimit},
	{group: "Sessions", title: "Cur", col: columnNamed["scur"], tip: connTip},
	{group: "Sessions", title: "Max", col: columnNamed["smax"]},
	{group: "Sessions", title: "Limit", col: columnNamed["slim"], none: "-"},
	{group: "Sessions", title: "Total", col: columnNamed["stot"], tip: sumTip},
	{group: "Sessions", title: "LbTot", col: columnNamed["lbtot"]},
	{group: "Sessions", title: "Last", col: columnNamed["lastsess"], draw: last},
	{group: "Bytes", title: "In", col: columnNamed["bin"], tip: inTip},
	{group: "Bytes", title: "Out", col: columnNamed["bout"], tip: outTip},
	{group: "Denied", title: "Req", col: columnNamed["dreq"], tips: ofFrontend(deniedTip)},
	{group: "Denied", title: "Resp", col: columnNamed["dresp"]},
	{group: "Errors", title: "Req", col: columnNamed["ereq"]},
	{group: "Errors", title: "Conn", col: columnNamed["econ"]},
	{group: "Errors", title: "Resp", col: columnNamed["eresp"], tip: abortTip},
	{group: "Warnings", title: "Retr", col: columnNamed["wretr"]},
	{group: "Warnings", title: "Redis", col: columnNamed["wredis"]},
	{group: "Server", title: "Status", col: columnNamed["status"], draw: statusSince, left: true},
	{group: "Server", title: "LastChk", col: columnNamed["status"], draw: lastCheck, tips: lastCheckTip, span: emptyFor(fl, 8), left: true},
	{group: "Server", title: "Wght", col: columnNamed["weight"], draw: weights, left: true},
	{group: "Server", title: "Act", col: columnNamed["act"], draw: yes(active), left: true},
	{group: "Server", title: "Bck", col: columnNamed["bck"], draw: yes(backup), left: true},
	{group: "Server", title: "Chk", col: columnNamed["status"], draw: failedChecks, tips: failedChecksTip, span: unchecked, left: true},
	{group: "Server", title: "Dwn", col: columnNamed["chkdown"]},
	{group: "Server", title: "Dwntme", col: columnNamed["downtime"], draw: func(b []byte, l *line) []byte { return appendSpan(b, downtime(l)) }},
	{group: "Server", title: "Thrtle", col: columnNamed["throttle"], none: "-", draw: func(b []byte, l *line) []byte {
		return append(strconv.AppendInt(b, throttle(l), 10), " %"...)
	}, left: true},
}

// appendCells appends the cells of l behind its name.
func appendCells(b []byte, l *line) []byte {
	for i := 0; i < len(pageCells); {
		c, n := &pageCells[i], 1
		if c.span != nil {
			n = c.span(l)
		}
		b = c.append(b, l, n)
		i += n
	}
	return b
}

// append appends the cell, n columns wide.
func (c *pageCell) append(b []byte, l *line, n int) []byte {
	b = append(b, "<td"...)
	if n > 1 {
		b = append(strconv.AppendInt(append(b, " colspan=\""...), int64(n), 10), '"')
	}
	if c.left {
		b = append(b, " class=\"t\""...)
	}
	b = append(b, '>')
	switch {
	case c.col.in&(1<<l.kind) == 0:
	case !c.col.has(l):
		b = append(b, c.none...)
	default:
		tips := c.tips
		if tips == nil && c.tip != nil {
			tips = func(b []byte, l *line) []byte { return appendTip(b, c.tip, l) }
		}
		b = appendTipped(b, l, tips, c.value)
	}
	return append(b, "</td>"...)
}

func (c *pageCell) value(b []byte, l *line) []byte {
	if c.draw != nil {
		return c.draw(b, l)
	}
	return appendGrouped(b, c.col.num(l))
}

// appendTipped appends a value with its tip, where there is one. A browser shows
// a title to a mouse; that it can take the focus lets a finger have it, too.
func appendTipped(b []byte, l *line, tips, value func(b []byte, l *line) []byte) []byte {
	if tips == nil {
		return value(b, l)
	}
	begin := len(b)
	b = append(b, "<span tabindex=\"-1\" title=\""...)
	text := len(b)
	b = tips(b, l)
	if len(b) == text {
		return value(b[:begin], l)
	}
	b = append(bytes.TrimSuffix(b, []byte(newline)), "\">"...)
	empty := len(b)
	if b = value(b, l); len(b) == empty {
		return b[:begin]
	}
	return append(b, "</span>"...)
}

// emptyFor makes n cells one for the kinds in set: they have none of them.
func emptyFor(set uint8, n int) func(l *line) int {
	return func(l *line) int {
		if set&(1<<l.kind) != 0 {
			return n
		}
		return 1
	}
}

// unchecked makes the three cells that count checks one for a server that has
// no checks of its own.
func unchecked(l *line) int {
	if l.kind == Server && (!l.check.Enabled || l.srv.Track != nil) {
		return 3
	}
	return 1
}

func ofFrontend(t []tipLine) func(b []byte, l *line) []byte {
	return func(b []byte, l *line) []byte {
		if l.kind != Frontend {
			return b
		}
		return appendTip(b, t, l)
	}
}

func rateLimit(b []byte, l *line) []byte {
	if l.px.Conf.RateLimit <= 0 {
		return append(b, '-')
	}
	return appendGrouped(b, int64(l.px.Conf.RateLimit))
}

// last is how long ago the last session was, "?" if there was none.
func last(b []byte, l *line) []byte {
	if s := lastSession(l); s >= 0 {
		return appendSpan(b, s)
	}
	return append(b, '?')
}

// statusSince is how long the state lasts, and the state, with an arrow when
// checks are about to change it.
func statusSince(b []byte, l *line) []byte {
	text := status(l)
	switch {
	case l.kind == Frontend || l.kind == Listener:
		return append(b, text...)
	case text == noCheck:
		return append(append(append(b, "<em>"...), text...), "</em>"...)
	}
	b = append(appendSpan(b, lastChange(l)), ' ')
	if l.kind == Backend && strings.HasPrefix(text, "DOWN") {
		return append(appendHTML(append(b, "<strong class=\"bad\">"...), text), "</strong>"...)
	}
	if l.kind == Server && l.srv.Track != nil {
		text, _, _ = strings.Cut(text, " (via") // a cell of its own tells
	}
	b = appendHTML(b, text)
	if l.kind == Server {
		switch stateOf(text) {
		case "going_up":
			b = append(b, " ↑"...)
		case "going_down":
			b = append(b, " ↓"...)
		}
	}
	return b
}

// byAgent says whether the agent is why the server is down, or all that is asked
// about it: then its outcome is the one to show.
func byAgent(l *line) bool { return agentOn(l) && (l.agent.Health == 0 || !checked(l)) }

// lastCheck is "L7OK/200 in 11ms", with "* " in front while a check runs.
func lastCheck(b []byte, l *line) []byte {
	if l.kind != Server {
		return b
	}
	v := &l.check
	switch {
	case byAgent(l):
		v = &l.agent
	case !checked(l) || l.srv.Track != nil:
		return b
	}
	b = append(b, v.Column()...)
	if v.Status.HasCode() {
		b = strconv.AppendInt(append(b, '/'), int64(v.Code), 10)
	}
	if columnNamed["check_duration"].has(l) || v == &l.agent {
		b = append(strconv.AppendInt(append(b, " in "...), max(v.Duration, 0), 10), "ms"...)
	}
	return b
}

func lastCheckTip(b []byte, l *line) []byte {
	switch {
	case l.kind != Server || l.srv.Track != nil:
		return b
	case byAgent(l):
		return appendTip(b, agentTip, l)
	}
	return appendTip(appendTip(b, checkTip, l), agentTip, l)
}

// weights is the weight in use and the one that was set.
func weights(b []byte, l *line) []byte {
	b = append(strconv.AppendInt(b, weight(l), 10), '/')
	return strconv.AppendInt(b, userWeight(l), 10)
}

// yes shows a server's 1 as "Y".
func yes(n func(l *line) int64) func(b []byte, l *line) []byte {
	return func(b []byte, l *line) []byte {
		switch {
		case l.kind == Backend:
			return appendGrouped(b, n(l))
		case n(l) > 0:
			return append(b, 'Y')
		}
		return append(b, '-')
	}
}

// failedChecks counts failed checks and, if traffic is watched, its errors. Of a
// server that follows another it names that.
func failedChecks(b []byte, l *line) []byte {
	switch {
	case l.kind != Server:
		return b
	case l.srv.Track != nil:
		to := tracked(l)
		b = append(appendHTML(append(b, "via <a href=\"#"...), to), "\">"...)
		return append(appendHTML(b, to), "</a>"...)
	case !l.check.Enabled:
		return b
	}
	b = appendGrouped(b, l.check.Fails)
	if observes(l) {
		b = appendGrouped(append(b, '/'), l.totals.FailedHana)
	}
	return b
}

func failedChecksTip(b []byte, l *line) []byte {
	if l.kind != Server || l.srv.Track != nil {
		return b
	}
	return appendTip(b, failTip, l)
}
