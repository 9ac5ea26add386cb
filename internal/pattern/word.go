package pattern

// Delimiters of words, as 3.4 has them (its manual names '/' alone for Dir).
func isDirDelim(c byte) bool { return c == '/' || c == '?' }
func isDomDelim(c byte) bool { return c == '/' || c == '?' || c == '.' || c == ':' }

// wordIndex finds whole words of a path or a domain name (Dir, Dom). A pattern
// may span several words; delimiters around it do not count.
type wordIndex struct {
	affixIndex
	delim   func(byte) bool
	nothing int32 // position of the first pattern of delimiters only, or -1
}

func newWordIndex(entries []*Entry, fold, dom bool) *wordIndex {
	x := &wordIndex{delim: isDirDelim}
	if dom {
		x.delim = isDomDelim
	}
	keys := make([]string, len(entries))
	for i, e := range entries {
		keys[i] = trimDelims(e.Pattern, x.delim)
	}
	x.affixIndex = *newAffixIndexOf(entries, keys, order{fold: fold})
	x.nothing = -1
	if len(x.keys) > 0 && x.keys[0] == "" {
		x.nothing = x.heads[0]
	}
	return x
}

func trimDelims(s string, delim func(byte) bool) string {
	for len(s) > 0 && delim(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && delim(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// find returns the first entry whose words are in b.
func (x *wordIndex) find(b []byte) *Entry {
	best := int32(-1)
	starts := true // a word may start here
	for i := 0; i < len(b); i++ {
		if x.delim(b[i]) {
			starts = true
			continue
		}
		if starts {
			best = x.firstWord(b[i:], best)
			starts = false
		}
	}
	// A pattern without words matches where the text ends in a delimiter or is
	// empty (observed on 3.4.0).
	if starts && x.nothing >= 0 {
		if at := x.live(x.nothing); at >= 0 && (best < 0 || at < best) {
			best = at
		}
	}
	return x.entry(best)
}

// firstWord is first, for keys that end where a word does.
func (x *wordIndex) firstWord(b []byte, best int32) int32 {
	for k := x.locate(b); k >= 0; k = x.parent[k] {
		n := len(x.keys[k])
		if n == 0 || n < len(b) && !x.delim(b[n]) {
			continue
		}
		if at := x.live(x.heads[k]); at >= 0 && (best < 0 || at < best) {
			best = at
		}
	}
	return best
}
