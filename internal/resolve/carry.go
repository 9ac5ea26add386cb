package resolve

import (
	"bytes"
	"encoding/gob"
)

// carried is a resolution as it travels to another process. Ages in ns.
type carried struct {
	Section  string
	Name     string
	Family   family
	Status   Status
	ValidAge int64 // since the last valid answer, -1 = never
	DueIn    int64
	Records  []record // Seen is an age
}

// Export implements lb.Carrier.
func (m *Manager) Export() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock()
	var list []carried
	for _, s := range m.sections {
		for k, r := range s.all {
			c := carried{Section: s.name, Name: k.Name, Family: k.Family, Status: r.status, ValidAge: -1, DueIn: max(r.due-now, 0)}
			if r.lastValid != 0 {
				c.ValidAge = now - r.lastValid
			}
			for _, rec := range r.records {
				rec.Seen = now - rec.Seen
				c.Records = append(c.Records, rec)
			}
			list = append(list, c)
		}
	}
	var out bytes.Buffer
	if gob.NewEncoder(&out).Encode(list) != nil {
		return nil
	}
	return out.Bytes()
}

// Import implements lb.Carrier. The answers wait for the sections that Start
// makes.
func (m *Manager) Import(data []byte) {
	var list []carried
	if gob.NewDecoder(bytes.NewReader(data)).Decode(&list) != nil {
		return // what another version wrote; names are looked up again
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.came = map[string]map[key]carried{}
	for _, c := range list {
		if m.came[c.Section] == nil {
			m.came[c.Section] = map[key]carried{}
		}
		m.came[c.Section][key{c.Name, c.Family}] = c
	}
}

// restore gives a new resolution the answer that came for it.
func (m *Manager) restore(now int64, r *resolution) {
	c, ok := m.came[r.sec.name][r.key]
	if !ok {
		return
	}
	r.status, r.due = c.Status, now+c.DueIn
	if c.ValidAge >= 0 {
		r.lastValid = now - c.ValidAge
	}
	for _, rec := range c.Records {
		rec.Seen = now - rec.Seen
		r.records = append(r.records, rec)
	}
}
