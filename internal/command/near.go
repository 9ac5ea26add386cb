package command

// A fingerprint counts which kinds of characters follow one another in a list
// of words, and which occur at all. Words with few differences have near
// fingerprints, wherever the differences stand. The numbers are those that
// HAProxy suggests commands by (src/tools.c, update_word_fingerprint): letters
// 1 to 26, digits 27, anything else and both ends of a word 28.
type fingerprint struct {
	has   [29]int
	pairs [29][29]int
}

const edge = 28

func (f *fingerprint) add(word string) {
	from := edge
	for i := 0; i < len(word); i++ {
		to := class(word[i])
		f.has[to] = 1
		f.pairs[from][to]++
		from = to
	}
	f.pairs[from][edge]++
}

func class(c byte) int {
	switch {
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 1
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 1
	case c >= '0' && c <= '9':
		return 27
	}
	return edge
}

// distance is how different two lists of words are, and how many characters
// both have together.
func distance(a, b []string) (dist, size int) {
	var fa, fb fingerprint
	for _, w := range a {
		fa.add(w)
		size += len(w)
	}
	for _, w := range b {
		fb.add(w)
		size += len(w)
	}
	for i := range fa.has {
		dist += abs(fa.has[i] - fb.has[i])
		for j := range fa.pairs[i] {
			dist += abs(fa.pairs[i][j] - fb.pairs[i][j])
		}
	}
	return dist, size
}

func abs(n int) int { return max(n, -n) }
