package stats

import (
	"strconv"

	"segue/internal/catalog"
	"segue/internal/command"
	"segue/internal/keyword"
	"segue/internal/lb"
	"segue/internal/resolve"
)

// Feature returns the commands of this package. The directives of the page are
// words of the core.
func Feature() *catalog.Feature {
	return &catalog.Feature{Name: "stats", Commands: commands()}
}

func doc(name, args, text string) keyword.Doc {
	return keyword.Doc{Name: name, Args: args, Section: "management 9.3", Text: text}
}

func commands() []command.Command {
	return []command.Command{
		{Doc: doc("clear counters", "[all]", "clear max statistics counters (or all counters)"), Level: command.Operator, Run: clearCounters},
		{Doc: doc("dump stats-file", "", "dump stats for restore"), Run: dumpStatsFile},
		{Doc: doc("show info", "[desc|json|typed|float]*", "report information about the running process"), Run: showInfo},
		{Doc: doc("show schema json", "", "report schema used for stats"), Run: showSchema},
		{Doc: doc("show stat", "[desc|json|no-maint|typed|up]*", "report counters for each proxy and server"), Run: showStat},
	}
}

// showStat answers "show stat [domain <d>] [<proxy> <types> <sid>] [words]".
func showStat(c *command.Call) {
	args := c.Args[2:]
	resolvers := false
	if len(args) > 0 && args[0] == "domain" {
		switch c.Arg(3) {
		case "proxy":
		case "resolvers":
			resolvers = true
		default:
			c.Fail("Invalid statistics domain.")
			return
		}
		args = args[2:]
	}
	f := filter{legends: c.Level >= command.Operator}
	if len(args) >= 3 && !resolvers {
		if f.proxy = proxyID(c.Process.Gen.Load(), args[0]); f.proxy == 0 {
			c.Fail("No such proxy.")
			return
		}
		f.bound = true
		f.types, f.sid = number(args[1]), number(args[2])
		args = args[3:]
	}
	form, desc := formatCSV, false
	for _, a := range args {
		switch a {
		case "typed":
			form = formatTyped
		case "json":
			form = formatJSON
		case "desc":
			desc = true
		case "no-maint":
			f.noMaint = true
		case "up":
			f.up = true
		}
	}
	if resolvers {
		showResolvers(c, form, desc)
		return
	}
	w := newWriter(form, desc)
	c.Out = w.begin(c.Out)
	if walk(c.Thread, &f, func(l *line) bool {
		c.Out = w.line(c.Out, l)
		return c.Flush(c)
	}) {
		c.Out = w.end(c.Out)
	}
}

// proxyID finds a proxy by name or number; 0 = there is none.
func proxyID(g *lb.Generation, name string) int {
	for _, p := range g.Proxies {
		if p.Name == name {
			return p.ID
		}
	}
	return number(name)
}

// number reads a number as C's atoi does: what is none is 0.
func number(s string) int {
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && s[0] == '-') {
		end++
	}
	n, _ := strconv.Atoi(s[:end])
	return n
}

// showInfo answers "show info [typed|json] [desc] [float]".
func showInfo(c *command.Call) {
	var form format
	desc := false
	p := newProcess(c.Thread)
	for _, a := range c.Args[2:] {
		switch a {
		case "typed":
			form = formatTyped
		case "json":
			form = formatJSON
		case "desc":
			desc = true
		case "float":
			p.float = true
		}
	}
	if form == formatJSON {
		c.Out = append(c.Out, '[')
	}
	list := facts()
	for i := range list {
		if list[i].name == "description" && description(p) == "" {
			continue
		}
		if p.float {
			list[i].asFloat()
		}
		c.Out = appendFact(c.Out, &list[i], p, form, desc, i == 0)
	}
	if form == formatJSON {
		c.Out = append(c.Out, "]\n"...)
	}
}

func appendFact(dst []byte, f *fact, p *process, form format, desc, first bool) []byte {
	var text string
	var n int64
	if f.str != nil {
		text = f.str(p)
	} else {
		n = f.num(p)
		text = strconv.FormatInt(n, 10)
	}
	switch form {
	case formatJSON:
		if !first {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		if f.str != nil && f.typ != "str" {
			n, _ = strconv.ParseInt(text, 10, 64)
		}
		return appendField(dst, f.pos, f.name, f.tag, f.typ, text, n)
	case formatTyped:
		dst = strconv.AppendInt(dst, int64(f.pos), 10)
		dst = append(append(append(dst, '.'), f.name...), ".1:"...)
		dst = append(append(dst, f.tag...), ':')
		dst = append(append(append(dst, f.typ...), ':'), text...)
	default:
		dst = append(append(append(dst, f.name...), ": "...), text...)
	}
	if desc {
		dst = append(append(append(dst, ":\""...), f.text...), '"')
	}
	return append(dst, '\n')
}

// clearCounters resets the maxima, or everything that counts up.
func clearCounters(c *command.Call) {
	all := c.Arg(2) == "all"
	if all && c.Level < command.Admin {
		c.Fail("Permission denied")
		return
	}
	g := c.Process.Gen.Load()
	if g == nil {
		return
	}
	c.Process.Mu.Lock()
	defer c.Process.Mu.Unlock()
	for _, p := range g.Proxies {
		for _, side := range []*lb.ProxyState{p.Front, p.Back} {
			if side != nil {
				clearState(&side.Counters, all)
			}
		}
		for _, srv := range p.Servers {
			clearState(&srv.State.Counters, all)
		}
		for i, b := range p.Conf.Binds {
			clearState(&listenerOf(p, b, i).state.Counters, all)
		}
	}
	c.Process.ConnRateMax.Store(0)
	c.Process.SessRateMax.Store(0)
	if all { // what the process has counted since its start goes on
		resolve.Of(c.Process).Clear()
	}
}

// clearState resets c. A maximum starts from what is there now.
func clearState(c *lb.Counters, all bool) {
	c.CurMax.Store(c.Cur.Load())
	c.QueuedMax.Store(c.Queued.Load())
	for _, n := range maxima(c) {
		n.Store(0)
	}
	if !all {
		return
	}
	for _, n := range sums(c) {
		n.Store(0)
	}
	for i := range c.Responses {
		c.Responses[i].Store(0)
	}
}

func showSchema(c *command.Call) { c.Say(schema) }
