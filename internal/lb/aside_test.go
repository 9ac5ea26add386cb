package lb

import "testing"

func TestServerAsideLeavesNoTrace(t *testing.T) {
	s := NewState()
	was, _ := s.Server("b", "x")
	d := s.Aside()
	st, existed := d.Server("b", "x")
	if existed || st == was {
		t.Error("the server aside is the one that serves")
	}
	d.Server("b", "y")
	if now, _ := s.Server("b", "x"); now != was {
		t.Error("a server aside took the place of one that serves")
	}
	if _, existed := s.Server("b", "y"); existed {
		t.Error("a server that was refused left its state")
	}
	if d.Object("f/o", func() any { return new(int) }) != s.Object("f/o", func() any { return new(int) }) {
		t.Error("an object of a feature exists twice")
	}
	s.KeepServer("b", "x", st)
	if now, _ := s.Server("b", "x"); now != st {
		t.Error("the server that was kept is unknown")
	}
}

func TestBackendAsideLeavesNoTrace(t *testing.T) {
	s := NewState()
	px := s.Aside().Proxy("b", "x")
	px.Unpub.Store(true)
	if s.Proxy("b", "x") == px {
		t.Error("a backend that was refused left its state")
	}
	s.KeepBackend("x", px)
	if s.Proxy("b", "x") != px {
		t.Error("the backend that was kept is unknown")
	}
	s.DropBackend("x")
	if s.Proxy("b", "x") == px {
		t.Error("a deleted backend left its state to the next of its name")
	}
}
