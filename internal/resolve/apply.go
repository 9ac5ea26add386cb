package resolve

import (
	"net/netip"
	"slices"

	"segue/internal/health"
	"segue/internal/lb"
)

// apply does what follows from the end of a resolution. It runs on a loop,
// without the lock.
func (m *Manager) apply(j *job) {
	switch {
	case j.status == Valid && j.res.Family == service:
		m.applySRV(j)
	case j.status == Valid:
		m.applyHost(j)
	case !j.held:
		for _, t := range j.targets {
			if srv := m.server(t, j.res); srv != nil {
				if j.res.Family == service {
					m.loseRecord(t, srv)
				} else {
					m.loseAddress(srv, reason(j.status))
				}
			}
		}
	}
}

// reason is how the log says why a name has no address any more.
func reason(st Status) string {
	switch st {
	case NX:
		return "DNS NX status"
	case Refused:
		return "DNS refused status"
	case TimedOut:
		return "DNS timeout status"
	}
	return "unspecified DNS error"
}

// server returns the server of t if it still follows r, else nil.
func (m *Manager) server(t *target, r *resolution) *lb.Server {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t.host == r || t.label == r {
		return t.srv
	}
	return nil
}

// updated counts an answer that gave a server a new address.
func (m *Manager) updated(ns *nameServer) {
	m.mu.Lock()
	ns.count[Updates]++
	m.mu.Unlock()
}

// applyHost gives the servers of a name their addresses. The first that gets a
// new one is told to have it from the name server, the others from the cache.
func (m *Manager) applyHost(j *job) {
	var ready []*lb.Server
	used := holders{}
	kept := m.setByHand(j, used)
	for i, t := range j.targets {
		srv := m.server(t, j.res)
		if srv == nil {
			continue
		}
		if kept[t] {
			ready = append(ready, srv)
			continue
		}
		by := "DNS cache"
		if i == 0 && j.by != nil {
			by = j.res.sec.name + "/" + j.by.Name
		}
		said, ok := m.move(t, srv, j, used)
		if !ok {
			m.loseAddress(srv, "No IP for server ")
			continue
		}
		if said != "" {
			health.Moved(srv)
			if i == 0 && j.by != nil {
				m.updated(j.by)
			}
			health.Say(srv, srv.Proxy.Name+"/"+srv.Name+": "+said+" by '"+by+"'.")
		}
		ready = append(ready, srv)
	}
	for _, srv := range ready {
		resolves(srv)
	}
}

// resolves lets a server return that was away for want of an address.
func resolves(srv *lb.Server) {
	if lb.Admin(srv.State.Admin.Load())&lb.ResolveMaint == 0 {
		return
	}
	health.SetResolves(srv, true, "")
	health.Say(srv, "Server "+srv.Proxy.Name+"/"+srv.Name+" administratively READY thanks to valid DNS answer.")
}

// move picks an address for the server and gives it; said is what has changed.
func (m *Manager) move(t *target, srv *lb.Server, j *job, used holders) (said string, ok bool) {
	m.p.Load().Mu.Lock()
	defer m.p.Load().Mu.Unlock()
	used.of(srv.Proxy)
	i := choose(srv, j.records, used)
	if i < 0 {
		return "", false
	}
	ip := j.records[i].IP
	// The next server begins behind it.
	j.records = append(j.records[i+1:], j.records[:i+1]...)
	used.add(srv, -1)
	said = srv.Move(netip.AddrPortFrom(ip, srv.Port()))
	used.add(srv, 1)
	m.mu.Lock()
	defer m.mu.Unlock()
	if t.host == j.res {
		t.gave = ip
	}
	return said, true
}

// setByHand are the targets whose servers have got an address from elsewhere
// since the answers gave them one that is still there: they stay as they are,
// and nobody else gets what they would have. That is what HAProxy 3.4 can be
// seen to do.
func (m *Manager) setByHand(j *job, used holders) map[*target]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	var kept map[*target]bool
	for _, t := range j.targets {
		if t.host != j.res || !t.gave.IsValid() {
			continue
		}
		ap := t.srv.State.Addr.Load()
		if ap == nil || ap.Addr() == t.gave || !slices.ContainsFunc(j.records, func(r record) bool { return r.IP == t.gave }) {
			continue
		}
		if kept == nil {
			kept = map[*target]bool{}
		}
		kept[t] = true
		used.count(t.srv, netip.AddrPortFrom(t.gave, ap.Port()), 1)
	}
	return kept
}

// choose returns the record that suits the server best, -1 for none. Manual 5.2
// "resolve-prefer", "resolve-net", "resolve-opts": the family counts most, then
// the network; among equals an address that no other server has, then the one
// that the server has now.
func choose(srv *lb.Server, records []record, used holders) int {
	w := srv.Conf.ServerWords
	var now netip.Addr
	if ap := srv.State.Addr.Load(); ap != nil {
		now = ap.Addr()
	}
	best, at := -1, -1
	for i := range records {
		ip, score := records[i].IP, 0
		if !ip.IsValid() {
			continue
		}
		free := !used.other(srv, ip)
		if !free && !w.ResolveDup {
			continue
		}
		if ip.Is4() == (w.ResolvePrefer == "ipv4") {
			score += 8
		}
		if slices.ContainsFunc(w.ResolveNets, func(n netip.Prefix) bool { return n.Contains(ip) }) {
			score += 4
		}
		if free {
			score += 2
		}
		if ip == now {
			score++
		}
		if score > best {
			best, at = score, i
		}
	}
	return at
}

// holders counts the servers that have an address, so that an answer for many
// servers looks at each of them once. It lives as long as one answer is applied;
// what the CLI changes meanwhile is seen with the next. The key without an
// address says that a proxy's servers are in.
type holders map[holder]int

// holder is an address as servers of one name in one backend have it. Servers of
// one host that SRV records name differ by their ports.
type holder struct {
	px   *lb.Proxy
	name string
	ip   netip.Addr
	port int // -1: any
}

// of counts the servers of px, unless that is done.
func (h holders) of(px *lb.Proxy) {
	if h[holder{px: px}] > 0 {
		return
	}
	h[holder{px: px}] = 1
	for _, srv := range px.Servers {
		h.add(srv, 1)
	}
}

// add counts srv n times where it is now.
func (h holders) add(srv *lb.Server, n int) {
	if ap := srv.State.Addr.Load(); ap != nil {
		h.count(srv, *ap, n)
	}
}

// count counts srv n times at ap.
func (h holders) count(srv *lb.Server, ap netip.AddrPort, n int) {
	k := holder{srv.Proxy, srv.Hostname(), ap.Addr(), int(ap.Port())}
	h[k] += n
	k.port = -1
	h[k] += n
}

// other reports whether another server has ip.
func (h holders) other(srv *lb.Server, ip netip.Addr) bool {
	k, mine := holder{srv.Proxy, srv.Hostname(), ip, -1}, 0
	if srv.FollowsSRV() {
		k.port = int(srv.Port())
	}
	if ap := srv.State.Addr.Load(); ap != nil && ap.Addr() == ip {
		mine = 1
	}
	return h[k] > mine
}

// loseAddress puts a server into maintenance that has no address any more.
func (m *Manager) loseAddress(srv *lb.Server, why string) {
	health.SetResolves(srv, false, why)
	m.p.Load().Mu.Lock()
	srv.Unmove()
	m.p.Load().Mu.Unlock()
}

// name gives a target the host name and port of an SRV record, "" for none.
func (m *Manager) name(t *target, name string, port uint16) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t.label == nil {
		return
	}
	st := t.srv.State
	st.Admin.Or(uint32(lb.FQDNChanged))
	if name == "" {
		st.FQDN.Store(nil)
		st.NextPort.Store(0)
		t.rec = slot{}
		t.rename(m.clock(), "")
		return
	}
	st.FQDN.Store(&name)
	if st.Addr.Load() == nil {
		st.NextPort.Store(int32(port))
	}
}

// lookUp lets a target look its host name up, or, where the SRV answer had the
// address with it, not.
func (m *Manager) lookUp(t *target, want bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case t.label == nil:
	case want && t.host == nil:
		t.rename(m.clock(), t.srv.Hostname())
		t.sec.kick()
	case !want:
		t.follow(&t.host, nil)
	}
}

// loseRecord puts a server into maintenance that no SRV record names any more.
func (m *Manager) loseRecord(t *target, srv *lb.Server) {
	m.loseAddress(srv, "entry removed from SRV record")
	if srv.Hostname() != "" {
		m.name(t, "", 0)
	}
}

// applySRV gives the records of a label to the servers that follow it, in every
// backend anew.
func (m *Manager) applySRV(j *job) {
	var order []*lb.Proxy
	farms := map[*lb.Proxy][]*target{}
	for _, t := range j.targets {
		if srv := m.server(t, j.res); srv != nil {
			be := srv.Proxy
			if farms[be] == nil {
				order = append(order, be)
			}
			farms[be] = append(farms[be], t)
		}
	}
	at := make(map[slot]int, len(j.records))
	for i := range j.records {
		at[slot{j.records[i].Target, j.records[i].Port}] = i
	}
	for _, be := range order {
		m.distribute(j, farms[be], at)
	}
}

// slot is what an SRV record names.
type slot struct {
	host string
	port uint16
}

// record is the SRV record that a target has: the one it was given, whatever its
// server's port is now, or, after a reload, the one that its server looks like.
func (m *Manager) record(t *target, srv *lb.Server) slot {
	m.mu.Lock()
	defer m.mu.Unlock()
	if name := srv.Hostname(); t.rec.host != name {
		return slot{name, srv.Port()}
	}
	return t.rec
}

// distribute serves the targets of one backend: a server keeps its record while
// that is there; servers without a record go to maintenance, records without a
// server get one that is free. at finds records.
func (m *Manager) distribute(j *job, targets []*target, at map[slot]int) {
	used := make([]bool, len(j.records))
	var free, lost []*target
	byTarget := map[*target]int{}
	for _, t := range targets {
		srv := m.server(t, j.res)
		if srv == nil {
			continue
		}
		name := srv.Hostname()
		if name == "" {
			free = append(free, t)
			continue
		}
		if i, ok := at[m.record(t, srv)]; ok && !used[i] {
			used[i], byTarget[t] = true, i
			continue
		}
		m.loseRecord(t, srv)
		lost = append(lost, t)
	}
	// One that has just lost its record comes last.
	free = append(free, lost...)
	for i := range j.records {
		if used[i] || len(free) == 0 {
			continue
		}
		byTarget[free[0]] = i
		free = free[1:]
	}
	for _, t := range targets {
		if i, ok := byTarget[t]; ok {
			m.serve(j, t, &j.records[i])
		}
	}
}

// serve makes a target what an SRV record says.
func (m *Manager) serve(j *job, t *target, r *record) {
	srv := m.server(t, j.res)
	if srv == nil {
		return
	}
	fresh := srv.Hostname() != r.Target
	setWeight(m.p.Load(), srv, r.Weight)
	if r.IP.IsValid() {
		m.p.Load().Mu.Lock()
		said := srv.Move(netip.AddrPortFrom(r.IP, r.Port))
		m.p.Load().Mu.Unlock()
		if said != "" {
			health.Moved(srv)
			health.Say(srv, srv.Proxy.Name+"/"+srv.Name+": "+said+" by 'DNS additional record'.")
		}
	}
	m.mu.Lock()
	t.rec = slot{r.Target, r.Port}
	m.mu.Unlock()
	if !r.IP.IsValid() && !fresh {
		m.p.Load().Mu.Lock()
		setPort(srv, r.Port)
		m.p.Load().Mu.Unlock()
	}
	if fresh {
		m.name(t, r.Target, r.Port)
		health.Say(srv, srv.Proxy.Name+"/"+srv.Name+" changed its FQDN from (null) to "+r.Target+" by 'SRV record'")
	}
	m.lookUp(t, !r.IP.IsValid())
	if r.IP.IsValid() {
		resolves(srv)
	}
}

// setPort gives the server the port of its SRV record, which a command may have
// changed. The caller holds Process.Mu.
func setPort(srv *lb.Server, port uint16) {
	if ap := srv.State.Addr.Load(); ap != nil {
		srv.Move(netip.AddrPortFrom(ap.Addr(), port))
	}
}

// setWeight gives the server the weight of its SRV record, 0 to 65535, on the
// language's scale of 0 to 256, rounded up: as HAProxy 3.4, whose server drains
// with 0 only. Manual 5.2 "resolve-opts ignore-weight".
func setWeight(p *lb.Process, srv *lb.Server, weight uint16) {
	w := (int32(weight) + 255) / 256
	if srv.Conf.ResolveKeepWeight || srv.State.Weight.Load() == w {
		return
	}
	p.Mu.Lock()
	srv.State.Weight.Store(w)
	p.Mu.Unlock()
	health.Reweighed(srv)
}
