package link

import (
	"testing"

	"segue/internal/conf"
	"segue/internal/lb"
)

// TestDialsOfTheProcessBefore: what a command set goes on unless the file says
// something else for the same word.
func TestDialsOfTheProcessBefore(t *testing.T) {
	for _, c := range []struct {
		name     string
		came     inheritance
		conf     conf.Global
		rate     int64
		maxConn  int64
		profiles int64
	}{
		{name: "nothing came", conf: conf.Global{MaxConn: 100, MaxConnRate: 5}, rate: 5, maxConn: 100, profiles: 15},
		{name: "the file is the same", came: inheritance{dials: map[string]dialed{"maxconnrate": {5, 9}, "profiling.tasks": {15, -1}}, maxConn: dialed{100, 80}},
			conf: conf.Global{MaxConn: 100, MaxConnRate: 5}, rate: 9, maxConn: 80, profiles: -1},
		{name: "the file says something else", came: inheritance{dials: map[string]dialed{"maxconnrate": {5, 9}}, maxConn: dialed{100, 80}},
			conf: conf.Global{MaxConn: 200, MaxConnRate: 6}, rate: 6, maxConn: 200, profiles: 15},
		{name: "computed anew", came: inheritance{maxConn: dialed{100, 80}, autoMaxConn: true}, conf: conf.Global{MaxConn: 90, AutoMaxConn: true}, maxConn: 80, profiles: 15},
		{name: "computed to less than was set", came: inheritance{maxConn: dialed{100, 80}, autoMaxConn: true}, conf: conf.Global{MaxConn: 70, AutoMaxConn: true}, maxConn: 70, profiles: 15},
		{name: "computed before", came: inheritance{maxConn: dialed{100, 80}, autoMaxConn: true}, conf: conf.Global{MaxConn: 90}, maxConn: 90, profiles: 15},
		{name: "a word that this version does not know", came: inheritance{dials: map[string]dialed{"of the future": {1, 2}}}, conf: conf.Global{MaxConn: 1}, maxConn: 1, profiles: 15},
	} {
		e, err := NewEngine(1)
		if err != nil {
			t.Fatal(err)
		}
		e.came = c.came
		r := &Result{Model: &conf.Model{Global: c.conf}}
		e.limits(r, nil)
		p := e.Process
		if p.ConnRateLimit.Load() != c.rate || p.MaxConn.Load() != c.maxConn || int64(p.Threads[0].Timing()) != c.profiles {
			t.Errorf("%s: maxconnrate %d, maxconn %d, profiling %d, want %d, %d, %d", c.name,
				p.ConnRateLimit.Load(), p.MaxConn.Load(), p.Threads[0].Timing(), c.rate, c.maxConn, c.profiles)
		}
		// In place, what holds stays while the file does not change.
		p.ConnRateLimit.Store(77)
		e.limits(r, &lb.Generation{Conf: r.Model})
		if p.ConnRateLimit.Load() != 77 || p.MaxConn.Load() != c.maxConn {
			t.Errorf("%s, reloaded in place: maxconnrate %d, maxconn %d", c.name, p.ConnRateLimit.Load(), p.MaxConn.Load())
		}
	}
}
