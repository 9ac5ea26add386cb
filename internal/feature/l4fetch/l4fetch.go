package l4fetch

import (
	"slices"
	"strings"

	"segue/internal/catalog"
	"segue/internal/keyword"
	"segue/internal/lb"
	"segue/internal/sample"
)

// Feature returns the words of this package. Every call builds new rows, so
// the caller owns them.
func Feature() *catalog.Feature {
	f := &catalog.Feature{
		Name: "l4fetch",
		Fetches: slices.Concat(constRows(), clearRows(), processRows(), randomRows(), proxyRows(), timeoutRows(), serverRows(),
			clientRows(), connErrRows(), tcpInfoRows(), serverSideRows(), proxyProtoRows(), bufferRows(), helloRows(), txnRows(), timerRows(), aclRows()),
		Aliases: aliasRows(),
	}
	slices.SortFunc(f.Fetches, func(a, b sample.Fetch) int { return strings.Compare(a.Name, b.Name) })
	return f
}

// Sections of the manual.
const (
	internal = "7.3.2"
	layer4   = "7.3.3"
	layer5   = "7.3.4"
	layer6   = "7.3.5"
)

func doc(name, section, text string) keyword.Doc {
	return keyword.Doc{Name: name, Section: section, Text: text}
}

func docArgs(name, args, section, text string) keyword.Doc {
	return keyword.Doc{Name: name, Args: args, Section: section, Text: text}
}

// evalFunc is the type of a row's function.
type evalFunc = func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool

func arg(name string, t sample.ArgType) []sample.ArgSpec {
	return []sample.ArgSpec{{Name: name, Type: t}}
}

func optional(name string, t sample.ArgType) sample.ArgSpec {
	return sample.ArgSpec{Name: name, Type: t, Optional: true}
}

// integer makes a fetch of a function that always has a value.
func integer(f func(s *lb.Stream) int64) evalFunc {
	return func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
		v.SetInt(f(s))
		return true
	}
}

// boolean is integer for truth values.
func boolean(f func(s *lb.Stream) bool) evalFunc {
	return func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
		v.SetBool(f(s))
		return true
	}
}

// text gives v a string that lies in memory of somebody else.
func text(v *sample.Value, b []byte) bool {
	v.SetStr(b)
	v.Flags |= sample.Const
	return true
}

// aliasRows are the ACL keywords made of these fetches.
func aliasRows() []sample.Alias {
	row := func(name, fetch string) sample.Alias {
		return sample.Alias{Doc: doc(name, layer6, "True when "+fetch+" equals a block given in hexadecimal."), Fetch: fetch, Method: "bin"}
	}
	return append([]sample.Alias{
		row("payload", "req.payload"),
		row("payload_lv", "req.payload_lv"),
	}, append(helloAliases(), clearAliases()...)...)
}
