package link

import (
	"fmt"
	"slices"

	"segue/internal/lb"
	"segue/internal/syslog"
)

// Severities of syslog.
const (
	syslogWarning = 4
	syslogNotice  = 5
)

// report logs what lines says of each proxy to that proxy's targets, and prints it
// unless the process is quiet. A title is logged for each proxy and printed once.
// told is closed when all is printed.
func (e *Engine) report(severity int, title string, lines func(px *lb.Proxy) []string) (told <-chan struct{}) {
	return e.reportOf(e.Process.Gen.Load().Proxies, severity, title, lines)
}

// reportOf is report for some proxies, in their order.
func (e *Engine) reportOf(proxies []*lb.Proxy, severity int, title string, lines func(px *lb.Proxy) []string) (told <-chan struct{}) {
	done := make(chan struct{})
	th := e.Process.Threads[0]
	th.Post(func() {
		var all []string
		if title != "" {
			all = append(all, title+".")
		}
		for _, px := range proxies {
			own := lines(px)
			all = append(all, own...)
			if title != "" {
				own = append([]string{title + " for proxy " + px.Name + "."}, own...)
			}
			for _, line := range own {
				e.Process.Events.Append(syslog.Level(severity), th.WallNow(), line)
				for _, t := range px.Log.Targets {
					t.Send(th, severity, nil, []byte(line))
				}
			}
		}
		// Printing may block, as when standard error is a pipe that nobody reads.
		go func() {
			defer close(done)
			for _, line := range all {
				if !e.quiet.Load() {
					warn(line)
				}
			}
		}()
	})
	return done
}

// stopped is what HAProxy says of a proxy when the service begins to end.
func stopped(px *lb.Proxy) []string {
	if px.Front == nil && px.Back == nil {
		return nil
	}
	f, b := countersOf(px)
	return []string{fmt.Sprintf("Proxy %s stopped (cumulated conns: FE: %d, BE: %d).", px.Name, f.CumConn.Load(), b.CumConn.Load())}
}

// stopOrder is in which order HAProxy stops proxies: what listens comes first.
func stopOrder(proxies []*lb.Proxy) []*lb.Proxy {
	list := slices.Clone(proxies)
	slices.SortStableFunc(list, func(a, b *lb.Proxy) int {
		switch {
		case a.Front != nil && b.Front == nil:
			return -1
		case a.Front == nil && b.Front != nil:
			return 1
		}
		return 0
	})
	return list
}

// hardStopped says that hard-stop-after has passed, and whom that meets: the first
// line to the targets of the global section, the others to each frontend's.
func (e *Engine) hardStopped(global []lb.LogTarget) (told <-chan struct{}) {
	const title = "soft-stop running for too long, performing a hard-stop."
	if !e.quiet.Load() {
		warn(title)
	}
	th := e.Process.Threads[0]
	th.Post(func() {
		e.Process.Events.Append(syslogWarning, th.WallNow(), title)
		for _, t := range global {
			t.Send(th, syslogWarning, nil, []byte(title))
		}
	})
	return e.report(syslogWarning, "", func(px *lb.Proxy) []string {
		if px.Front == nil || px.Front.Counters.Cur.Load() == 0 {
			return nil
		}
		return []string{fmt.Sprintf("Proxy %s hard-stopped (%d remaining conns will be closed).", px.Name, px.Front.Counters.Cur.Load())}
	})
}

// countersOf are those of both sides, empty where there is none.
func countersOf(px *lb.Proxy) (f, b *lb.Counters) {
	f, b = new(lb.Counters), new(lb.Counters)
	if px.Front != nil {
		f = &px.Front.Counters
	}
	if px.Back != nil {
		b = &px.Back.Counters
	}
	return f, b
}

// dumpServers tells the state of all servers: SIGHUP. Management guide 4. The
// lines are HAProxy's, which also has its own proxies there.
func (e *Engine) dumpServers() {
	e.report(syslogNotice, "SIGHUP received, dumping servers states", dumpProxy)
}

func dumpProxy(px *lb.Proxy) (lines []string) {
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	active, spare := 0, 0
	for _, srv := range px.Servers {
		st, word := srv.State, "UP"
		if !srv.Up() {
			word = "DOWN"
		} else if srv.Conf.Backup {
			spare++
		} else {
			active++
		}
		say("SIGHUP: Server %s/%s is %s. Conn: %d act, %d pend, %d tot.", px.Name, srv.Name, word, st.Cur.Load(), st.Waiting.Load(), st.CumSess.Load())
	}
	what := "has no servers."
	switch {
	case len(px.Servers) > 0 && active > 0:
		what = fmt.Sprintf("has %d active servers and %d backup servers available.", active, spare)
	case spare > 0:
		what = "is running on backup servers !"
	case len(px.Servers) > 0:
		what = "has no server available !"
	}
	f, b := countersOf(px)
	say("SIGHUP: Proxy %s %s Conn: act(FE+BE): %d+%d, %d pend (%d unass), tot(FE+BE): %d+%d.", px.Name, what,
		f.Cur.Load(), b.Cur.Load(), b.Queued.Load(), px.Queued.Load(), f.CumConn.Load(), b.CumConn.Load())
	return lines
}
