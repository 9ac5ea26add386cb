package pattern

import (
	"fmt"
	"testing"
)

// benchPattern makes patterns like those of real lists.
func benchPattern(m Method, i int) string {
	switch m {
	case Int:
		return fmt.Sprintf("%d:%d", i*10, i*10+5)
	case IP:
		return fmt.Sprintf("10.%d.%d.0/24", i>>8&255, i&255)
	case Bin:
		return fmt.Sprintf("%08x", i)
	case Reg:
		return fmt.Sprintf("^/section%d/", i)
	case Dom:
		return fmt.Sprintf("host%d.example.com", i)
	}
	return fmt.Sprintf("/section%d/page", i)
}

func benchText(m Method, i int) string {
	switch m {
	case Int:
		return fmt.Sprint(i*10 + 3)
	case IP:
		return fmt.Sprintf("10.%d.%d.9", i>>8&255, i&255)
	case Bin:
		return string([]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)})
	case Beg:
		return benchPattern(m, i) + "/index.html"
	case End:
		return "/site" + benchPattern(m, i)
	case Sub, Dir:
		return "/site" + benchPattern(m, i) + "/index.html"
	case Reg:
		return fmt.Sprintf("/section%d/page/index.html", i)
	case Dom:
		return "http://www." + benchPattern(m, i) + ":80/blah"
	}
	return benchPattern(m, i)
}

var benchSpecs = []Spec{
	{Method: Int}, {Method: IP}, {Method: Bin}, {Method: Str}, {Method: Str, Flags: FoldCase}, {Method: Beg},
	{Method: Beg, Flags: FoldCase}, {Method: End}, {Method: Sub}, {Method: Sub, Flags: FoldCase},
	{Method: Dir}, {Method: Dom}, {Method: Reg},
}

func benchSet(t testing.TB, spec Spec, n int) *Set {
	patterns := make([]string, n)
	for i := range patterns {
		patterns[i] = benchPattern(spec.Method, i)
	}
	_, s := set(t, spec, patterns...)
	return s
}

func BenchmarkMatch(b *testing.B) {
	for _, spec := range benchSpecs {
		for _, n := range []int{1, 10, 10000} {
			if spec.Method == Reg && n > 10 {
				continue // one after the other, as HAProxy does
			}
			name := fmt.Sprintf("%v/%d", spec.Method, n)
			if spec.Flags&FoldCase != 0 {
				name = fmt.Sprintf("%v-i/%d", spec.Method, n)
			}
			b.Run(name, func(b *testing.B) {
				s := benchSet(b, spec, n)
				in := input(spec.Method, benchText(spec.Method, n/2))
				if s.Match(in) == nil {
					b.Fatal("no match")
				}
				b.ReportAllocs()
				for b.Loop() {
					s.Match(in)
				}
			})
		}
	}
}

// BenchmarkAdd is one runtime addition to a list of 10000.
func BenchmarkAdd(b *testing.B) {
	l := &List{}
	if _, err := l.use(Spec{Method: Str}); err != nil {
		b.Fatal(err)
	}
	for i := range 10000 {
		l.Add(fmt.Sprint(i))
	}
	for i := 0; b.Loop(); i++ {
		l.Add(fmt.Sprintf("x%d", i))
	}
}
