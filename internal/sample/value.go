package sample

import (
	"net/netip"

	"segue/internal/keyword"
	"segue/internal/lb"
)

// Type is the type of a sample. Manual 7.
type Type uint8

// The types, in the order of HAProxy's cast matrix.
const (
	Any Type = iota
	Same
	Bool
	Int
	Addr // either IP family
	IPv4
	IPv6
	Str
	Bin
	Meth
)

// Value is one sample. Bytes point into a message, into an argument or into
// the thread's arena; they are valid until the message is edited or the arena
// is released (see Mark).
type Value struct {
	Type  Type
	Flags ValueFlags
	Int   int64  // Bool (0, 1), Int, Meth (number of a known method)
	Bytes []byte // Str, Bin, Meth (other methods)
	IP    netip.Addr
}

// ValueFlags say how stable a value is.
type ValueFlags uint8

const (
	MayChange ValueFlags = 1 << iota // more bytes may change it
	NotLast                          // the fetch has more values: call it again
	Const                            // Bytes must not be edited in place
)

// Arg is a parsed argument of a fetch, a converter or an action.
type Arg struct {
	Type ArgType
	Str  string
	Int  int64
	IP   netip.Prefix
	Ref  any // resolved at link: *lb.Proxy, *lb.Server, variable, map, regexp ...
}

// ArgType is the kind of an argument.
type ArgType uint8

const (
	ArgNone ArgType = iota
	ArgStr
	ArgInt
	ArgTime
	ArgSize
	ArgIP    // IPv4
	ArgIP6   // IPv6
	ArgMask  // IPv4; the mask is IP.Addr()
	ArgMask6 // IPv6; likewise
	ArgFront
	ArgBack
	ArgTable
	ArgServer
	ArgUserlist
	ArgRegex
	ArgVar
	ArgMap
	ArgProtoBuf
	ArgID // name of a header or identifier
)

// ArgSpec is one argument of a row.
type ArgSpec struct {
	Name     string
	Type     ArgType
	Optional bool
}

// Fetch is a row of a fetch table.
type Fetch struct {
	keyword.Doc
	Args []ArgSpec
	Out  Type
	Use  Use // what it draws on, hence where it works
	// Check validates and completes parsed arguments at link time; may be nil.
	Check func(args []Arg, sc *Scope) error
	// Eval fills v and reports whether there is a value. args has one element
	// for each of Args; those not given are ArgNone. A fetch with several values
	// hands out one after the other if s.Iterate is set: it keeps its place in
	// s.Iter, which is zero at the first call, and sets NotLast.
	// Lack of bytes: it sets s.Missing unless s.Final.
	Eval func(s *lb.Stream, args []Arg, v *Value) bool
}

// Converter is a row of a converter table.
type Converter struct {
	keyword.Doc
	Args    []ArgSpec
	In, Out Type
	Check   func(args []Arg, sc *Scope) error
	// Eval changes v in place and reports whether there still is a value. v has
	// type In (any if that is Any) and must get type Out. New bytes go to
	// the thread's arena (see Mark).
	Eval func(s *lb.Stream, args []Arg, v *Value) bool
}

// Alias is an ACL keyword that stands for a fetch with a match method
// ("hdr_beg" = req.hdr -m beg).
type Alias struct {
	keyword.Doc
	Fetch  string
	Method string
	Dotted bool // integers are versions: "3.1" (see pattern.DottedInt)
}

// Addr returns the address in Ref, or that of IP.
func (a *Arg) Addr() netip.Addr {
	if ip, ok := a.Ref.(netip.Addr); ok {
		return ip
	}
	return a.IP.Addr()
}

// typeNames are the types in listings and messages.
var typeNames = [...]string{"any", "same", "bool", "sint", "addr", "ipv4", "ipv6", "str", "bin", "meth"}

// String returns the type's name as -dKsmp prints it.
func (t Type) String() string { return typeNames[t] }
