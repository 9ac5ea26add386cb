package lb

import (
	"bytes"
	"encoding/gob"
	"testing"
)

// tally is a feature's object that is carried, such as a table or a key store.
type tally struct{ n byte }

func (t *tally) Export() []byte     { return []byte{t.n} }
func (t *tally) Import(data []byte) { t.n = data[0] }

// plain is one that stays with its process.
type plain struct{ n byte }

// tallyOf finds or makes the object of a name.
func tallyOf(s *State, name string) *tally {
	return s.Object("test/"+name, func() any { return new(tally) }).(*tally)
}

// reload links a configuration that names the objects; it is put into service
// unless it is dropped.
func reload(s *State, drop bool, names ...string) {
	d := s.Draft()
	for _, n := range names {
		tallyOf(d, n)
	}
	if !drop {
		s.Commit(d)
	}
}

// moved is the state in a new process.
func moved(t *testing.T, s *State) *State {
	t.Helper()
	var wire bytes.Buffer
	snap := s.Snapshot(&Generation{}, 0)
	if err := gob.NewEncoder(&wire).Encode(&snap); err != nil {
		t.Fatal(err)
	}
	var in Snapshot
	if err := gob.NewDecoder(&wire).Decode(&in); err != nil {
		t.Fatal(err)
	}
	next := NewState()
	next.Restore(&in)
	return next
}

// TestObjectsAreAdopted: one rule for a reload in place and for a new process. A
// feature has nothing to do for it but name its object and be a Carrier.
func TestObjectsAreAdopted(t *testing.T) {
	here := func(_ *testing.T, s *State) *State { return s }
	for _, tc := range []struct {
		name string
		then func(t *testing.T, s *State) *State // between two configurations
		keep bool                                // the object is the same one
	}{{"in place", here, true}, {"in a new process", moved, false}} {
		t.Run(tc.name, func(t *testing.T) {
			s := NewState()
			reload(s, false, "a", "b")
			a := tallyOf(s, "a")
			a.n = 7
			tallyOf(s, "b").n = 8
			tallyOf(s, "command").n = 9 // made by a command, named by no file

			s = tc.then(t, s)
			reload(s, true, "a") // a reload that fails
			reload(s, false, "a", "c")
			if got := tallyOf(s, "a"); got.n != 7 || (got == a) != tc.keep {
				t.Errorf("a = %d, the same %v; want 7, %v", got.n, got == a, tc.keep)
			}
			if got := tallyOf(s, "c").n; got != 0 {
				t.Errorf("a new object has %d", got)
			}

			s = tc.then(t, s)
			reload(s, false, "a", "b", "c")
			if got := tallyOf(s, "a").n; got != 7 {
				t.Errorf("a = %d after the second time, want 7", got)
			}
			if got := tallyOf(s, "b").n; got != 0 {
				t.Errorf("b = %d, though a file between did not name it", got)
			}
			s = tc.then(t, s)
			if got := tallyOf(s, "command").n; got != 9 {
				t.Errorf("the command's object = %d after three times, want 9", got)
			}
		})
	}
}

func TestPlainObjectsStay(t *testing.T) {
	s := NewState()
	s.Object("test/p", func() any { return new(plain) }).(*plain).n = 3
	if got := moved(t, s).Object("test/p", func() any { return new(plain) }).(*plain).n; got != 0 {
		t.Errorf("an object that is no Carrier came along with %d", got)
	}
}
