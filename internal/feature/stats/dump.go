package stats

import (
	"strconv"
	"strings"

	"segue/internal/command"
)

// A dumpTable is one part of a stats-file: the objects of a side that have a
// "guid", a line each. HAProxy can preload its counters from it. Management
// guide 9.1 "Stats-file".
type dumpTable struct {
	head    string
	columns string // in HAProxy's order
	front   bool
}

var dumpTables = [...]dumpTable{
	{head: "#fe guid", front: true, columns: `stot bin bout dreq dresp ereq rate hrsp_1xx hrsp_2xx hrsp_3xx hrsp_4xx hrsp_5xx hrsp_other
		req_rate req_tot comp_in comp_out comp_byp comp_rsp conn_rate conn_tot intercepted dcon dses wrew cache_lookups cache_hits
		eint h1sess h2sess h3sess req_other h1req h2req h3req reqbin reqbout resbin resbout`},
	{head: "#be guid", columns: `stot bin bout dreq dresp econ eresp wretr wredis chkfail chkdown lastchg lbtot rate
		hrsp_1xx hrsp_2xx hrsp_3xx hrsp_4xx hrsp_5xx hrsp_other hanafail req_tot cli_abrt srv_abrt comp_in comp_out comp_byp
		comp_rsp lastsess wrew connect reuse cache_lookups cache_hits eint reqbin reqbout resbin resbout`},
}

// dumpStatsFile answers "dump stats-file". Servers come before their backend.
func dumpStatsFile(c *command.Call) {
	byName := map[string]*column{}
	for _, col := range columns() {
		byName[col.name] = &col
	}
	for i := range dumpTables {
		t := &dumpTables[i]
		names := strings.Fields(t.columns)
		if i > 0 {
			c.Out = append(c.Out, '\n')
		}
		c.Out = append(append(c.Out, t.head...), ',')
		cols := make([]*column, len(names))
		for j, name := range names {
			cols[j] = byName[name]
			c.Out = append(append(c.Out, name...), ',')
		}
		c.Out = append(c.Out, '\n')
		f := filter{bound: true, types: be | sv}
		if t.front {
			f.types = fl
		}
		if !walk(c.Thread, &f, func(l *line) bool {
			c.Out = appendDump(c.Out, l, cols)
			return c.Flush(c)
		}) {
			return
		}
	}
}

// appendDump appends a line of numbers; without a guid, nothing. What the
// object does not count is 0.
func appendDump(dst []byte, l *line, cols []*column) []byte {
	guid := l.px.Conf.GUID
	switch l.kind {
	case Server:
		guid = l.srv.Conf.GUID
	case Listener:
		guid = l.bind.guid
	}
	if guid == "" {
		return dst
	}
	dst = append(append(dst, guid...), ',')
	for _, col := range cols {
		n := int64(0)
		if col != nil && col.num != nil && col.in&(1<<l.kind) != 0 && (col.when == nil || col.when(l)) {
			n = max(col.num(l), 0)
		}
		dst = append(strconv.AppendInt(dst, n, 10), ',')
	}
	return append(dst, '\n')
}
