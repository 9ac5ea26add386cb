package stats

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"segue/internal/lb"
	"segue/internal/sched"
)

// Level is the HAProxy version whose runtime API is spoken; tools decide by it
// what they can ask for.
const (
	Level       = "3.4.0"
	ReleaseDate = "2026/06/03"
)

// fact is a line of "show info". Numbers are as HAProxy's, gaps included, for
// "typed" and JSON.
type fact struct {
	pos  int
	name string
	text string
	tag  string
	typ  string
	num  func(p *process) int64
	str  func(p *process) string
}

// process is what "show info" looks at, read once for all facts.
type process struct {
	*lb.Process
	th      *lb.Thread
	wall    int64 // unix ns
	heap    uint64
	files   uint64
	sums    totals
	loops   loopTotals
	float   bool
	threads int
}

// totals are sums over all proxies.
type totals struct {
	streams, listeners, panics, shed int64
}

// loopTotals are sums over all threads.
type loopTotals struct{ pipesUsed, pipesFree, spliced, sent, sentRate int64 }

func sumLoops(threads []*lb.Thread, now int64) (t loopTotals) {
	for _, th := range threads {
		t.pipesUsed += th.Stats.PipesUsed.Load()
		t.pipesFree += th.Stats.PipesFree.Load()
		t.spliced += th.Stats.Spliced.Load()
		t.sent += th.Stats.Sent.Load()
		t.sentRate += int64(th.Stats.SentRate.Read(now)) * sched.SentUnit
	}
	return t
}

func newProcess(th *lb.Thread) *process {
	p := &process{Process: th.Process, th: th, wall: th.WallNow(), threads: len(th.Process.Threads), loops: sumLoops(th.Process.Threads, th.Now()/1e6)}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.heap = m.HeapAlloc
	var lim syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &lim) == nil {
		p.files = lim.Cur
	}
	b := &p.Before
	p.loops.sent += b.Sent.Load()
	p.loops.spliced += b.Spliced.Load()
	p.sums.panics, p.sums.shed = b.Panics.Load(), b.Shed.Load()
	for _, t := range p.Threads {
		p.sums.panics += t.Stats.Panics.Load()
		p.sums.shed += t.Stats.Shed.Load()
	}
	g := p.Gen.Load()
	if g == nil {
		return p
	}
	for _, px := range g.Proxies {
		if px.Front == nil {
			continue
		}
		p.sums.listeners += int64(len(px.Conf.Binds))
	}
	p.sums.listeners += int64(len(g.Conf.Global.StatsSockets))
	p.sums.streams = g.Streams.Load() + p.CLIConns.Load()
	return p
}

// uptime is how long the process has run, in ns.
func (p *process) uptime() int64 { return max(p.wall-p.Started, 0) }

// uptimeText is "1d 2h03m04s".
func uptimeText(p *process) string {
	s := p.uptime() / 1e9
	b := strconv.AppendInt(nil, s/86400, 10)
	b = strconv.AppendInt(append(b, "d "...), s/3600%24, 10)
	return string(append(b, 'h', byte('0'+s/60%60/10), byte('0'+s/60%60%10), 'm', byte('0'+s%60/10), byte('0'+s%60%10), 's'))
}

// seconds writes ns as seconds, with a fraction when floats are wanted.
func seconds(p *process, ns int64) string {
	if !p.float {
		return strconv.FormatInt(ns/1e9, 10)
	}
	text := strconv.FormatFloat(float64(ns/1e3)/1e6, 'f', 6, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// asFloat gives a fact the type and the mark that it has when floats are wanted:
// times in seconds and rates.
func (f *fact) asFloat() {
	switch f.name {
	case "Uptime_sec", "Start_time_sec":
		f.typ = "flt"
	case "ConnRate", "SessRate", "SslRate", "SslFrontendKeyRate", "SslFrontendSessionReuse_pct", "SslBackendKeyRate", "CompressBpsIn", "CompressBpsOut":
		f.typ, f.tag = "flt", "MRPV"
	}
}

// processLimit is global maxconn, 0 where the process has none yet.
func processLimit(p *lb.Process) int64 {
	if n := p.MaxConn.Load(); n < 1<<32 {
		return n
	}
	if g := p.Gen.Load(); g != nil {
		return int64(g.Conf.Global.MaxConn)
	}
	return 0
}

// maxConns is the limit of connections: what descriptors allow when none is set.
func maxConns(p *process) int64 {
	if n := processLimit(p.Process); n > 0 {
		return n
	}
	return int64(p.files) / 2
}

// idle is the share of time that the process's threads slept, in percent: since
// an earlier look that is at least a second ago, or since the start.
func idle(p *process) int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil || p.uptime() == 0 || p.threads == 0 {
		return 100
	}
	span, busy := p.CPU.Since(p.uptime(), u.Utime.Nano()+u.Stime.Nano())
	return min(max(100-busy*100/(max(span, 1)*int64(p.threads)), 0), 100)
}

func node(p *process) string {
	if g := p.Gen.Load(); g != nil && g.Conf.Global.Node != "" {
		return g.Conf.Global.Node
	}
	host, _ := os.Hostname()
	return host
}

func description(p *process) string {
	if g := p.Gen.Load(); g != nil {
		return g.Conf.Global.Desc
	}
	return ""
}

func none(*process) int64 { return 0 }
