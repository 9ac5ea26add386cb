package lb

import "testing"

func TestLimitFollowsTheLoad(t *testing.T) {
	for _, c := range []struct {
		name                              string
		minconn, maxconn, full, cur, ramp int64
		warmth                            int64
		want                              int64
	}{
		{"no limit", 0, 0, 0, 5, 0, 0, 0},
		{"maxconn", 0, 10, 0, 5, 0, 0, 10},
		{"idle backend: minconn", 2, 10, 100, 0, 0, 0, 2},
		{"half the way", 2, 10, 100, 50, 0, 0, 5},
		{"at fullconn: maxconn", 2, 10, 100, 100, 0, 0, 10},
		{"beyond fullconn", 2, 10, 100, 500, 0, 0, 10},
		{"minconn without fullconn", 2, 10, 0, 0, 0, 0, 10},
		{"slowstart: 3 of 7 s, in whole percent", 0, 40, 0, 0, 7, 42, 16},
		{"slowstart lets one in", 0, 3, 0, 0, 1, 0, 1},
		{"slowstart of a static algorithm", 0, 40, 0, 0, 16, 85, 34},
		{"a warm server", 0, 40, 0, 0, 0, 42, 40},
	} {
		srv := &Server{State: new(ServerState), Proxy: &Proxy{FullConn: c.full, Back: new(ProxyState)}}
		srv.MinConn.Store(c.minconn)
		srv.MaxConn.Store(c.maxconn)
		srv.Proxy.Back.Cur.Store(c.cur)
		srv.State.Ramp.Store(int32(c.ramp))
		srv.State.Warmth.Store(int32(c.warmth))
		if got := srv.Limit(); got != c.want {
			t.Errorf("%s: limit %d, want %d", c.name, got, c.want)
		}
	}
}

func TestUsable(t *testing.T) {
	for _, c := range []struct {
		name       string
		oper       Oper
		admin      Admin
		weight     int32
		up, usable bool
		effective  int64
	}{
		{"running", Running, 0, 2, true, true, 32},
		{"down", Stopped, 0, 2, false, false, 0},
		{"stopping keeps its sessions", Stopping, 0, 2, true, false, 0},
		{"maintenance", Running, ForcedMaint, 2, false, false, 0},
		{"no address", Running, ResolveMaint, 2, false, false, 0},
		{"drain keeps its sessions", Running, InheritedDrain, 2, true, false, 0},
		{"weight 0 keeps its sessions", Running, 0, 0, true, false, 0},
	} {
		srv := &Server{State: new(ServerState)}
		srv.State.Oper.Store(int32(c.oper))
		srv.State.Admin.Store(uint32(c.admin))
		srv.State.Weight.Store(c.weight)
		if srv.Up() != c.up || srv.Usable() != c.usable || srv.EffectiveWeight() != c.effective {
			t.Errorf("%s: up %v usable %v weight %d, want %v %v %d", c.name, srv.Up(), srv.Usable(), srv.EffectiveWeight(), c.up, c.usable, c.effective)
		}
	}
}
