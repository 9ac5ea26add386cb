package resolve

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"segue/internal/conf"
	"segue/internal/lb"
)

// Manager is the state of name resolution of a process. There is one; Of finds
// it.
type Manager struct {
	p     atomic.Pointer[lb.Process]
	clock func() int64 // ns, monotonic, from an origin of its own

	mu       sync.Mutex // guards everything below, and the sections
	sections []*Section // in the order of the text
	targets  map[*lb.ServerState]*target
	num      int  // of the generation that was started last
	v4, v6   bool // families that are asked for
	mode     string
	checked  int64                      // when v6 was looked up
	came     map[string]map[key]carried // answers of the process before, by section
	// dial makes the transport to a name server; tests have their own.
	dial func(ns *nameServer) transport
	// routed tells whether the system has a way to the IPv6 Internet.
	routed func() bool
	idle   bool // no goroutines: tests step the sections
}

// target is a server that follows a name. It is guarded by the manager's lock.
type target struct {
	st    *lb.ServerState
	srv   *lb.Server // of the newest generation
	sec   *Section
	host  *resolution // of the name it has now, nil without one
	label *resolution // of its SRV label
	// What it got last from them. A command may have changed the server's address
	// since; that lasts for as long as this is part of the answers.
	gave netip.Addr
	rec  slot
}

// Of returns the process's Manager, made on first use.
func Of(p *lb.Process) *Manager {
	m := p.State.Object("resolve/all", func() any { return newManager() }).(*Manager)
	if m.p.Load() != p { // requests ask, so that most only look
		m.p.Store(p)
	}
	return m
}

func newManager() *Manager {
	begin := time.Now()
	return &Manager{
		clock:   func() int64 { return int64(time.Since(begin)) },
		targets: map[*lb.ServerState]*target{}, v4: true, dial: newLink, routed: routedIPv6,
	}
}

// Start makes the sections and targets those of a generation that was just
// published. Answers, counters and due times of what stays go on.
func Start(gen *lb.Generation, p *lb.Process) { Of(p).start(gen) }

func (m *Manager) start(gen *lb.Generation) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock()
	m.num = gen.Num
	m.mode, m.checked = gen.Conf.Global.DNSFamilies, 0
	m.lookFamilies(now)
	old := m.sections
	m.sections = nil
	for _, c := range gen.Conf.Resolvers {
		m.sections = append(m.sections, m.section(old, c))
	}
	for _, s := range old {
		if !slices.Contains(m.sections, s) {
			s.end()
		}
	}
	seen := map[*lb.ServerState]bool{}
	for _, px := range gen.Proxies {
		for _, srv := range px.Servers {
			if s := m.find(srv.Conf.Resolvers); s != nil && srv.Conf.Resolvers != "" {
				seen[srv.State] = true
				m.adopt(now, s, srv)
			}
		}
	}
	for st, t := range m.targets {
		if !seen[st] {
			t.follow(&t.host, nil)
			t.follow(&t.label, nil)
			delete(m.targets, st)
		}
	}
	m.came = nil
	for _, s := range m.sections {
		s.kick()
	}
}

// section finds or makes a section and gives it its settings.
func (m *Manager) section(old []*Section, c *conf.Resolvers) *Section {
	var s *Section
	if i := slices.IndexFunc(old, func(s *Section) bool { return s.name == c.Name }); i >= 0 {
		s = old[i]
	} else {
		s = &Section{m: m, name: c.Name, all: map[key]*resolution{}, byID: map[uint16]*resolution{},
			wake: make(chan struct{}, 1), in: make(chan packet, 64), stop: make(chan struct{})}
		s.send = func(ns *nameServer, msg []byte) bool { return ns.link.send(msg) }
		if !m.idle {
			defer func() { go s.run() }()
		}
	}
	s.conf = c
	s.shared.Store(c)
	before := s.servers
	s.servers = make([]*nameServer, 0, len(c.Servers))
	for _, nc := range c.Servers {
		i := slices.IndexFunc(before, func(ns *nameServer) bool { return ns.Name == nc.Name })
		if i >= 0 && before[i].sameAs(&nc) {
			s.servers = append(s.servers, before[i])
			continue
		}
		ns := &nameServer{NameServer: nc, sec: s}
		if i >= 0 {
			ns.count = before[i].count
		}
		ns.link = m.dial(ns)
		s.servers = append(s.servers, ns)
	}
	for _, ns := range before {
		if !slices.Contains(s.servers, ns) {
			ns.link.close()
		}
	}
	return s
}

// sameAs reports whether the configuration describes the name server as before.
func (ns *nameServer) sameAs(c *conf.NameServer) bool {
	o := &ns.NameServer
	return o.Addr == c.Addr && o.TCP == c.TCP && o.MaxConn == c.MaxConn && o.Source == c.Source
}

// end stops a section that the configuration does not name any more.
func (s *Section) end() {
	for _, ns := range s.servers {
		ns.link.close()
	}
	for _, r := range s.all {
		for _, q := range r.queries {
			q.answer(r)
		}
		r.queries = nil
	}
	close(s.stop)
}

// find returns a section, nil if there is none.
func (m *Manager) find(name string) *Section {
	for _, s := range m.sections {
		if s.name == name {
			return s
		}
	}
	return nil
}

// adopt finds or makes the target of a server and lets it follow what its line,
// or what was set at run time, says.
func (m *Manager) adopt(now int64, s *Section, srv *lb.Server) {
	t := m.targets[srv.State]
	if t == nil {
		t = &target{st: srv.State}
		m.targets[srv.State] = t
	}
	t.srv, t.sec = srv, s
	var label *resolution
	if srv.FollowsSRV() {
		label = s.get(now, key{strings.ToLower(srv.Conf.Addr.Host), service})
	}
	t.follow(&t.label, label)
	t.rename(now, srv.Hostname())
}

// rename lets the target follow a host name, "" for none.
func (t *target) rename(now int64, name string) {
	if name == "" {
		t.follow(&t.host, nil)
		return
	}
	k := key{strings.ToLower(strings.TrimSuffix(name, ".")), ipv6}
	if t.srv.Conf.ResolvePrefer == "ipv4" {
		k.Family = ipv4
	}
	t.follow(&t.host, t.sec.get(now, k))
}

// follow makes *at r.
func (t *target) follow(at **resolution, r *resolution) {
	old := *at
	if old == r {
		return
	}
	if old != nil {
		if i := slices.Index(old.targets, t); i >= 0 {
			old.targets = slices.Delete(old.targets, i, i+1)
		}
	}
	if at == &t.host {
		t.gave = netip.Addr{}
	}
	if *at = r; r != nil {
		r.targets = append(r.targets, t)
	}
}

// Rename gives a server a host name at run time: it is looked up at once. false
// means that the server follows no names.
func (m *Manager) Rename(srv *lb.Server, name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.targets[srv.State]
	if t == nil {
		return false
	}
	srv.State.FQDN.Store(&name)
	srv.State.Admin.Or(uint32(lb.FQDNChanged))
	now := m.clock()
	t.rename(now, name)
	if r := t.host; r != nil && !r.running {
		r.due = now
	}
	t.sec.kick()
	return true
}

// Follows reports whether the server's name is looked up at run time.
func (m *Manager) Follows(srv *lb.Server) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.targets[srv.State] != nil
}

// Add lets a server that was added at run time follow its name, Remove forgets
// one that was deleted. Once a reload has replaced the server's generation, the
// name belongs to the new one's server, if it has one: both do nothing then.
func (m *Manager) Add(srv *lb.Server) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone(srv) {
		return
	}
	if s := m.find(srv.Conf.Resolvers); s != nil {
		m.adopt(m.clock(), s, srv)
		s.kick()
	}
}

// Remove is described at Add.
func (m *Manager) Remove(srv *lb.Server) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.targets[srv.State]; t != nil && !m.gone(srv) {
		t.follow(&t.host, nil)
		t.follow(&t.label, nil)
		delete(m.targets, srv.State)
	}
}

// gone reports whether the server's generation has been replaced. The caller
// holds the lock.
func (m *Manager) gone(srv *lb.Server) bool {
	g := srv.Proxy.Gen
	return g != nil && g.Num < m.num
}

// Hurry looks a server's name up again: it cannot be reached. Manual 5.3.1.
func (m *Manager) Hurry(srv *lb.Server) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.targets[srv.State]
	if t == nil || t.host == nil || t.host.running {
		return
	}
	t.host.due = min(t.host.due, m.clock())
	t.sec.kick()
}

// families are those that are asked for. The caller holds the lock.
func (m *Manager) families() (v4, v6 bool) { return m.v4, m.v6 }

// familiesFor is how long the look at the routes counts. Manual 3.1
// "dns-accept-family".
const familiesFor = 30e9

func (m *Manager) lookFamilies(now int64) {
	switch m.mode {
	case "ipv4":
		m.v4, m.v6 = true, false
	case "ipv6":
		m.v4, m.v6 = false, true
	case "both":
		m.v4, m.v6 = true, true
	default:
		if m.checked == 0 || now-m.checked >= familiesFor {
			m.v4, m.v6, m.checked = true, m.routed(), now
		}
	}
}

// routedIPv6 asks the system for a way to an address of RFC 3849 without sending
// anything.
func routedIPv6() bool {
	c, err := net.DialUDP("udp6", nil, &net.UDPAddr{IP: net.ParseIP("2001:db8::1"), Port: 9})
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// Stat is what a name server has counted; see Counters.
type Stat struct {
	Section, Server string
	Count           [Counters]int64
}

// Stats lists the name servers of all sections, or of the one that is named;
// found is false if it does not exist. A section without name servers is one
// Stat without Server.
func (m *Manager) Stats(section string) (list []Stat, found bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.sections {
		if section != "" && s.name != section {
			continue
		}
		found = true
		if len(s.servers) == 0 {
			list = append(list, Stat{Section: s.name})
		}
		for _, ns := range s.servers {
			list = append(list, Stat{s.name, ns.Name, ns.count})
		}
	}
	return list, found
}

// Clear resets all counters.
func (m *Manager) Clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.sections {
		for _, ns := range s.servers {
			ns.count = [Counters]int64{}
		}
	}
}
