package lb

import "sync"

// CPUMarks remember how much processor time the process had used when, so that
// a share of it can be told for the time just gone by rather than for its whole
// life. The zero value begins with the process.
type CPUMarks struct {
	mu       sync.Mutex
	old, new cpuMark
}

type cpuMark struct{ at, used int64 }

// minSpan is the shortest time that a share is told for, in ns.
const minSpan = 1e9

// Since notes that the process has used that much at a moment of its life, both
// in ns, and returns the time since an earlier mark and what was used of it. The
// mark is the newest that is at least a second old.
func (m *CPUMarks) Since(at, used int64) (span, busy int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	from := m.old
	if at-m.new.at >= minSpan {
		from = m.new
		m.old, m.new = m.new, cpuMark{at, used}
	}
	return at - from.at, used - from.used
}
