package pattern

import (
	"encoding/json"
	"testing"
)

func TestStateSurvivesIntoAnotherProcess(t *testing.T) {
	fsys := map[string]string{"m.map": "k v\nj w\n"}
	old := load(t, fsys, nil)
	if n := len(old.Export()); n != 0 {
		t.Fatalf("%d Refs exported before any change", n)
	}
	m := old.Find("m.map")
	m.Del("k")
	m.AddValue("new", "x")
	v := m.Prepare()
	m.AddVersion(v, "next", "y", true)
	text, err := json.Marshal(old.Export())
	if err != nil {
		t.Fatal(err)
	}
	var states []RefState
	if err := json.Unmarshal(text, &states); err != nil || len(states) != 1 {
		t.Fatalf("%v, %d states, want the changed map's only", err, len(states))
	}
	r := load(t, fsys, ImportRefs(states)).Find("m.map")
	if got := show(r.List); got != "j w; new x" {
		t.Errorf("adopted: %q", got)
	}
	if err := r.Commit(v); err != nil || show(r.List) != "next y" {
		t.Errorf("prepared version: %v, %q", err, show(r.List))
	}
	if err := r.AddValue("more", "z"); err != nil || r.Entries()[1].ID <= r.Entries()[0].ID {
		t.Errorf("IDs do not grow: %v", err)
	}
}
