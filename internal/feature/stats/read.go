package stats

import (
	"net/netip"
	"strconv"
	"strings"

	"segue/internal/conf"
	"segue/internal/health"
	"segue/internal/lb"
	"segue/internal/persist"
	"segue/internal/rate"
)

// timeSamples is how many streams the time averages look back over: see
// lb.Counters.AddTimes.
const timeSamples = 512

func itoa(n int) string { return strconv.Itoa(n) }

// isSocket says whether the server is reached over a unix socket.
func isSocket(srv *lb.Server) bool {
	switch srv.Conf.Addr.Kind {
	case conf.AddrUnix, conf.AddrAbns, conf.AddrAbnsz:
		return true
	}
	return false
}

// farm is what is counted over the servers of a backend.
type farm struct {
	up, total       int
	active, backups int64
	weight, user    int64
}

// count looks at all servers of a backend. Weights count as balancing uses
// them: of the backups only when no active server is left.
func (f *farm) count(px *lb.Proxy) {
	*f = farm{}
	var spare, spareUser int64
	for _, srv := range px.Servers {
		f.total++
		if srv.Up() {
			f.up++
		}
		if !srv.Usable() {
			continue
		}
		w := srv.EffectiveWeight()
		u := int64(srv.State.Weight.Load())
		if srv.Conf.Backup {
			if f.backups == 0 || px.Options&conf.OptAllBackups != 0 {
				spare += w
				spareUser += u
			}
			f.backups++
			continue
		}
		f.active++
		f.weight += w
		f.user += u
	}
	if f.active == 0 {
		f.weight, f.user = spare, spareUser
	}
	f.weight = whole(f.weight)
}

// whole is an effective weight without its fraction, rounded up.
func whole(w int64) int64 { return (w + lb.RampFull - 1) / lb.RampFull }

func objectName(l *line) string {
	switch l.kind {
	case Frontend:
		return "FRONTEND"
	case Backend:
		return "BACKEND"
	case Server:
		return l.srv.Name
	}
	return l.bind.name
}

func objectID(l *line) int64 {
	switch l.kind {
	case Server:
		return int64(l.srv.ID)
	case Listener:
		return int64(l.bind.id)
	}
	return 0
}

func queued(l *line) int64 {
	if l.kind == Backend {
		return l.px.Queued.Load()
	}
	return l.srv.State.Waiting.Load()
}

func limit(l *line) int64 {
	switch l.kind {
	case Server:
		return l.srv.MaxConn.Load()
	case Backend:
		return l.px.FullConn
	case Listener:
		return l.bind.maxconn
	}
	if n := l.px.Front.MaxConn.Load(); n > 0 {
		return n
	}
	if l.px.MaxConn > 0 {
		return l.px.MaxConn
	}
	return l.most
}

func bytesIn(l *line) int64  { return l.c.BytesIn.Load() }
func bytesOut(l *line) int64 { return l.c.BytesOut.Load() }

func sentIn(l *line) int64  { return l.c.SentIn.Load() }
func sentOut(l *line) int64 { return l.c.SentOut.Load() }

// serverConns is how many connections to the backend's servers are open.
func serverConns(l *line) (n int64) {
	for _, srv := range l.px.Servers {
		n += srv.State.Conns.Load()
	}
	return n
}

// fromServers and toServers are what was exchanged with the backend's servers,
// without what pages and rules answered.
func fromServers(l *line) (n int64) {
	for _, srv := range l.px.Servers {
		n += srv.State.BytesOut.Load()
	}
	return n
}

func toServers(l *line) (n int64) {
	for _, srv := range l.px.Servers {
		n += srv.State.SentIn.Load()
	}
	return n
}

// rate reads a counter that runs on loop time.
func (l *line) rate(c *rate.Counter) int64 { return int64(c.Read(l.now / 1e6)) }

// mean reads a time average over as many values as there are.
func (l *line) mean(a *rate.Average) int64 {
	n := l.c.LBTotal.Load()
	if l.http() {
		n = l.c.HTTPReq.Load()
	}
	if n <= 0 || n > timeSamples {
		n = timeSamples
	}
	return int64(a.Get(uint32(n)))
}

// status is the state in a word. Manual: management guide 9.1 column 17.
func status(l *line) string {
	switch l.kind {
	case Frontend:
		switch {
		case l.px.Conf.Disabled || l.px.Front.Stopped.Load():
			return "STOP"
		case l.px.Front.Paused.Load():
			return "PAUSED"
		}
		return "OPEN"
	case Listener:
		switch {
		case l.px.Front.Stopped.Load() || l.px.Front.Paused.Load():
			return "WAITING"
		case l.bind.maxconn > 0 && l.c.Cur.Load() >= l.bind.maxconn:
			return "FULL"
		}
		return "OPEN"
	case Backend:
		return backendStatus(l)
	}
	return serverStatus(l)
}

func backendStatus(l *line) string {
	s := "DOWN"
	if l.farm.weight > 0 || len(l.px.Servers) == 0 {
		s = "UP"
	}
	if l.px.Back.Unpub.Load() {
		s += " (UNPUB)"
	}
	if l.summary {
		s += " (" + itoa(l.farm.up) + "/" + itoa(l.farm.total) + ")"
	}
	return s
}

func serverStatus(l *line) string {
	st := l.srv.State
	admin := lb.Admin(st.Admin.Load())
	ref := l.srv
	for ref.Track != nil {
		ref = ref.Track
	}
	check, agent := l.check, l.agent
	if ref != l.srv {
		check, agent, _ = health.Look(ref)
	}
	switch {
	case admin&lb.ResolveMaint != 0:
		return "MAINT (resolution)"
	case admin&lb.InheritedMaint != 0:
		return "MAINT (via " + tracked(l) + ")"
	case admin&lb.MaintMask != 0:
		return "MAINT"
	}
	full := !check.Enabled || check.Health >= check.Rise+check.Fall-1
	falling := func() string {
		return " " + itoa(check.Health-check.Rise+1) + "/" + itoa(check.Fall)
	}
	switch lb.Oper(st.Oper.Load()) {
	case lb.Running, lb.Starting:
		switch {
		case admin&lb.DrainMask != 0 && agent.Enabled:
			return "DRAIN (agent)"
		case admin&lb.DrainMask != 0 && !full:
			return "DRAIN" + falling()
		case admin&lb.DrainMask != 0:
			return "DRAIN"
		case !full:
			return "UP" + falling()
		case !check.Enabled:
			return noCheck
		}
		return "UP"
	case lb.Stopping:
		if full {
			return "NOLB"
		}
		return "NOLB" + falling()
	}
	switch {
	case agent.Enabled && agent.Health == 0:
		return "DOWN (agent)"
	case agent.Enabled && !check.Configured:
		return "DOWN 0/" + itoa(ref.Conf.Rise)
	case check.Enabled && check.Health > 0, agent.Enabled && !check.Enabled:
		return "DOWN " + itoa(check.Health) + "/" + itoa(check.Rise)
	}
	return "DOWN"
}

func weight(l *line) int64 {
	if l.kind == Backend {
		return l.farm.weight
	}
	// What the server has now, or would have if it could be used.
	if w := l.srv.EffectiveWeight(); w > 0 {
		return whole(w)
	}
	w := int64(l.srv.State.Weight.Load())
	if ramp := int64(l.srv.State.Ramp.Load()); ramp > 0 {
		return whole(w * ramp)
	}
	return w
}

func userWeight(l *line) int64 {
	if l.kind == Backend {
		return l.farm.user
	}
	return int64(l.srv.State.Weight.Load())
}

func active(l *line) int64 {
	if l.kind == Backend {
		return l.farm.active
	}
	return when(!l.srv.Conf.Backup, 1)
}

func backup(l *line) int64 {
	if l.kind == Backend {
		return l.farm.backups
	}
	return when(l.srv.Conf.Backup, 1)
}

func lastChange(l *line) int64 {
	var at int64
	if l.kind == Backend {
		at = l.px.Back.LastChange.Load()
	} else {
		at = l.srv.State.LastChange.Load()
	}
	if at == 0 {
		at = l.started
	}
	return max(l.wall-at, 0)
}

func downtime(l *line) int64 {
	if l.kind == Backend {
		down := l.px.Back.Down.Load()
		if l.farm.weight == 0 && l.farm.total > 0 {
			down += lastChange(l)
		}
		return down
	}
	down := l.srv.State.DownTime.Load()
	if lb.Oper(l.srv.State.Oper.Load()) == lb.Stopped {
		down += lastChange(l)
	}
	return down
}

// throttle is the share of its weight that a warming server has, in percent. It
// is rounded as 3.4 rounds: down, after adding what is missing of a whole weight.
func throttle(l *line) int64 {
	w := max(int64(l.srv.State.Weight.Load()), 1)
	return (100*w*int64(l.srv.State.Ramp.Load()) + lb.RampFull - 1) / (w * lb.RampFull)
}

func tracked(l *line) string {
	if l.srv.Track == nil {
		return ""
	}
	return l.srv.Track.Proxy.Name + "/" + l.srv.Track.Name
}

func lastSession(l *line) int64 {
	at := l.c.LastSession.Load()
	if at == 0 {
		return -1
	}
	return max(l.wall-at, 0)
}

func downs(l *line) int64 {
	if l.kind == Backend {
		return l.px.Back.DownTrans.Load()
	}
	return l.totals.Downs
}

// agentHealth is 0 when the agent could not be asked, too, although that says
// nothing of the server.
func agentHealth(l *line) int64 {
	return int64(l.agent.Health)
}

// address is what the object listens on or connects to.
func address(l *line) string {
	if l.kind == Listener {
		return l.bind.addr
	}
	ap := l.srv.State.Addr.Load()
	switch {
	case ap == nil && isSocket(l.srv):
		return "unix"
	case ap == nil:
		return ""
	}
	return hostPort(*ap)
}

// hostPort writes an address with its port, 0 included.
func hostPort(ap netip.AddrPort) string {
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()).String()
}

func cookie(l *line) string {
	if l.kind == Server {
		if p := persist.Of(l.px); p != nil && l.srv.Conf.Cookie == "" {
			return string(p.AppendValue(nil, l.srv)) // a dynamic one
		}
		return l.srv.Conf.Cookie
	}
	if l.px.Conf.Cookie != nil {
		return l.px.Conf.Cookie.Name
	}
	return ""
}

// algorithm is the balance word without its argument; a backend that has none
// picks at random, for which there is no name, or has one address only.
func algorithm(l *line) string {
	word, _, _ := strings.Cut(l.px.Conf.Balance.Algo, "(")
	if word == "" && l.px.Dispatch != nil {
		return "none"
	}
	switch word {
	case "", "random":
		return "unknown"
	}
	return word
}

// observes reports whether traffic is watched for errors of the server, or of the
// one that it tracks.
func observes(l *line) bool {
	srv := l.srv
	for srv.Track != nil {
		srv = srv.Track
	}
	return srv.Conf.Observe != ""
}

func idleConns(l *line) int64 { return l.srv.State.IdleConns.Load() }
func safeConns(l *line) int64 { return l.srv.State.SafeConns.Load() }
func freshConns(l *line) int64 {
	return max(l.srv.State.IdleConns.Load()-l.srv.State.SafeConns.Load(), 0)
}

// neededConns is what was in use at once lately.
func neededConns(l *line) int64 { return max(usedConns(l), l.srv.State.NeedConns.Load()) }
func usedConns(l *line) int64 {
	return max(l.srv.State.Conns.Load()-l.srv.State.IdleConns.Load(), 0)
}
