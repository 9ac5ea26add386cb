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
// the thread's Tmp; they are valid until the message is edited or the next
// expression is evaluated.
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
	ArgIP
	ArgMask
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

// Place is a bit of HAProxy's validity matrix: the 22 contexts of -dKsmp in
// their order (reference: column "context" of the keyword list).
type Place uint32

// ArgSpec is one argument of a row.
type ArgSpec struct {
	Name     string
	Type     ArgType
	Optional bool
}

// Fetch is a row of a fetch table.
type Fetch struct {
	keyword.Doc
	Args  []ArgSpec
	Out   Type
	Where Place
	// HTTP: needs a parsed HTTP message of its direction.
	HTTP bool
	// Check validates and completes parsed arguments at link time; may be nil.
	Check func(args []Arg) error
	// Eval fills v and reports whether there is a value. For fetches with
	// several values it keeps its place in s.Iter and sets NotLast.
	Eval func(s *lb.Stream, args []Arg, v *Value) bool
}

// Converter is a row of a converter table.
type Converter struct {
	keyword.Doc
	Args    []ArgSpec
	In, Out Type
	Check   func(args []Arg) error
	// Eval changes v in place and reports whether there still is a value.
	Eval func(s *lb.Stream, args []Arg, v *Value) bool
}

// Alias is an ACL keyword that stands for a fetch with a match method
// ("hdr_beg" = req.hdr -m beg).
type Alias struct {
	keyword.Doc
	Fetch  string
	Method string
}
