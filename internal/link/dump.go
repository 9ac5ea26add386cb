package link

import (
	"fmt"

	"segue/internal/lb"
)

// dumpServers logs the state of all servers: SIGHUP of a process without a
// master. Management guide 4. The lines are HAProxy's (src/haproxy.c,
// sig_dump_state).
func dumpServers(e *Engine) {
	if e == nil {
		return
	}
	th := e.Process.Threads[0]
	th.Post(func() {
		for _, px := range e.Process.Gen.Load().Proxies {
			dumpProxy(th, px)
		}
	})
}

const notice = 5 // syslog

func dumpProxy(th *lb.Thread, px *lb.Proxy) {
	say := func(format string, args ...any) {
		msg := fmt.Appendf(nil, format, args...)
		for _, t := range px.Log.Targets {
			t.Send(th, notice, nil, msg)
		}
	}
	say("SIGHUP received, dumping servers states for proxy %s.", px.Name)
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
	var f, b lb.Counters
	fc, bc := &f, &b
	if px.Front != nil {
		fc = &px.Front.Counters
	}
	if px.Back != nil {
		bc = &px.Back.Counters
	}
	say("SIGHUP: Proxy %s %s Conn: act(FE+BE): %d+%d, %d pend (%d unass), tot(FE+BE): %d+%d.", px.Name, what,
		fc.Cur.Load(), bc.Cur.Load(), bc.Queued.Load(), px.Queued.Load(), fc.CumConn.Load(), bc.CumConn.Load())
}
