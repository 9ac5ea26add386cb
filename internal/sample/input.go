package sample

import "segue/internal/pattern"

// Input returns v as pattern sets take it. It points into v's bytes.
func (v *Value) Input() pattern.Input {
	switch v.Type {
	case Bool, Int:
		return pattern.Input{Kind: pattern.KindInt, Int: v.Int}
	case IPv4, IPv6:
		return pattern.Input{Kind: pattern.KindAddr, Addr: v.IP}
	}
	return pattern.Input{Kind: pattern.KindBytes, Bytes: v.Bytes}
}
