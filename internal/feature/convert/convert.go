package convert

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
		Name: "convert",
		Converters: slices.Concat(arithRows(), caseRows(), fieldRows(), regsubRows(), mapRows(), codecRows(),
			chunkRows(), urlRows(), hashRows(), digestRows(), dateRows(), addrRows(), textRows(), jsonRows(),
			stateRows(), languageRows(), compareRows()),
	}
	slices.SortFunc(f.Converters, func(a, b sample.Converter) int { return strings.Compare(a.Name, b.Name) })
	return f
}

func doc(name, text string) keyword.Doc {
	return keyword.Doc{Name: name, Section: "7.3.1", Text: text}
}

func docArgs(name, args, text string) keyword.Doc {
	return keyword.Doc{Name: name, Args: args, Section: "7.3.1", Text: text}
}

// evalFunc is the type of a row's function.
type evalFunc = func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool

func need(name string, t sample.ArgType) sample.ArgSpec {
	return sample.ArgSpec{Name: name, Type: t}
}

func may(name string, t sample.ArgType) sample.ArgSpec {
	return sample.ArgSpec{Name: name, Type: t, Optional: true}
}

// keep makes b, which was appended to sample.Begin, the bytes of v.
func keep(s *lb.Stream, v *sample.Value, t sample.Type, b []byte) bool {
	v.Type, v.Bytes = t, sample.End(s.Thread, b)
	v.Flags &^= sample.Const
	return true
}
