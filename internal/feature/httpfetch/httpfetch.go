package httpfetch

import (
	"slices"
	"strings"

	"segue/internal/catalog"
	"segue/internal/htx"
	"segue/internal/keyword"
	"segue/internal/lb"
	"segue/internal/sample"
)

// Feature returns the words of this package. Every call builds new rows, so
// the caller owns them.
func Feature() *catalog.Feature {
	f := &catalog.Feature{
		Name: "httpfetch",
		Fetches: slices.Concat(startRows(), urlRows(), paramRows(), fieldRows(), fieldListRows(),
			cookieRows(), authRows(), bodyRows(), captureRows(), hashRows()),
		Aliases: aliasRows(),
	}
	slices.SortFunc(f.Fetches, func(a, b sample.Fetch) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Aliases, func(a, b sample.Alias) int { return strings.Compare(a.Name, b.Name) })
	return f
}

// section is where the manual describes these words.
const section = "7.3.6"

func doc(name, text string) keyword.Doc {
	return keyword.Doc{Name: name, Section: section, Text: text}
}

func docArgs(name, args, text string) keyword.Doc {
	return keyword.Doc{Name: name, Args: args, Section: section, Text: text}
}

// request returns the request's head, nil when it has not arrived.
func request(s *lb.Stream) *htx.Head {
	if s.Req.Method.Len == 0 {
		s.Missing = !s.Final
		return nil
	}
	return &s.Req
}

// response returns the response's head, nil when it has not arrived.
func response(s *lb.Stream) *htx.Head {
	if s.Res.Status == 0 {
		s.Missing = !s.Final
		return nil
	}
	return &s.Res
}

// message returns the head of the direction that is being processed.
func message(s *lb.Stream) *htx.Head {
	if s.Dir == lb.Response {
		return response(s)
	}
	return request(s)
}

// side picks one of the above for a row.
type side func(s *lb.Stream) *htx.Head

// evalFunc is the type of a row's function.
type evalFunc = func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool

func optional(name string, t sample.ArgType) sample.ArgSpec {
	return sample.ArgSpec{Name: name, Type: t, Optional: true}
}

// text gives v a string of the message, false if it is not there.
func text(v *sample.Value, b []byte) bool {
	if b == nil {
		return false
	}
	v.SetStr(b)
	v.Flags |= sample.Const
	return true
}
