package admin

import (
	"fmt"
	"math"
	"runtime/metrics"
	"strconv"
	"time"

	"segue/internal/command"
	"segue/internal/lb"
	"segue/internal/sched"
)

// profilingRows show where time goes: to the collector and to the loops' work.
func profilingRows() []command.Command {
	return []command.Command{
		{Doc: doc("set profiling", "<what> {auto|on|off}", "enable/disable resource profiling (tasks,memory)"), Level: command.Admin, Run: setProfiling},
		{Doc: doc("show profiling", "[<what>|<#lines>|<opts>]*", "show profiling state (all,status,tasks,memory)"), Level: command.Admin, Run: showProfiling},
		{Doc: doc("show tasks", "", "show running tasks"), Run: showTasks},
	}
}

// setProfiling says how many iterations of the loops are timed: all of them, one
// of sixteen (auto) or none.
func setProfiling(c *command.Call) {
	switch c.Arg(2) {
	case "memory":
		c.Fail("Memory profiling not compiled in.")
		return
	case "tasks":
	default:
		c.Fail("Expects either 'tasks' or 'memory'.")
		return
	}
	how, ok := profilingWords(c.Args[3:], c.Process.Threads[0].Timing())
	if !ok {
		c.Fail("Expects a combination of either 'on', 'auto', 'off', 'lock', 'no-lock', 'memory' or 'no-memory'.")
		return
	}
	for _, th := range c.Process.Threads {
		th.SetTiming(how)
	}
}

// profilingWords reads what follows "set profiling tasks": how loops were timed
// before holds unless it says. Time in locks and in the allocator is not measured.
func profilingWords(words []string, how sched.Timing) (sched.Timing, bool) {
	for _, word := range words {
		switch word {
		case "on":
			how = sched.TimeAll
		case "auto":
			how = sched.TimeSome
		case "off":
			how = sched.TimeNone
		case "lock", "no-lock", "memory", "no-memory":
		default:
			return how, false
		}
	}
	return how, len(words) > 0
}

// showProfiling prints the settings and what was measured. Manual: management
// guide 9.3.
func showProfiling(c *command.Call) {
	status, tasks, memory, most := true, true, true, math.MaxInt
	for _, a := range c.Args[2:] {
		switch n, err := strconv.Atoi(a); {
		case a == "all":
		case a == "status":
			tasks, memory = false, false
		case a == "tasks":
			status, memory = false, false
		case a == "memory":
			status, tasks = false, false
		case err == nil && n > 0:
			most = n
		case a == "byaddr", a == "bytime", a == "byctx", a == "aggr":
			// All that is listed is in the order of time.
		default:
			c.Fail("Expects either 'all', 'status', 'tasks', 'memory', 'byaddr', 'bytime', 'byctx', 'aggr' or a max number of output lines.")
			return
		}
	}
	if status {
		word := map[sched.Timing]string{sched.TimeAll: "on", sched.TimeSome: "auto-on", sched.TimeNone: "off"}[c.Process.Threads[0].Timing()]
		c.Say(fmt.Sprintf("%-36s: %-14s# set profiling tasks {on|auto|off}", "Per-task CPU profiling", word))
		c.Say(fmt.Sprintf("%-36s: %-14s# set profiling memory {on|off}", "Memory usage profiling", "off"))
	}
	if tasks {
		showLoops(c, most)
	}
	if memory {
		showCollector(c, most)
	}
}

// bin is one line of a histogram.
type bin struct {
	below time.Duration // 0: no bound
	count uint64
}

// showLoops tells how long the iterations of all loops took: nothing that
// becomes ready waits longer for its turn.
func showLoops(c *command.Call, most int) {
	var first sched.Spans
	spans := make([]bin, len(first.Count))
	var longest, sum int64
	for _, th := range c.Process.Threads {
		b := &th.Stats.Busy
		for i := range b.Count {
			spans[i].below = b.Bound(i)
			spans[i].count += uint64(b.Count[i].Load())
		}
		longest, sum = max(longest, b.Max.Load()), sum+b.Sum.Load()
	}
	spans[len(spans)-1].below = 0
	showSpans(c, "Loop iterations (time from poll to poll, as sampled)", spans, most, time.Duration(longest), time.Duration(sum))
}

// showCollector tells how long the garbage collector stopped all threads, since
// the start. The bounds are the runtime's.
func showCollector(c *command.Call, most int) {
	samples := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}, {Name: "/gc/cycles/total:gc-cycles"}, {Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(samples)
	if samples[0].Value.Kind() != metrics.KindFloat64Histogram || samples[1].Value.Kind() != metrics.KindUint64 {
		return
	}
	h := samples[0].Value.Float64Histogram()
	var spans []bin
	var longest time.Duration
	for i, n := range h.Counts {
		to := h.Buckets[i+1]
		s := bin{count: n}
		if !math.IsInf(to, 1) {
			s.below = time.Duration(to * 1e9)
		}
		spans = append(spans, s)
		if n > 0 {
			longest = s.below
		}
	}
	title := fmt.Sprintf("Garbage collector: %d cycles, %d bytes in use; times that it stopped all threads", samples[1].Value.Uint64(), samples[2].Value.Uint64())
	showSpans(c, title, spans, most, longest, -1)
}

// showSpans prints percentiles and then the lines that counted something, at
// most that many. sum is -1 where it is not known; the largest is then a bound.
func showSpans(c *command.Call, title string, spans []bin, most int, longest, sum time.Duration) {
	total := uint64(0)
	for _, s := range spans {
		total += s.count
	}
	c.Out = fmt.Appendf(c.Out, "%s:\n  count=%d", title, total)
	if total > 0 {
		c.Out = fmt.Appendf(c.Out, " p50<%v p90<%v p99<%v p999<%v", quantile(spans, total, 0.5, longest), quantile(spans, total, 0.9, longest),
			quantile(spans, total, 0.99, longest), quantile(spans, total, 0.999, longest))
		if sum >= 0 {
			c.Out = fmt.Appendf(c.Out, " avg=%v max=%v", sum/time.Duration(total), longest)
		} else {
			c.Out = fmt.Appendf(c.Out, " max<%v", longest)
		}
	}
	c.Say("")
	for _, s := range spans {
		if s.count == 0 || most <= 0 {
			continue
		}
		most--
		if s.below == 0 {
			c.Say(fmt.Sprintf("  %12s %12d", "longer", s.count))
		} else {
			c.Say(fmt.Sprintf("  <%11v %12d", s.below, s.count))
		}
	}
}

// quantile is what the part of all durations stays below.
func quantile(spans []bin, total uint64, part float64, longest time.Duration) time.Duration {
	seen, want := uint64(0), uint64(math.Ceil(float64(total)*part))
	for _, s := range spans {
		if seen += s.count; seen >= want && s.below > 0 {
			return s.below
		}
	}
	return longest
}

// showTasks counts the tasks that have a job. A task has no function of its own
// that could be named: what it does is what its connection is for.
func showTasks(c *command.Call) {
	type count struct{ tasks, streams, cli int }
	var all count
	each(c, func(th *lb.Thread) {
		busy, _ := th.Tasks()
		all.tasks += busy
		for ss := th.List.Next; ss != nil && ss != &th.List; ss = ss.Next {
			switch {
			case ss.Stream != nil:
				all.streams++
			case ss.Bind != nil && ss.Bind.Hook != nil:
				all.cli++
			}
		}
	})
	c.Say(fmt.Sprintf("Running tasks: %d (%d threads)", all.tasks, len(c.Process.Threads)))
	c.Say("  function                     places     %")
	for _, r := range []struct {
		name string
		n    int
	}{{"stream", all.streams}, {"cli", all.cli}, {"other", all.tasks - all.streams - all.cli}} {
		if r.n > 0 {
			c.Say(fmt.Sprintf("  %-28s %6d %5.1f", r.name, r.n, 100*float64(r.n)/float64(max(all.tasks, 1))))
		}
	}
}
