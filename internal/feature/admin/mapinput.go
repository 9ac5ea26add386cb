package admin

import (
	"net/netip"
	"strconv"

	"segue/internal/pattern"
)

// inputOf casts a text to what the method compares; ok is false when it cannot
// be, which matches nothing.
func inputOf(m pattern.Method, text string) (in pattern.Input, ok bool) {
	switch m.Input() {
	case pattern.KindInt:
		n, err := strconv.ParseInt(text, 10, 64)
		return pattern.Input{Kind: pattern.KindInt, Int: n}, err == nil
	case pattern.KindAddr:
		a, err := netip.ParseAddr(text)
		return pattern.Input{Kind: pattern.KindAddr, Addr: a}, err == nil
	}
	return pattern.Input{Kind: pattern.KindBytes, Bytes: []byte(text)}, true
}

// valueType is the type of what a map gives.
func valueType(s pattern.Spec) string {
	switch s.Value {
	case pattern.ValueInt:
		return "sint"
	case pattern.ValueAddr:
		return "ipv4"
	}
	return "str"
}
