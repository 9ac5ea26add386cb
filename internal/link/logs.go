package link

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/feature/vars"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/process/listen"
	"segue/internal/sample"
	"segue/internal/syslog"
)

// sinks are the log targets of a generation; equal ones are opened once.
type sinks struct {
	header syslog.Header
	open   map[string]*syslog.Sink
	all    []*target
	ask    conf.Lookup
	// outlet finds targets inside the process; the linker's.
	outlet   func(c *conf.LogTarget, cfg *syslog.Config) (bool, error)
	rings    map[string]*ringPlan // by identity
	backends map[*lb.Proxy]*logBackend
	servers  []*logServer // that get datagrams
	events   *events
	said     map[*conf.LogTarget]bool

	mu   sync.Mutex
	lost strings.Builder // what was printed about lines that are lost
}

func newSinks(tag string, g *conf.Global, ask conf.Lookup) *sinks {
	if g.LogTag != "" {
		tag = g.LogTag
	}
	return &sinks{header: syslog.Header{Tag: tag, Host: g.LogSendHost}, open: map[string]*syslog.Sink{}, ask: ask,
		rings: map[string]*ringPlan{}, backends: map[*lb.Proxy]*logBackend{}, said: map[*conf.LogTarget]bool{}, events: &events{}}
}

// target is one log line's sink with each thread's writer.
type target struct {
	sink    *syslog.Sink
	header  *syslog.Header
	writers [lb.MaxThreads]*syslog.Writer
}

// Send implements lb.LogTarget. The writer is flushed at the end of the loop's
// iteration.
func (t *target) Send(th *lb.Thread, level int, sd, msg []byte) {
	t.writers[th.Index].Append(syslog.Level(level), th.WallNow(), t.header, nil, sd, msg)
}

// target opens the sink of a log line, the number-th of its section.
func (s *sinks) target(c *conf.LogTarget, tag string, number int) (*target, error) {
	key := strings.Join([]string{c.Addr, c.Format, c.Facility, c.Level, c.MinLevel, c.SampleRange}, "|")
	sink := s.open[key]
	if sink == nil {
		cfg, err := s.config(c)
		if err != nil {
			return nil, err
		}
		cfg.Failed = func(errno unix.Errno) { s.tellLost(number, c.Addr, errno) }
		if sink, err = syslog.Open(cfg); err != nil {
			return nil, err
		}
		s.open[key] = sink
	}
	h := s.header
	if tag != "" {
		h.Tag = tag
	}
	t := &target{sink: sink, header: &h}
	s.all = append(s.all, t)
	return t, nil
}

// SendAs implements lb.LogTarget.
func (t *target) SendAs(th *lb.Thread, level int, tag string, sd, msg []byte) {
	h := *t.header
	h.Tag = tag
	t.writers[th.Index].Append(syslog.Level(level), th.WallNow(), &h, nil, sd, msg)
}

// tellLost says why log lines are lost, in HAProxy's words and with the target:
// once for each target and error, on the standard error output and in "show
// startup-logs". It may be called by any thread.
func (s *sinks) tellLost(number int, addr string, errno unix.Errno) {
	line := fmt.Sprintf("[ALERT]    (%d) : sendmsg()/writev() failed in logger #%d: %s (errno=%d); lines for '%s' are lost\n",
		os.Getpid(), number, listen.Reason(errno), int(errno), addr)
	s.mu.Lock()
	s.lost.WriteString(line)
	s.mu.Unlock()
	os.Stderr.WriteString(line) //nolint:errcheck // there is nowhere to complain
}

// complaints is what was told about lost lines so far.
func (s *sinks) complaints() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost.String()
}

// sinkConfig reads a log line's words.
func (s *sinks) config(c *conf.LogTarget) (syslog.Config, error) {
	cfg := syslog.Config{MaxLen: c.Len, Level: syslog.Debug}
	if c.Format != "" {
		cfg.Format, _ = syslog.ParseFormat(c.Format)
	}
	cfg.Facility, _ = syslog.ParseFacility(c.Facility)
	if c.Level != "" {
		cfg.Level, _ = syslog.ParseLevel(c.Level)
	}
	if c.MinLevel != "" {
		cfg.MinLevel, _ = syslog.ParseLevel(c.MinLevel)
	}
	if c.SampleSize > 0 {
		part, err := syslog.ParseSampling(c.SampleRange + ":" + strconv.Itoa(c.SampleSize))
		if err != nil {
			return cfg, err
		}
		cfg.Sampling = part
	}
	inside, err := s.outlet(c, &cfg)
	if inside || err != nil {
		return cfg, err
	}
	t, ok := syslog.ParseTarget(c.Addr)
	if !ok {
		t, ok = s.namedTarget(c.Addr)
	}
	if !ok {
		return cfg, errors.New("cannot use log address '" + c.Addr + "'")
	}
	cfg.Target = t
	return cfg, nil
}

// attach gives every thread its writers and makes it flush them. It waits for
// the threads if they run.
func (s *sinks) attach(threads []*lb.Thread) [][]*syslog.Writer {
	pid := strconv.Itoa(os.Getpid())
	all := make([][]*syslog.Writer, len(threads))
	order := slices.Collect(maps.Values(s.open))
	for _, sink := range order {
		for i := range threads {
			all[i] = append(all[i], sink.WriterOf(i))
		}
	}
	for _, t := range s.all {
		t.header.PID = pid
		n := slices.Index(order, t.sink)
		for i := range threads {
			t.writers[i] = all[i][n]
		}
	}
	s.attachServers(threads, all) // behind those whose lines they get
	for i, th := range threads {
		on(th, func() { th.Writers = append(th.Writers, all[i]...) })
	}
	return all
}

// detach ends the sinks of a generation whose last stream has logged. Rings that
// next has, too, go on; nil = there is none.
func (s *sinks) detach(writers [][]*syslog.Writer, threads []*lb.Thread, next *sinks) {
	for i, th := range threads {
		on(th, func() {
			th.Writers = slices.DeleteFunc(th.Writers, func(w *syslog.Writer) bool { return slices.Contains(writers[i], w) })
			for _, w := range writers[i] {
				w.Flush()
				w.Close()
			}
		})
	}
	for _, sink := range s.open {
		sink.Close(time.Second)
	}
	lost := closeRings(s.ringsNotOf(next), ringPatience)
	if len(threads) > 0 {
		threads[0].Process.DroppedLogs.Add(s.dropped() + lost)
	}
}

// dropped is how many lines were lost.
func (s *sinks) dropped() (n int64) {
	for _, sink := range s.open {
		n += int64(sink.Dropped())
	}
	for _, srv := range s.servers {
		n += int64(srv.sink.Dropped())
	}
	return n
}

// lostInRings is what was overwritten in the rings before it could be sent. They
// outlive generations: only the one that serves counts it.
func (s *sinks) lostInRings() (n int64) {
	for _, p := range s.rings {
		n += p.ring.lost()
	}
	return n
}

// ringsNotOf are those that next does not have.
func (s *sinks) ringsNotOf(next *sinks) (gone []*ring) {
	for key, p := range s.rings {
		if next == nil || next.rings[key] == nil || next.rings[key].ring != p.ring {
			gone = append(gone, p.ring)
		}
	}
	return gone
}

// namedTarget is a target whose host is a name, a short form or nothing: this
// machine; or one with the words that addresses may have in front.
func (s *sinks) namedTarget(addr string) (syslog.Target, bool) {
	a, err := conf.ParseAddr(addr)
	if err != nil || a.Find(s.ask) != nil {
		return syslog.Target{}, false
	}
	switch a.Kind {
	case conf.AddrFD:
		return syslog.Target{Kind: syslog.FD, FD: a.FD}, true
	case conf.AddrUnix, conf.AddrAbns, conf.AddrAbnsz:
		_, bare, _ := strings.Cut(addr, "+")
		return syslog.ParseTarget(bare)
	case conf.AddrIP:
	default:
		return syslog.Target{}, false
	}
	ip, port := a.IP, a.Port
	if !ip.IsValid() {
		ip = netip.IPv4Unspecified()
		if a.V6 {
			ip = netip.IPv6Unspecified()
		}
	}
	if port <= 0 {
		port = syslog.Port
	}
	return syslog.Target{Kind: syslog.UDP, Addr: netip.AddrPortFrom(ip, uint16(port))}, true
}

// targets opens the sinks of a proxy's log lines; "log global" stands for the
// global section's. profiles has one for each, nil where nobody has one.
func (l *linker) targets(px *lb.Proxy) (out []lb.LogTarget, profiles []*lb.LogProfile) {
	some := false
	for i := range px.Conf.Logs {
		list := px.Conf.Logs[i : i+1]
		if list[0].Global {
			list = l.m.Global.Logs
		}
		for j := range list {
			tag := px.Conf.LogTag
			profile := l.profileOf(px, &list[j])
			if profile != nil {
				some = true
				tag = cmp.Or(profile.Tag, tag)
			}
			if t := l.sink(px, &list[j], tag, j+1); t != nil {
				out, profiles = append(out, t), append(profiles, profile)
			}
		}
	}
	if !some {
		profiles = nil
	}
	return out, profiles
}

// profileOf is the log-profile of a target; those of backends' events need none.
func (l *linker) profileOf(px *lb.Proxy, c *conf.LogTarget) *lb.LogProfile {
	if c.Profile == "" || px.Front == nil {
		return nil
	}
	p := l.gen.LogProfiles[c.Profile]
	if p == nil {
		msg := fmt.Sprintf("log directive declared in proxy section '%s' in file '%s' at line %d unknown log-profile '%s'.", px.Name, c.Pos.File, c.Pos.Num, c.Profile)
		l.d.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormHidden, Pos: c.Pos.Pos(0), Msg: msg})
	}
	return p
}

// refuse says, once for each line, that there is no such target.
func (l *linker) refuse(px *lb.Proxy, c *conf.LogTarget, why refused) {
	if l.sinks.said[c] {
		return
	}
	l.sinks.said[c] = true
	msg := fmt.Sprintf("global log directive declared in file %s at line '%d'", c.Pos.File, c.Pos.Num)
	if px != nil && !slices.ContainsFunc(px.Conf.Logs, func(t conf.LogTarget) bool { return t.Global }) {
		kind := "proxy"
		if px.Mode == conf.Log && px.Front != nil {
			kind = "log-forward"
		}
		msg = fmt.Sprintf("log directive declared in %s section '%s' in file '%s' at line %d", kind, px.Name, c.Pos.File, c.Pos.Num)
	}
	l.d.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormHidden, Pos: c.Pos.Pos(1), Msg: msg + " uses " + string(why) + "."})
}

// sink opens the sink of a log line of px, the number-th of its section; nil after
// an error. tag is "" for the process's.
func (l *linker) sink(px *lb.Proxy, c *conf.LogTarget, tag string, number int) lb.LogTarget {
	t, err := l.sinks.target(c, tag, number)
	if why, ok := err.(refused); ok { //nolint:errorlint // never wrapped
		l.refuse(px, c, why)
		return nil
	}
	if errors.Is(err, unix.EBADF) { // as with HAProxy, the file may be meant for another start
		if !l.sinks.said[c] {
			l.d.Warnf(c.Pos.Pos(1), "%s; lines for '%s' are lost", err, c.Addr)
		}
		l.sinks.said[c] = true
		return nil
	}
	if err != nil {
		l.d.Alertf(c.Pos.Pos(1), "%s", err)
		return nil
	}
	return t
}

// logProfiles compiles the log-profile sections.
func (l *linker) logProfiles() {
	l.gen.LogProfiles = map[string]*lb.LogProfile{}
	sc := &sample.Scope{Words: l.ix, Gen: l.gen, Files: l.files, Open: l.open, Lookup: l.lookup, Vars: vars.Vars{}}
	opt := logfmt.Options{Log: true, Place: sample.Logs}
	formatter := func(line *cfg.Line) lb.Formatter {
		if f := l.format(line, "logformat", sc, opt); f != nil {
			return f
		}
		return nil
	}
	for _, c := range l.m.LogProfiles {
		p := &lb.LogProfile{Tag: c.Tag}
		for o, step := range c.Steps {
			if step != nil {
				p.Steps[o] = &lb.LogStep{Drop: step.Drop, Format: formatter(step.Format), SD: formatter(step.SD)}
			}
		}
		l.gen.LogProfiles[c.Name] = p
	}
}
