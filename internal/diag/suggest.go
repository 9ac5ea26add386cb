package diag

// Suggest returns the candidate nearest to word, or "" when none is near
// enough to be what was meant. Case counts as half a difference, and so does a
// character that is missing from a word of four and more ("sethdr" for
// "set-header"); swapped neighbours count as one.
func Suggest(word string, candidates []string) string {
	if word == "" || len(word) > 64 {
		return ""
	}
	best, bestCost := "", 2*limit(word)+1
	for _, c := range candidates {
		if c == word || c == "" {
			continue
		}
		if d := len(c) - len(word); d*missing(word) >= bestCost || -2*d >= bestCost {
			continue
		}
		if cost := distance(word, c); cost < bestCost && cost < 2*len(c) {
			best, bestCost = c, cost
		}
	}
	return best
}

// DidYouMean is Suggest as the tail that HAProxy puts behind "unknown
// keyword" messages: "; did you mean 'balance' maybe ?", or "" when
// there is nothing to suggest.
func DidYouMean(word string, candidates []string) string {
	s := Suggest(word, candidates)
	if s == "" {
		return ""
	}
	return "; did you mean '" + s + "' maybe ?"
}

// Maybe is Suggest as a hint of its own, "" when there is nothing to suggest.
func Maybe(word string, candidates []string) string {
	s := Suggest(word, candidates)
	if s == "" {
		return ""
	}
	return "did you mean '" + s + "' maybe ?"
}

// limit is the number of differences that a misspelt word may have.
func limit(word string) int {
	switch n := len(word); {
	case n <= 3:
		return 1
	case n <= 7:
		return 2
	}
	return 3
}

// missing is the cost of a character that word lacks, in half differences:
// leaving out is the commonest slip, but everything contains a short word.
func missing(word string) int {
	if len(word) <= 3 {
		return 2
	}
	return 1
}

// distance is the optimal string alignment distance of a misspelt word and b
// in half differences.
func distance(a, b string) int {
	lack := missing(a)
	prev2 := make([]int, len(b)+1)
	prev := make([]int, len(b)+1)
	cur := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = lack * j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = 2 * i
		for j := 1; j <= len(b); j++ {
			cost := min(prev[j]+2, cur[j-1]+lack, prev[j-1]+substitute(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cost = min(cost, prev2[j-2]+2)
			}
			cur[j] = cost
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}

// substitute is the cost of reading y for x, in half differences.
func substitute(x, y byte) int {
	switch {
	case x == y:
		return 0
	case lower(x) == lower(y):
		return 1
	}
	return 2
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
