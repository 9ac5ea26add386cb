package stats

import (
	"net/netip"
	"strconv"

	"segue/internal/conf"
	"segue/internal/health"
	"segue/internal/lb"
)

// filter chooses lines. Manual: management guide 9.3 "show stat".
type filter struct {
	proxy   int // id, 0 or -1 = all
	types   int // bits 1 << Kind; 0 = all
	sid     int // server or listener id, 0 or -1 = all
	bound   bool
	noMaint bool // without servers in maintenance
	up      bool // only servers that are up
	legends bool
	scope   func(px *lb.Proxy) bool // nil = all
}

// hides says whether the server is left out for its state.
func (f *filter) hides(l *line) bool {
	admin := lb.Admin(l.srv.State.Admin.Load())
	if f.noMaint && admin&lb.MaintMask != 0 {
		return true
	}
	return f.up && (lb.Oper(l.srv.State.Oper.Load()) == lb.Stopped || admin&lb.MaintMask != 0)
}

// wants says whether lines of this kind are asked for.
func (f *filter) wants(k Kind) bool { return !f.bound || f.types&(1<<k) != 0 }

// walk calls each for every line that f chooses, in the order of the text:
// frontend, listeners, servers, backend of each proxy. The line is reused. It
// stops when each returns false; each may wait.
func walk(th *lb.Thread, f *filter, each func(l *line) bool) bool {
	g := th.Process.Gen.Load()
	if g == nil {
		return true
	}
	l := line{most: processLimit(th.Process), legends: f.legends, summary: f.noMaint || f.up, started: th.Process.Started / 1e9}
	for _, p := range g.Proxies {
		if f.bound && f.proxy > 0 && f.proxy != p.ID || f.scope != nil && !f.scope(p) {
			continue
		}
		if p.Conf.Disabled || p.Mode == conf.CLI {
			continue
		}
		l.px, l.now, l.wall = p, th.Now(), th.WallNow()/1e9
		if !walkProxy(&l, f, each) {
			return false
		}
	}
	return true
}

func walkProxy(l *line, f *filter, each func(l *line) bool) bool {
	p := l.px
	l.check, l.agent = health.View{}, health.View{}
	if p.Front != nil && f.wants(Frontend) {
		l.kind, l.c = Frontend, &p.Front.Counters
		if !each(l) {
			return false
		}
	}
	if p.Front != nil && p.Options&conf.OptSocketStats != 0 && f.wants(Listener) && !walkListeners(l, f, each) {
		return false
	}
	if p.Back == nil {
		return true
	}
	if f.wants(Server) {
		for _, srv := range p.Servers {
			l.kind, l.srv, l.c = Server, srv, &srv.State.Counters
			if f.bound && f.sid > 0 && f.sid != srv.ID || f.hides(l) {
				continue
			}
			l.check, l.agent, l.totals = health.Look(srv)
			if !each(l) {
				return false
			}
		}
	}
	if !f.wants(Backend) {
		return true
	}
	l.check, l.agent = health.View{}, health.View{}
	l.kind, l.srv, l.c = Backend, nil, &p.Back.Counters
	l.farm.count(p)
	return each(l)
}

func walkListeners(l *line, f *filter, each func(l *line) bool) bool {
	p := l.px
	for i, b := range p.Conf.Binds {
		info := listenerOf(p, b, i)
		if f.bound && f.sid > 0 && f.sid != info.id {
			continue
		}
		l.kind, l.bind, l.c = Listener, &info, &info.state.Counters
		if !each(l) {
			return false
		}
	}
	l.bind = nil
	return true
}

// listenerGUID is the identifier of bind address i: the line's "guid-prefix" and
// the place in the line; "" without one.
func listenerGUID(p *lb.Proxy, i int) string {
	b, n := p.Conf.Binds[i], 0
	if b.GUID == "" {
		return ""
	}
	for n < i && p.Conf.Binds[i-n-1].Line.File == b.Line.File && p.Conf.Binds[i-n-1].Line.Num == b.Line.Num {
		n++
	}
	return b.GUID + "-" + strconv.Itoa(n)
}

// listenerOf describes a bind address.
func listenerOf(p *lb.Proxy, b *conf.Bind, i int) listenerInfo {
	info := listenerInfo{name: b.Name, id: b.ID, maxconn: int64(b.MaxConn), proto: "tcpv4"}
	key := b.Name
	if key == "" {
		key = b.Addr.Text
	}
	if info.id == 0 {
		info.id = i + 1
	}
	if info.name == "" {
		info.name = "sock-" + strconv.Itoa(i+1)
	}
	info.guid = listenerGUID(p, i)
	info.state = p.Gen.State.Bind(p.Name, key)
	switch a := &b.Addr; a.Kind {
	case conf.AddrUnix, conf.AddrAbns, conf.AddrAbnsz:
		info.addr, info.proto = "unix", "unix_stream"
	default:
		ip := a.IP
		if !ip.IsValid() {
			ip = netip.IPv4Unspecified()
			if a.V6 {
				ip = netip.IPv6Unspecified()
			}
		}
		if ip.Is6() {
			info.proto = "tcpv6"
		}
		info.addr = netip.AddrPortFrom(ip, uint16(max(a.Port, 0))).String()
	}
	return info
}
