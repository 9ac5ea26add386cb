package pattern

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// show lists the entries of the version that matches as "show map" does.
func show(l *List) string {
	var out []string
	for _, e := range l.Entries() {
		out = append(out, strings.TrimRight(e.Pattern+" "+e.Value(), " "))
	}
	return strings.Join(out, "; ")
}

func TestListFeedsAllItsSets(t *testing.T) {
	l, str := set(t, Spec{Method: Str, Value: ValueStr})
	if err := l.AddValue("abc", "1"); err != nil {
		t.Fatal(err)
	}
	beg, err := l.use(Spec{Method: Beg, Value: ValueStr})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.AddValue("abcd", "2"); err != nil {
		t.Fatal(err)
	}
	if got := matched(str, "abcd"); got != "abcd" {
		t.Errorf("str: %q", got)
	}
	if got := matched(beg, "abcx"); got != "abc" {
		t.Errorf("beg, pattern from before the Set: %q", got)
	}
	if err := l.Del("abc"); err != nil {
		t.Fatal(err)
	}
	if got := matched(str, "abc") + matched(beg, "abcx"); got != "--" {
		t.Errorf("after del: %q", got)
	}
	again, _ := l.use(Spec{Method: Str, Value: ValueStr})
	if again != str || len(l.Sets()) != 2 {
		t.Errorf("the same Spec gave another Set; %d sets", len(l.Sets()))
	}
	l.release(again)
	l.release(beg)
	if n := len(l.Sets()); n != 1 {
		t.Errorf("%d sets after release, want 1: str has a user left", n)
	}
}

func TestDuplicatesMatchInOrderUntilDeleted(t *testing.T) {
	for _, c := range []struct {
		method        Method
		pattern, text string
	}{
		{Str, "k", "k"}, {Beg, "k", "kx"}, {End, "k", "xk"}, {Sub, "k", "xkx"}, {Dir, "k", "/k/"},
		{IP, "10.0.0.0/8", "10.1.1.1"}, {IP, "10.0.0.1/255.0.0.255", "10.1.1.1"}, {Int, "1:5", "3"},
		{Len, "1", "k"}, {Reg, "^k", "kk"}, {Bin, "6b", "k"},
	} {
		t.Run(c.method.String()+" "+c.pattern, func(t *testing.T) {
			l, s := set(t, Spec{Method: c.method})
			for _, v := range []string{"1", "2", "3"} {
				if err := l.AddValue(c.pattern, v); err != nil {
					t.Fatal(err)
				}
			}
			for _, want := range []string{"1", "2", "3"} {
				e := s.Match(input(c.method, c.text))
				if e == nil || e.Value() != want {
					t.Fatalf("match = %v, want value %s", e, want)
				}
				if err := l.DelID(e.ID); err != nil {
					t.Fatal(err)
				}
			}
			if e := s.Match(input(c.method, c.text)); e != nil {
				t.Errorf("match = %q after all are deleted", e.Value())
			}
		})
	}
}

func TestDeletedNetworkGivesWayToTheShorter(t *testing.T) {
	l, s := set(t, Spec{Method: IP}, "10.0.0.0/8", "0.0.0.0/0", "10.1.0.0/16", "10.1.2.0/24")
	in := input(IP, "10.1.2.3")
	for _, want := range []string{"10.1.2.0/24", "10.1.0.0/16", "10.0.0.0/8", "0.0.0.0/0"} {
		e := s.Match(in)
		if e == nil || e.Pattern != want {
			t.Fatalf("match = %v, want %s", e, want)
		}
		if err := l.Del(want); err != nil {
			t.Fatal(err)
		}
	}
	if e := s.Match(in); e != nil {
		t.Errorf("match = %s, want none", e.Pattern)
	}
}

func TestVersionsReplaceAtomically(t *testing.T) {
	l, s := set(t, Spec{Method: Reg, Value: ValueStr})
	l.AddValue("^old", "o")
	v := l.Prepare()
	if err := l.AddVersion(v, "^new", "n", true); err != nil {
		t.Fatal(err)
	}
	if err := l.AddVersion(v+1, "^x", "", true); !errors.Is(err, ErrVersionAhead) {
		t.Errorf("add to a version not given out: %v", err)
	}
	if got := matched(s, "old") + matched(s, "new"); got != "^old-" {
		t.Errorf("before commit: %q", got)
	}
	if n := l.Len(); n != 2 {
		t.Errorf("Len = %d, want 2: it counts all versions", n)
	}
	for _, bad := range []uint32{0, v + 1, v - 2} {
		if err := l.Commit(bad); !errors.Is(err, ErrVersionRange) {
			t.Errorf("Commit(%d) = %v", bad, err)
		}
	}
	if err := l.Commit(v); err != nil {
		t.Fatal(err)
	}
	if got := matched(s, "old") + matched(s, "new"); got != "-^new" {
		t.Errorf("after commit: %q", got)
	}
	if cur, next := l.Versions(); cur != v || next != v || l.Len() != 1 {
		t.Errorf("cur %d next %d len %d, want %d %d 1", cur, next, l.Len(), v, v)
	}
}

func TestCommitKeepsLaterVersionsAndWraps(t *testing.T) {
	l := &List{cur: 0xffffffff, next: 0xffffffff}
	s, _ := l.use(Spec{Method: Str})
	a, b := l.Prepare(), l.Prepare()
	if a != 0 || b != 1 {
		t.Fatalf("versions %d, %d after 0xffffffff", a, b)
	}
	l.AddVersion(a, "a", "", false)
	l.AddVersion(b, "b", "", false)
	if err := l.Commit(a); err != nil || show(l) != "a" || l.Len() != 2 {
		t.Errorf("commit a: %v, %q, len %d", err, show(l), l.Len())
	}
	l.ClearVersion(a)
	if got := matched(s, "a"); got != "-" || l.Len() != 1 {
		t.Errorf("after clear: %q, len %d", got, l.Len())
	}
	if err := l.Commit(b); err != nil || show(l) != "b" {
		t.Errorf("commit b: %v, %q", err, show(l))
	}
	l.Clear()
	if got := matched(s, "b"); got != "-" || l.Len() != 0 {
		t.Errorf("after clear: %q, len %d", got, l.Len())
	}
}

func TestSetAndDelByKeyAndID(t *testing.T) {
	l, s := set(t, Spec{Method: Str, Value: ValueInt})
	for _, kv := range [][2]string{{"k", "1"}, {"k", "2"}, {"j", "3"}} {
		if err := l.AddValue(kv[0], kv[1]); err != nil {
			t.Fatal(err)
		}
	}
	steps := []struct {
		name string
		do   func() error
		err  string
		want string
	}{
		{"all of a key", func() error { return l.Set("k", "7") }, "", "k 7; k 7; j 3"},
		{"one by ID", func() error { return l.SetID(2, "8") }, "", "k 7; k 8; j 3"},
		{"a value of another type", func() error { return l.Set("k", "x") }, "unable to parse 'x'", "k 7; k 8; j 3"},
		{"unknown key", func() error { return l.Set("q", "1") }, ErrNotFound.Error(), "k 7; k 8; j 3"},
		{"unknown ID", func() error { return l.SetID(9, "1") }, ErrNotFound.Error(), "k 7; k 8; j 3"},
		{"add of another type", func() error { return l.AddValue("z", "y") }, "unable to parse 'y'", "k 7; k 8; j 3"},
		{"delete a key", func() error { return l.Del("k") }, "", "j 3"},
		{"again", func() error { return l.Del("k") }, ErrNotFound.Error(), "j 3"},
		{"by ID", func() error { return l.DelID(3) }, "", ""},
		{"by ID again", func() error { return l.DelID(3) }, ErrNotFound.Error(), ""},
	}
	for _, c := range steps {
		if err := c.do(); c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.err)
		}
		if got := show(l); got != c.want {
			t.Errorf("%s: list %q, want %q", c.name, got, c.want)
		}
	}
	if got := matched(s, "j"); got != "-" {
		t.Errorf("j still matches: %q", got)
	}
}

// Many small changes go through merged segments and sweeps; the result must be
// that of a list built at once.
func TestManyChangesLeaveTheSameSets(t *testing.T) {
	for m := Int; m <= Reg; m++ {
		l, s := set(t, Spec{Method: m})
		var live []string
		for i := range 300 {
			p := samplePattern(m, i)
			if err := l.Add(p); err != nil {
				t.Fatal(err)
			}
			if i%3 == 0 {
				live = append(live, p)
				continue
			}
			if err := l.DelID(uint64(i + 1)); err != nil {
				t.Fatal(err)
			}
		}
		if n := l.Len(); n != len(live) {
			t.Fatalf("%v: len %d, want %d", m, n, len(live))
		}
		_, fresh := set(t, Spec{Method: m}, live...)
		for i := range 400 {
			text := sampleText(m, i)
			if got, want := matched(s, text), matched(fresh, text); got != want {
				t.Fatalf("%v %q: %q, want %q", m, text, got, want)
			}
		}
	}
}

// samplePattern and sampleText make patterns and texts that often meet.
func samplePattern(m Method, i int) string {
	switch m {
	case Int, Len:
		return fmt.Sprintf("%d:%d", i*7%100, i*7%100+i%13)
	case IP:
		return fmt.Sprintf("10.%d.%d.0/%d", i%7, i%11, 8+i%17)
	case Bin:
		return fmt.Sprintf("%04x", i%50)
	case Reg:
		return fmt.Sprintf("^%s$", samplePattern(Str, i))
	}
	return strings.Repeat("a/", i%5) + fmt.Sprint(i%40)
}

func sampleText(m Method, i int) string {
	switch m {
	case Int:
		return fmt.Sprint(i % 120)
	case Len:
		return strings.Repeat("x", i%120)
	case IP:
		return fmt.Sprintf("10.%d.%d.%d", i%8, i%13, i%256)
	case Bin:
		return string([]byte{0, byte(i % 60)})
	}
	return samplePattern(Str, i) + strings.Repeat("/", i%2)
}

func TestAppendEntriesPages(t *testing.T) {
	l, _ := set(t, Spec{Method: Str}, "a", "b", "c", "d")
	l.Del("c")
	var got []string
	after := uint64(0)
	for {
		page := l.AppendEntries(nil, 0, after, 2)
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			got = append(got, e.Pattern)
		}
		after = page[len(page)-1].ID
	}
	if s := strings.Join(got, ""); s != "abd" {
		t.Errorf("pages = %q, want abd", s)
	}
}

func TestMatchWhileOthersWrite(t *testing.T) {
	l, s := set(t, Spec{Method: Beg, Value: ValueStr}, "always")
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			in := input(Beg, "always there")
			for {
				select {
				case <-stop:
					return
				default:
				}
				if s.Match(in) == nil {
					t.Error("an entry of every version was missing for a moment")
					return
				}
			}
		}()
	}
	for i := range 500 {
		l.AddValue(fmt.Sprint(i), "v")
		l.Set(fmt.Sprint(i), "w")
		l.Del(fmt.Sprint(i / 2))
		if i%50 == 0 {
			v := l.Prepare()
			l.AddVersion(v, "always", "x", true)
			if err := l.Commit(v); err != nil {
				t.Error(err)
			}
		}
	}
	close(stop)
	wg.Wait()
}

func TestUseResolvesNamesOnlyAtLoad(t *testing.T) {
	l := &List{}
	l.insert([]*Entry{newEntry("web/24", "", false, "x.lst", 4), newEntry("10.12", "", false, "x.lst", 5)}, 0)
	asked := 0
	dns := func(host string) (netip.Addr, error) {
		asked++
		if host != "web" {
			return netip.Addr{}, errors.New("no such host")
		}
		return netip.MustParseAddr("192.0.2.7"), nil
	}
	if _, err := l.use(Spec{Method: IP, Flags: NoDNS, Lookup: dns}); err == nil ||
		err.Error() != "'web/24' is not a valid IPv4 or IPv6 address at line 4 of file 'x.lst'" {
		t.Errorf("with -n: %v", err)
	}
	s, err := l.use(Spec{Method: IP, Lookup: dns})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Add("192.0.2.128/25"); err != nil { // merges the segment: names are indexed again
		t.Fatal(err)
	}
	if got := matched(s, "192.0.2.99"); got != "web/24" {
		t.Errorf("resolved name: %q", got)
	}
	if got := matched(s, "10.0.0.12"); got != "10.12" {
		t.Errorf("abbreviated address: %q", got)
	}
	if err := l.Add("web"); err == nil || asked != 1 {
		t.Errorf("a runtime addition resolved a name: %v, asked %d times", err, asked)
	}
}

func TestBatchIsCheckedAgainForSetsMadeMeanwhile(t *testing.T) {
	l, s := set(t, Spec{Method: Str})
	b := l.Begin()
	for _, p := range []string{"1", "x"} {
		if err := b.Add(p, "", false, "", -1); err != nil {
			t.Fatal(err)
		}
	}
	if got := matched(s, "1"); got != "-" {
		t.Errorf("visible before Commit: %q", got)
	}
	if _, err := l.use(Spec{Method: Int}); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(); err == nil || l.Len() != 0 {
		t.Errorf("Commit = %v with %d entries; x is no number", err, l.Len())
	}
}
