package haterm

import (
	"math"

	"segue/internal/lb"
)

// ask is what a request wants of its answer.
type ask struct {
	size, delay int64 // bytes, ms
	status      int
	noCache     bool
	chunked     bool
	random      bool
	close, keep bool // of C= and K=: the last one given counts
	drainLater  bool // A=
	help        bool
}

// parse reads a request target. Arguments are single letters with a number and
// follow the first "?", separated by any of "&?,;/".
func (a *ask) parse(target []byte, th *lb.Thread) {
	*a = ask{status: 200}
	at := 0
	for at < len(target) && target[at] != '?' {
		at++
	}
	if at == len(target) {
		return
	}
	if at++; at == len(target) {
		a.help = true
		return
	}
	for at < len(target) {
		if at+1 < len(target) && target[at+1] == '=' {
			var n int64
			letter := target[at]
			n, at = number(target, at+2, th)
			a.set(letter, n)
		}
		for at < len(target) && !separates(target[at]) {
			at++
		}
		at++
	}
}

func separates(c byte) bool {
	return c == '&' || c == '?' || c == ',' || c == ';' || c == '/'
}

func (a *ask) set(letter byte, n int64) {
	switch letter {
	case 's':
		a.size = max(n, 0)
	case 'r':
		a.status = int(min(max(n, 0), 1000))
	case 't':
		a.delay = max(n, 0)
	case 'c':
		a.noCache = n < 1
	case 'A':
		a.drainLater = n > 0
	case 'C':
		a.close, a.keep = n > 0, n <= 0
	case 'K':
		a.close, a.keep = n <= 0, n > 0
	case 'k':
		a.chunked = n > 0
	case 'R':
		a.random = n > 0
	}
}

// number reads digits with suffixes: k, m and g multiply by powers of 1024, r
// by a random number from 0 to 1. at is behind what was read.
func number(p []byte, at int, th *lb.Thread) (n int64, end int) {
	negative := at < len(p) && p[at] == '-'
	if negative {
		at++
	}
	for ; at < len(p) && p[at]-'0' <= 9; at++ {
		n = mulAdd(n, 10, int64(p[at]-'0'))
	}
	for ; at < len(p); at++ {
		switch p[at] {
		case 'k':
			n = mulAdd(n, 1<<10, 0)
		case 'm':
			n = mulAdd(n, 1<<20, 0)
		case 'g':
			n = mulAdd(n, 1<<30, 0)
		case 'r':
			n = int64(float64(n) * float64(next(&th.Rand)>>11) / (1 << 53))
		default:
			if negative {
				n = -n
			}
			return n, at
		}
	}
	if negative {
		n = -n
	}
	return n, at
}

// mulAdd is n*m + k, at most the largest number.
func mulAdd(n, m, k int64) int64 {
	if n > (math.MaxInt64-k)/m {
		return math.MaxInt64
	}
	return n*m + k
}

// next is a step of xorshift64.
func next(state *uint64) uint64 {
	x := *state
	if x == 0 {
		x = 0x9e3779b97f4a7c15
	}
	x ^= x << 13
	x ^= x >> 7
	x ^= x << 17
	*state = x
	return x
}
