package pattern

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// files is a reader of a file system in memory.
func files(m map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if name == "broken" {
			return nil, errors.New("input/output error")
		}
		text, ok := m[name]
		if !ok {
			return nil, fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
		}
		return []byte(text), nil
	}
}

// load makes a generation that uses one map, one list and inline patterns.
func load(t *testing.T, fsys map[string]string, prev *Refs) *Refs {
	t.Helper()
	rs := NewRefs(files(fsys), prev)
	m, err := rs.File("m.map", UserMap, "file 'x.cfg' line 2")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Use(Spec{Method: Str, Value: ValueStr}); err != nil {
		t.Fatal(err)
	}
	if _, err := rs.File("virt@v", UserACL, "file 'x.cfg' line 3"); err != nil {
		t.Fatal(err)
	}
	if _, err := rs.Inline("acl 'path' file 'x.cfg' line 4", 1, "fe/a", []string{"/a", "/b"}); err != nil {
		t.Fatal(err)
	}
	rs.Number()
	return rs
}

func TestRefsDescribeAndNumber(t *testing.T) {
	rs := NewRefs(files(map[string]string{"a.lst": "x\n", "m.map": "k v\n"}), nil)
	type use struct {
		name string
		user User
		line int
	}
	for _, u := range []use{
		{"a.lst", UserACL, 1}, {"file@a.lst", UserACL, 2}, {"opt@a.lst", UserACL, 3}, {"m.map", UserACLMap, 4},
		{"m.map", UserMap, 5}, {"opt@none", UserACL, 6}, {"virt@v", UserMap, 7},
	} {
		if _, err := rs.File(u.name, u.user, fmt.Sprintf("file 'x.cfg' line %d", u.line)); err != nil {
			t.Fatalf("%s: %v", u.name, err)
		}
	}
	if _, err := rs.Inline("acl 'path' file 'x.cfg' line 8", 2, "", []string{"p"}); err != nil {
		t.Fatal(err)
	}
	rs.Number()
	var got []string
	for _, r := range rs.All() {
		got = append(got, fmt.Sprintf("%d (%s) %s. acl=%v two=%v n=%d", r.ID, r.Name, r.Desc, r.ACL, r.TwoColumns, r.Len()))
	}
	want := []string{
		"0 (a.lst) pattern loaded from file 'a.lst' used by acl at file 'x.cfg' line 1, by acl at file 'x.cfg' line 2, by acl at file 'x.cfg' line 3. acl=true two=false n=1",
		"1 (m.map) pattern loaded from file 'm.map' used by map at file 'x.cfg' line 4, by map at file 'x.cfg' line 5. acl=true two=true n=1",
		"2 () acl 'path' file 'x.cfg' line 8. acl=true two=false n=1",
		"3 (none) pattern loaded from file 'opt@none' used by acl at file 'x.cfg' line 6. acl=true two=false n=0",
		"4 (virt@v) pattern loaded from file 'virt@v' used by map at file 'x.cfg' line 7. acl=false two=true n=0",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
	for name, id := range map[string]int{"#2": 2, "a.lst": 0, "virt@v": 4, "#4": 4} {
		if r := rs.Find(name); r == nil || r.ID != id {
			t.Errorf("Find(%q) = %v, want #%d", name, r, id)
		}
	}
	for _, name := range []string{"#9", "#x", "", "nope", "#-1"} {
		if r := rs.Find(name); r != nil {
			t.Errorf("Find(%q) = #%d, want none", name, r.ID)
		}
	}
}

func TestRefsReportErrorsInHAProxysWords(t *testing.T) {
	rs := NewRefs(files(map[string]string{"a.lst": "# c\nlead\n", "m.map": "1.2.3.4 v\n"}), nil)
	list, _ := rs.File("a.lst", UserACL, "")
	m, _ := rs.File("m.map", UserMap, "")
	_, twoErr := rs.File("a.lst", UserMap, "")
	_, oneErr := rs.File("m.map", UserACL, "")
	_, missing := rs.File("none", UserACL, "")
	_, broken := rs.File("broken", UserACL, "")
	_, badIP := list.Use(Spec{Method: IP})
	_, badValue := m.Use(Spec{Method: IP, Value: ValueInt})
	rs.Inline("first", 7, "", nil)
	_, twice := rs.Inline("second", 7, "", nil)
	inline, _ := rs.Inline("", -1, "", []string{"x"})
	_, badInline := inline.Use(Spec{Method: Int})
	for _, c := range []struct {
		err  error
		want string
	}{
		{twoErr, `The file "a.lst" is already used as one column file and cannot be used by as two column file.`},
		{oneErr, `The file "m.map" is already used as two column file and cannot be used by as one column file.`},
		{missing, "failed to open pattern file <none>"},
		{broken, "error encountered while reading  <broken> : input/output error"},
		{badIP, "'lead' is not a valid IPv4 or IPv6 address at line 2 of file 'a.lst'"},
		{badValue, "unable to parse 'v' at line 1 of file 'm.map'"},
		{badInline, "'x' is not a number"},
		{twice, "the id 7 is already used by first"},
	} {
		if got := errText(c.err); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestReloadKeepsRuntimeChangesOfUnchangedFiles(t *testing.T) {
	before := map[string]string{"m.map": "k v\n"}
	old := load(t, before, nil)
	for _, c := range []struct{ ref, pattern string }{{"m.map", "added"}, {"virt@v", "virtual"}, {"#1", "/c"}} {
		if err := old.Find(c.ref).AddValue(c.pattern, "x"); err != nil {
			t.Fatal(err)
		}
	}
	same := load(t, before, old)
	for ref, want := range map[string]string{"m.map": "k v; added x", "virt@v": "virtual x", "#1": "/a; /b; /c x"} {
		if got := show(same.Find(ref).List); got != want {
			t.Errorf("%s: %q, want %q", ref, got, want)
		}
	}
	changed := load(t, map[string]string{"m.map": "k w\n"}, same)
	if got := show(changed.Find("m.map").List); got != "k w" {
		t.Errorf("changed file: %q, want its own contents", got)
	}
	if got := show(same.Find("m.map").List); got != "k v; added x" {
		t.Errorf("the old generation changed: %q", got)
	}
}

func TestReloadLeavesOutRuntimeEntriesThatDoNotSuitNewSets(t *testing.T) {
	fsys := map[string]string{"m.map": "1.2.3.4 v\n"}
	old := load(t, fsys, nil)
	if err := old.Find("m.map").AddValue("no address", "x"); err != nil {
		t.Fatal(err)
	}
	rs := NewRefs(files(fsys), old)
	r, err := rs.File("m.map", UserMap, "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Use(Spec{Method: IP, Value: ValueStr})
	if err != nil {
		t.Fatalf("a runtime addition spoils the reload: %v", err)
	}
	if got := matched(s, "1.2.3.4"); got != "1.2.3.4" {
		t.Errorf("match = %q", got)
	}
	if n := len(r.Sets()); n != 2 {
		t.Errorf("%d sets, want the old generation's and the new one", n)
	}
	rs.Release()
	if n := len(r.Sets()); n != 1 {
		t.Errorf("%d sets after a failed link, want the old generation's", n)
	}
}
