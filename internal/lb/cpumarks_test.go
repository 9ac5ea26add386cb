package lb

import "testing"

func TestCPUMarksTellOfTheTimeJustGone(t *testing.T) {
	const s = 1e9
	var m CPUMarks
	steps := []struct {
		name       string
		at, used   int64
		span, busy int64
	}{
		{name: "at once: since the start", at: s / 2, used: s / 4, span: s / 2, busy: s / 4},
		{name: "first mark", at: 10 * s, used: 5 * s, span: 10 * s, busy: 5 * s},
		{name: "since that mark", at: 20 * s, used: 6 * s, span: 10 * s, busy: s},
		{name: "asked twice", at: 20*s + 1, used: 6 * s, span: 10*s + 1, busy: s},
		{name: "a second later", at: 21*s + 2, used: 7 * s, span: s + 2, busy: s},
	}
	for _, st := range steps {
		if span, busy := m.Since(st.at, st.used); span != st.span || busy != st.busy {
			t.Errorf("%s: Since(%d, %d) = %d, %d, want %d, %d", st.name, st.at, st.used, span, busy, st.span, st.busy)
		}
	}
}
