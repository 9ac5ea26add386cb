package pattern

import (
	"strconv"
	"strings"
)

// class rewrites the class that opens at i as a set of bytes.
func (d *dialect) class(i int) int {
	var set byteSet
	k := i + 1
	not := k < len(d.in) && d.in[k] == '^'
	if not {
		k++
	}
	for first := true; ; first = false {
		if k >= len(d.in) {
			break
		}
		if d.in[k] == ']' && !first {
			// Negated as a whole, and not byte by byte: with letters of either
			// case, [^a] takes no A.
			set.write(&d.out, not)
			return k + 1
		}
		next, ok := d.member(&set, k)
		if !ok {
			break
		}
		k = next
	}
	d.failed = true
	return len(d.in)
}

// member adds the member of a class at k: a byte, a range, or a class in it.
func (d *dialect) member(set *byteSet, k int) (next int, ok bool) {
	if strings.HasPrefix(d.in[k:], "[:") {
		if end := strings.Index(d.in[k:], ":]"); end > 1 {
			name, not := strings.CutPrefix(d.in[k+2:k+end], "^")
			ranges, known := byteClasses[name]
			if !known || len(name) == 1 {
				return k, false
			}
			set.add(ranges, not)
			return k + end + 2, true
		}
	}
	if d.in[k] == '\\' && k+1 < len(d.in) && strings.IndexByte("dwshvDWSHV", d.in[k+1]) >= 0 {
		c := d.in[k+1]
		set.add(byteClasses[strings.ToLower(string(c))], c < 'a')
		return k + 2, true
	}
	from, k, ok := d.classByte(k)
	if !ok {
		return k, false
	}
	to := from
	if k+1 < len(d.in) && d.in[k] == '-' && d.in[k+1] != ']' {
		end, after, ok := d.classByte(k + 1)
		if !ok || end < from {
			return k, false
		}
		to, k = end, after
	}
	set.add(string([]byte{from, to}), false)
	return k, true
}

// classByte reads one byte of a class, escaped or not.
func (d *dialect) classByte(k int) (c byte, next int, ok bool) {
	c = d.in[k]
	if c != '\\' {
		return c, k + 1, true
	}
	if k++; k == len(d.in) {
		return 0, k, false
	}
	c = d.in[k]
	if i := strings.IndexByte("abefnrt", c); i >= 0 {
		return "\a\b\x1b\f\n\r\t"[i], k + 1, true
	}
	switch {
	case c == 'x':
		return d.hexByte(k + 1)
	case c >= '0' && c <= '7':
		end := k
		for end < len(d.in) && end < k+3 && d.in[end] >= '0' && d.in[end] <= '7' {
			end++
		}
		n, err := strconv.ParseUint(d.in[k:end], 8, 8)
		return byte(n), end, err == nil
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '8', c == '9':
		return 0, k, false
	}
	return c, k + 1, true
}

// hexByte reads what follows \x: up to two digits, or any number in braces.
func (d *dialect) hexByte(k int) (c byte, next int, ok bool) {
	if strings.HasPrefix(d.in[k:], "{") {
		end := strings.IndexByte(d.in[k:], '}')
		if end < 0 {
			return 0, k, false
		}
		n, err := strconv.ParseUint(d.in[k+1:k+end], 16, 8)
		return byte(n), k + end + 1, err == nil
	}
	end := k
	for end < len(d.in) && end < k+2 && strings.IndexByte("0123456789abcdefABCDEF", d.in[end]) >= 0 {
		end++
	}
	if end == k {
		return 0, k, true
	}
	n, err := strconv.ParseUint(d.in[k:end], 16, 8)
	return byte(n), end, err == nil
}
