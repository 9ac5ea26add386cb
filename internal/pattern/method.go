package pattern

import "net/netip"

// Method is how a sample is compared with patterns (manual 7.1, flag "-m").
type Method uint8

// The methods, in the order in which the manual lists them. RegM is what the
// converter map_regm uses: Reg, and the caller wants the groups.
const (
	Found Method = iota // the sample exists
	Bool                // the sample is not zero
	Int                 // within a range of integers
	IP                  // within a network
	Bin                 // equals a block written in hexadecimal
	Len                 // its length is within a range
	Str                 // equals
	Beg                 // begins with
	Sub                 // contains
	Dir                 // has path elements
	Dom                 // has domain labels
	End                 // ends with
	Reg                 // matches a regular expression
	RegM                // likewise, with groups for back references
)

var methodNames = [...]string{"found", "bool", "int", "ip", "bin", "len", "str",
	"beg", "sub", "dir", "dom", "end", "reg", "regm"}

// ParseMethod returns the method of a name, as in "-m beg" or "map_beg".
func ParseMethod(name string) (Method, bool) {
	for i, n := range methodNames {
		if n == name {
			return Method(i), true
		}
	}
	return 0, false
}

// String returns the name that ParseMethod takes.
func (m Method) String() string {
	if int(m) < len(methodNames) {
		return methodNames[m]
	}
	return "unknown"
}

// Input returns the kind that a sample must be cast to before Match. Found
// takes every kind.
func (m Method) Input() Kind {
	switch m {
	case Found:
		return KindAny
	case Bool, Int:
		return KindInt
	case IP:
		return KindAddr
	}
	return KindBytes
}

// Flags change how a method compares or what its patterns may say.
type Flags uint8

const (
	// FoldCase is "-i": ASCII letters compare without case.
	FoldCase Flags = 1 << iota
	// NoDNS is "-n": an IP pattern that is a name is an error.
	NoDNS
	// DottedInt reads integers as versions: "3.1" is 3<<16 + 1 (req.ssl_ver).
	DottedInt
)

// Kind says which field of an Input is valid.
type Kind uint8

// The kinds of input.
const (
	KindAny   Kind = iota // nothing to compare: the sample exists
	KindBool              // Int is 0 or 1
	KindInt               // Int
	KindAddr              // Addr
	KindBytes             // Bytes
)

// Input is a sample to be matched. The caller owns it and its Bytes; Match
// keeps neither.
type Input struct {
	Kind  Kind
	Bytes []byte
	Int   int64
	Addr  netip.Addr
}

// ValueKind is what a Set's user makes of the values: they are checked when
// they are loaded, so that a map_str_int never meets a value that is no number.
type ValueKind uint8

// The kinds of values, by the last word of the converter's name.
const (
	ValueNone ValueKind = iota // an ACL: the value is not looked at
	ValueStr                   // map_x_str
	ValueInt                   // map_x_int
	ValueAddr                  // map_x_ip
	ValueKey                   // map_x_key: the pattern itself
)

// Operator is a comparison of the integer methods (manual 7.1.2).
type Operator uint8

// The operators; Eq is what a value without operator means.
const (
	Eq Operator = iota
	Ge
	Gt
	Le
	Lt
)

var operatorNames = [...]string{"eq", "ge", "gt", "le", "lt"}

// ParseOperator returns the operator of a name.
func ParseOperator(name string) (Operator, bool) {
	for i, n := range operatorNames {
		if n == name {
			return Operator(i), true
		}
	}
	return 0, false
}

// String returns the operator's name.
func (o Operator) String() string { return operatorNames[o] }
