package resolve

import (
	"net/netip"
	"strings"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
)

// Query is one question of do-resolve. It belongs to the task that asked; Done
// and IP are written on its loop.
type Query struct {
	Done bool
	IP   netip.Addr // invalid: nothing was found

	th   *lb.Thread
	task *sched.Task
	res  *resolution
	fam  family
}

// Lookup asks for an address of a name and waits in the task until there is an
// answer, which may be one that "hold valid" keeps. The zero address means that
// there is none; ok is false when the task was canceled.
func (m *Manager) Lookup(th *lb.Thread, t *sched.Task, section, name string, preferV4 bool) (ip netip.Addr, ok bool) {
	q := m.ask(th, t, section, name, preferV4)
	for !q.Done {
		if t.Park(0) == sched.Canceled {
			m.forget(q)
			return ip, false
		}
	}
	return q.IP, true
}

func (m *Manager) ask(th *lb.Thread, t *sched.Task, section, name string, preferV4 bool) *Query {
	q := &Query{th: th, task: t, fam: ipv6}
	if preferV4 {
		q.fam = ipv4
	}
	if name = strings.ToLower(strings.TrimSuffix(name, ".")); !HostName(name) {
		q.Done = true
		return q
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock()
	s := m.find(section)
	k := key{name, q.fam}
	if s == nil || len(s.servers) == 0 || s.all[k] == nil && len(s.all) >= maxNames {
		q.Done = true
		return q
	}
	r := s.get(now, k)
	if r.status == Valid && len(r.records) > 0 && now-r.lastValid < int64(s.conf.Hold[conf.HoldValid]) {
		q.Done, q.IP = true, q.choose(r)
		return q
	}
	q.res = r
	r.queries = append(r.queries, q)
	if !r.running {
		r.due = now
	}
	s.kick()
	return q
}

// forget takes a query back whose task does not wait any more.
func (m *Manager) forget(q *Query) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if q.res == nil {
		return
	}
	for i, x := range q.res.queries {
		if x == q {
			q.res.queries = append(q.res.queries[:i], q.res.queries[i+1:]...)
			return
		}
	}
}

// answer tells the task what came of its query. The manager's lock is held.
func (q *Query) answer(r *resolution) {
	var ip netip.Addr
	if r.status == Valid {
		ip = q.choose(r)
	}
	task := q.task
	q.th.Post(func() {
		q.Done, q.IP = true, ip
		task.Wake()
	})
}

// choose takes the next address of the family that is preferred, or of the
// other.
func (q *Query) choose(r *resolution) netip.Addr {
	r.turn++
	n := len(r.records)
	var other netip.Addr
	for i := range n {
		ip := r.records[(r.turn+i)%n].IP
		if ip.Is4() == (q.fam == ipv4) {
			return ip
		}
		other = ip
	}
	return other
}
