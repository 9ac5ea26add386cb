package pattern

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"
)

// User says who names a file: it decides on columns and on which listing shows
// it ("show acl", "show map").
type User uint8

// The users of files.
const (
	UserACL    User = iota // acl ... -f file: one column
	UserACLMap             // acl ... -M -f file: two columns
	UserMap                // map converters: two columns
)

func (u User) noun() string {
	if u == UserACL {
		return "acl"
	}
	return "map"
}

// Ref is a List under its name in one generation of the configuration. All
// fields are constant once the generation is linked.
type Ref struct {
	*List
	ID         int    // what "#<id>" means, set by Refs.Number
	Name       string // identity: file name, "virt@..." or ""
	Desc       string // what "show map" prints behind the name
	TwoColumns bool   // entries have values: "add acl" is refused
	ACL        bool   // listed by "show acl"

	key    string // identity over generations, "" for none
	digest digest // of the patterns that the configuration gave
	forced bool   // ID is from "-u"
	sets   []*Set // to be released with the generation
}

// digest is a hash of the entries that a configuration gave a Ref.
type digest [sha256.Size]byte

// Use returns the Set for spec, shared by all who ask for the same. The error
// names line and file of an entry that does not suit it.
func (r *Ref) Use(spec Spec) (*Set, error) {
	s, err := r.use(spec)
	if err == nil {
		r.sets = append(r.sets, s)
	}
	return s, err
}

// Refs is the table of a generation's Refs. It is filled by one thread while
// the generation is linked and only read afterwards.
type Refs struct {
	prev map[string][]*Ref // by key, of the generation before, for adoption; nil after Number
	all  []*Ref
	read func(name string) ([]byte, error)
	// replaced are the Lists of the generation before whose files have changed, by
	// name.
	replaced map[string]*List
	// Brief: lists without a name or an id are not listed, and live as long as who
	// asked for them. Set at once by a check, where nothing runs afterwards.
	Brief bool
}

// NewRefs starts the table of a generation. read returns a file's contents. A
// list of the generation before (prev, may be nil) that the configuration has
// not changed is taken over with all that was done to it at run time.
func NewRefs(read func(name string) ([]byte, error), prev *Refs) *Refs {
	rs := &Refs{read: read}
	if prev != nil {
		rs.prev = make(map[string][]*Ref, len(prev.all))
		for _, r := range prev.all {
			if r.key != "" {
				rs.prev[r.key] = append(rs.prev[r.key], r)
			}
		}
	}
	return rs
}

// File returns the Ref of a file name in the form of manual 2.7 and loads it at
// first mention. where is the place that mentions it: "file 'x.cfg' line 3".
func (rs *Refs) File(name string, user User, where string) (*Ref, error) {
	name = strings.TrimPrefix(name, "file@")
	id := strings.TrimPrefix(name, "opt@")
	two := user != UserACL
	for _, r := range rs.all {
		if r.Name == id {
			if r.TwoColumns != two {
				return nil, columnsError(id, r.TwoColumns)
			}
			r.Desc += ", by " + user.noun() + " at " + where
			r.ACL = r.ACL || user != UserMap
			return r, nil
		}
	}
	text, err := rs.contents(name, id)
	if err != nil {
		return nil, err
	}
	r := &Ref{
		Name:       id,
		Desc:       "pattern loaded from file '" + name + "' used by " + user.noun() + " at " + where,
		TwoColumns: two,
		ACL:        user != UserMap,
		key:        "file " + id,
	}
	var entries []*Entry
	_ = Lines(text, two, func(line int, pattern, value string) error {
		entries = append(entries, newEntry(pattern, value, two, id, line))
		return nil
	})
	rs.adopt(r, entries)
	return r, nil
}

// contents reads what a name stands for; id is the name without "opt@".
func (rs *Refs) contents(name, id string) (string, error) {
	if strings.HasPrefix(name, "virt@") {
		return "", nil
	}
	text, err := rs.read(id)
	switch {
	case err == nil:
		return string(text), nil
	case name != id && errors.Is(err, fs.ErrNotExist):
		return "", nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return "", fmt.Errorf("failed to open pattern file <%s>", id)
	}
	return "", fmt.Errorf("error encountered while reading  <%s> : %w", id, err)
}

func columnsError(name string, two bool) error {
	has, wants := "one", "two"
	if two {
		has, wants = wants, has
	}
	return fmt.Errorf("The file \"%s\" is already used as %s column file and cannot be used by as %s column file.",
		name, has, wants)
}

// Inline returns the Ref of patterns written in the configuration itself. desc
// is "acl 'path' file 'x.cfg' line 3"; id is the number from "-u" or -1; key
// names the place independently of its line (a proxy and an ACL, say), so that
// a reload finds it again, "" if nothing does.
func (rs *Refs) Inline(desc string, id int, key string, patterns []string) (*Ref, error) {
	r := &Ref{Desc: desc, ID: id, forced: id >= 0, ACL: true}
	if r.forced {
		for _, o := range rs.all {
			if o.forced && o.ID == id {
				return nil, fmt.Errorf("the id %d is already used by %s", id, o.Desc)
			}
		}
	}
	if key != "" {
		r.key = "inline " + key
	}
	entries := make([]*Entry, len(patterns))
	for i, p := range patterns {
		entries[i] = newEntry(p, "", false, "", 0)
	}
	rs.adopt(r, entries)
	return r, nil
}

// adopt gives r the List of the same identity from the generation before if
// the configuration still says the same, else a new one with entries.
func (rs *Refs) adopt(r *Ref, entries []*Entry) {
	if !rs.Brief || r.Name != "" || r.forced {
		rs.all = append(rs.all, r)
	}
	r.digest = digestOf(entries, r.TwoColumns)
	for _, o := range rs.prev[r.key] {
		if o.digest == r.digest {
			r.List = o.List
			return
		}
	}
	if old := rs.prev[r.key]; len(old) > 0 && r.Name != "" {
		if rs.replaced == nil {
			rs.replaced = map[string]*List{}
		}
		rs.replaced[r.Name] = old[0].List
	}
	r.List = &List{}
	r.insert(entries, 0)
}

// Lost says how many entries that were set at run time the changed files throw
// away, by the file's name. It answers once.
func (rs *Refs) Lost() map[string]int {
	out := map[string]int{}
	for name, l := range rs.replaced {
		if n := l.setAtRunTime(); n > 0 {
			out[name] = n
		}
	}
	rs.replaced = nil
	return out
}

func (l *List) setAtRunTime() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.touched {
		return 0
	}
	for _, e := range l.entries {
		if !e.gone.Load() && (e.Line < 0 || e.changed) {
			n++
		}
	}
	return n
}

func digestOf(entries []*Entry, twoColumns bool) (d digest) {
	h := sha256.New()
	word := func(s string) {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	word(strconv.FormatBool(twoColumns))
	for _, e := range entries {
		word(e.Pattern)
		word(e.Value())
	}
	h.Sum(d[:0])
	return d
}

// Number gives every Ref without "-u" the next free number, in the order of the
// configuration, and sorts the table by number. Call it when all is loaded.
func (rs *Refs) Number() {
	taken := make(map[int]bool)
	for _, r := range rs.all {
		if r.forced {
			taken[r.ID] = true
		}
	}
	next := 0
	for _, r := range rs.all {
		if r.forced {
			continue
		}
		for taken[next] {
			next++
		}
		r.ID = next
		next++
	}
	sort.SliceStable(rs.all, func(i, j int) bool { return rs.all[i].ID < rs.all[j].ID })
	rs.prev = nil
}

// All returns the Refs by number.
func (rs *Refs) All() []*Ref { return rs.all }

// Find returns the Ref of "#<id>" or of a name, or nil.
func (rs *Refs) Find(name string) *Ref {
	if num, ok := strings.CutPrefix(name, "#"); ok {
		id, err := strconv.Atoi(num)
		i := sort.Search(len(rs.all), func(i int) bool { return rs.all[i].ID >= id })
		if err != nil || i == len(rs.all) || rs.all[i].ID != id {
			return nil
		}
		return rs.all[i]
	}
	for _, r := range rs.all {
		if r.Name != "" && r.Name == name {
			return r
		}
	}
	return nil
}

// Release gives back what the generation used: when its last stream has ended,
// or when linking it failed.
func (rs *Refs) Release() {
	for _, r := range rs.all {
		for _, s := range r.sets {
			r.release(s)
		}
		r.sets = nil
	}
}
