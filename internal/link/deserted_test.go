package link

import "testing"

// A server that a reload drops keeps no idle connections: a worker that takes a
// new list of servers at each reload would collect them.
func TestDroppedServersKeepNoConnections(t *testing.T) {
	web := func(name string) string {
		return tested + " mode http\nlisten l\n bind %[1]s\n balance roundrobin\n server kept %[2]s weight 1\n server " + name + " %[2]s pool-purge-delay 1m\n"
	}
	r := newRig(t)
	r.load(web("one"))
	c := r.dial()
	for range 4 {
		if res, err := c.get("/"); err != nil || res.StatusCode != 200 {
			t.Fatalf("%v %v", res, err)
		}
	}
	servers := r.w.engine.Process.Gen.Load().Backs["l"].ByName
	kept, dropped := servers["kept"].State, servers["one"].State
	waitFor(t, "both servers have an idle connection", func() bool { return kept.IdleConns.Load() == 1 && dropped.IdleConns.Load() == 1 })
	r.load(web("two"))
	waitFor(t, "the dropped server has none", func() bool { return dropped.Conns.Load() == 0 })
	if n := kept.IdleConns.Load(); n != 1 {
		t.Errorf("the server that stays has %d idle connections, want 1", n)
	}
}
