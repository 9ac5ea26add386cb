package sample

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"segue/internal/unit"
)

// argNames are the kinds of arguments in messages and listings.
var argNames = [...]string{
	ArgNone: "end of arguments", ArgStr: "string", ArgInt: "integer", ArgTime: "delay", ArgSize: "size",
	ArgIP: "IPv4 address", ArgIP6: "IPv6 address", ArgMask: "IPv4 mask", ArgMask6: "IPv6 mask",
	ArgFront: "frontend", ArgBack: "backend", ArgTable: "table", ArgServer: "server", ArgUserlist: "user list",
	ArgRegex: "regex", ArgVar: "variable", ArgMap: "map", ArgProtoBuf: "Protocol buffers field number", ArgID: "identifier",
}

// String names the kind as messages and -dKsmp do.
func (t ArgType) String() string { return argNames[t] }

// ParseArgs reads "(a,b,...)" at the start of text, as specs say, and returns
// one Arg for each of specs, and the number of bytes read; 0 when text does not
// begin with a parenthesis. Manual 2.2 tells how arguments are quoted. An
// action that takes "name(args)" may use it, too.
func ParseArgs(text string, specs []ArgSpec, sc *Scope) (args []Arg, n int, err *Error) {
	needed := 0
	for _, a := range specs {
		if !a.Optional {
			needed++
		}
	}
	args = make([]Arg, len(specs))
	open := strings.HasPrefix(text, "(")
	if open {
		n = 1
	}
	pos := 0
	if open || needed > 0 {
		for pos < len(specs) {
			word := ""
			start := n
			if open {
				word, n = argWord(text, n)
			}
			if word == "" && pos >= needed && specs[pos].Type.mustBe() {
				break // "uuid()": left empty is left out, and ends the list
			}
			if e := parseArg(&args[pos], specs[pos].Type, word, sc); e != "" {
				return nil, start, &Error{Msg: fmt.Sprintf(e, word, specs[pos].Type, pos+1), At: start, Len: n - start, arg: pos}
			}
			pos++
			if n >= len(text) || !open || text[n] == ')' || pos == len(specs) {
				break
			}
			n++ // the comma
		}
	}
	if pos < needed {
		return nil, n, &Error{Msg: fmt.Sprintf("missing arguments (got %d/%d), type '%s' expected", pos, needed, specs[pos].Type), At: n, arg: pos}
	}
	if !open {
		return args, 0, nil
	}
	if n >= len(text) {
		return nil, n, &Error{Msg: "expected ')'", At: n, arg: max(pos-1, 0)}
	}
	if text[n] != ')' {
		return nil, n, &Error{Msg: "expected ')' before '" + text[n:] + "'", At: n, arg: pos}
	}
	return args, n + 1, nil
}

// argWord reads one argument from text[n:] and returns it without its quotes.
func argWord(text string, n int) (string, int) {
	start := n
	for n < len(text) && strings.IndexByte(`"'\,)`, text[n]) < 0 {
		n++
	}
	if n == len(text) || text[n] == ',' || text[n] == ')' {
		return text[start:n], n
	}
	b := []byte(text[start:n])
	quote := byte(0)
	for n < len(text) {
		c := text[n]
		switch {
		case quote == 0 && (c == ',' || c == ')'):
			return string(b), n
		case c == quote && quote != 0:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == '\\' && quote != '\'' && n+1 < len(text):
			n++
			switch text[n] {
			case '\\', ' ', '"', '\'':
				b = append(b, text[n])
			case 'r':
				b = append(b, '\r')
			case 'n':
				b = append(b, '\n')
			case 't':
				b = append(b, '\t')
			default:
				b = append(b, '\\', text[n])
			}
		default:
			b = append(b, c)
		}
		n++
	}
	return string(b), n
}

const (
	argEmpty = "expected type '%[2]s' at position %[3]d, but got nothing"
	argBad   = "failed to parse '%[1]s' as type '%[2]s' at position %[3]d"
)

// mustBe says that an argument of this kind cannot be empty.
func (t ArgType) mustBe() bool {
	switch t {
	case ArgInt, ArgTime, ArgSize, ArgIP, ArgIP6, ArgMask, ArgMask6, ArgProtoBuf:
		return true
	}
	return false
}

// parseArg fills a. It returns the format of a message if word is not of the
// kind t.
func parseArg(a *Arg, t ArgType, word string, sc *Scope) string {
	a.Type, a.Str = t, word
	if word == "" && t.mustBe() {
		return argEmpty
	}
	ok := true
	switch t {
	case ArgInt:
		var used int
		a.Int, used = ParseInt([]byte(word))
		ok = used == len(word)
	case ArgTime:
		d, err := unit.ParseTime(word, time.Millisecond)
		a.Int, ok = d.Milliseconds(), err == nil
	case ArgSize:
		n, err := unit.ParseSize(word)
		a.Int, ok = n, err == nil
	case ArgIP, ArgIP6:
		ip, good := ParseAddr([]byte(word))
		a.IP, ok = netip.PrefixFrom(ip, ip.BitLen()), good && ip.Is4() == (t == ArgIP)
	case ArgMask:
		a.IP, ok = parseMask(word, 32)
	case ArgMask6:
		a.IP, ok = parseMask(word, 128)
	case ArgProtoBuf:
		for _, part := range strings.Split(word, ".") {
			if _, err := strconv.ParseUint(part, 10, 32); err != nil {
				ok = false
			}
		}
	}
	if !ok {
		return argBad
	}
	return ""
}

// parseMask reads a mask as a number of bits or as an address and returns it as
// an address; IPv6 masks with holes are kept as they are.
func parseMask(word string, size int) (netip.Prefix, bool) {
	if bits, err := strconv.Atoi(word); err == nil {
		if bits < 0 || bits > size {
			return netip.Prefix{}, false
		}
		b := make([]byte, size/8)
		for i := range bits {
			b[i/8] |= 0x80 >> (i % 8)
		}
		a, _ := netip.AddrFromSlice(b)
		return netip.PrefixFrom(a, size), true
	}
	a, ok := ParseAddr([]byte(word))
	return netip.PrefixFrom(a, size), ok && a.BitLen() == size
}
