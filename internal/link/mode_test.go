package link

import (
	"testing"
)

// A frontend whose mode a reload changes: the request that comes on a connection
// from before is still one, gets its answer, and the connection ends with it.
// What connects after the reload is served as the new file says.
func TestModeChangesUnderIdleConnections(t *testing.T) {
	listen := func(mode string) string {
		return tested + " mode " + mode + "\nlisten l\n bind %[1]s\n server s %[2]s\n"
	}
	r := newRig(t)
	r.load(listen("http"))
	fresh, kept := r.dial(), r.dial()
	if res, err := kept.get("/"); err != nil || res.StatusCode != 200 || res.Close {
		t.Fatalf("before the reload: %v %v", res, err)
	}
	gen := r.w.engine.Process.Gen.Load()
	waitFor(t, "both connections are idle", func() bool { return r.w.engine.holders(gen).Idle == 2 })
	r.load(listen("tcp"))
	for name, c := range map[string]*client{"a fresh connection": fresh, "a kept connection": kept} {
		if res, err := c.get("/"); err != nil || res.StatusCode != 200 || !res.Close {
			t.Errorf("%s: %v %v, want a 200 that says that the connection ends", name, res, err)
		}
	}
	c := r.dial()
	for range 2 {
		if res, err := c.get("/"); err != nil || res.StatusCode != 200 {
			t.Errorf("through TCP: %v %v", res, err)
		}
	}
}
