package pattern

import (
	"net/netip"
	"strconv"
	"sync/atomic"
)

// Entry is one pattern of a List. The List owns it; readers that got it from
// Match may keep it as long as they like.
type Entry struct {
	ID      uint64 // unique within the List and growing: the smaller ID matches first
	Pattern string // as written
	File    string // file that it was read from, "" for the rest
	Line    int    // line in File; 0 in the configuration itself, -1 added at run time
	Version uint32 // the List's version that it belongs to

	changed bool                   // its value was set at run time; guarded by the List's lock
	gone    atomic.Bool            // deleted: snapshots that still have it skip it
	value   atomic.Pointer[string] // nil: no value (an ACL's entry)
}

// Value returns the text of the sample that a map returns, "" if there is none.
func (e *Entry) Value() string {
	if p := e.value.Load(); p != nil {
		return *p
	}
	return ""
}

// HasValue tells an empty value from an ACL's missing one.
func (e *Entry) HasValue() bool { return e.value.Load() != nil }

// Int returns the value as an integer, for maps loaded with ValueInt.
func (e *Entry) Int() (int64, bool) { return parseInt64(e.Value()) }

// Addr returns the value as an address, for maps loaded with ValueAddr.
func (e *Entry) Addr() (netip.Addr, bool) { return parseAddrText(e.Value()) }

// parseInt64 reads a decimal integer with an optional sign and nothing else.
func parseInt64(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// configured tells entries of the configuration from those added at run time.
func (e *Entry) configured() bool { return e.Line >= 0 }
