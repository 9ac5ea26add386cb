package logfmt

import (
	"strings"
	"testing"

	"segue/internal/lb"
)

func TestWhatIsEmptyKeepsTheColumns(t *testing.T) {
	tests := []struct{ name, format, want string }{
		{"no query string", "a %HQ b", "a b"},
		{"no query string, quoted", "a %{+Q}HQ b", `a "" b`},
		{"no query string, escaped", "a %{+E}HQ b", "a b"},
		{"no query string, in digits", "a %{+X}HQ b", "a b"},
		{"an empty value", "a %[str('')] b", "a - b"},
		{"an empty value, quoted", "a %{+Q}[str('')] b", `a "" b`},
		{"an empty value, escaped", "a %{+E}[str('')] b", "a - b"},
		{"an empty value, JSON", "a %{+json}[str('')] b", `a "" b`},
		{"an empty value, CBOR", "a %{+cbor}[str('')] b", "a F6 b"},
		{"no value", "a %[none] b", "a - b"},
		{"aliases without a dash", "a %{-M}si %{-M}sp %{-M}ID b", "a b"},
		{"expressions without a dash", "a %{-M}[none] %{-M}[str('')] b", "a   b"},
		{"in the first place", "%HQ b", "b"},
		{"beside text", "a %HQ-%HQ b", "a - b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Compile(tt.format, scope(), Options{Log: true, Merge: true})
			if err != nil {
				t.Fatal(err)
			}
			s := stream()
			s.Server = nil
			s.Req.Target.Len = uint32(len(s.Req.Path()))
			if got := string(f.AppendTo(nil, s)); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestTextsOfLogsEndAtANUL(t *testing.T) {
	tests := []struct{ name, format, want string }{
		{"within", "%[str(a\x00b)]", "a"},
		{"first", "%[str(\x00b)]", "-"},
		{"first, quoted", "%{+Q}[str(\x00b)]", `""`},
		{"escaped", "%{+E}[str(a\x00b)]", "a"},
		{"JSON", "%{+json}[str(a\x00b)]", `"a"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Compile(tt.format, scope(), Options{Log: true})
			if err != nil {
				t.Fatal(err)
			}
			if got := string(f.AppendTo(nil, stream())); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestNoFlagLetsControlCharactersIntoFields(t *testing.T) {
	formats := []string{"%[str(X)]", "%{+Q}[str(X)]", "%{+E}[str(X)]", "%{+X}[str(X)]", "%{+json}[str(X)]", "%{+cbor}[str(X)]",
		"%{+json}o %(a)[str(X)]", "%{+cbor,+bin}o %(a)[str(X)]", "%{+bin}o %[str(X)]", "%ID", "%{+Q}ID", "%{+E}ID", "%{+json}ID", "%CC", "%hr", "%{+Q}hrl"}
	const bad = "a\x00b\r\nc\x01\x7f"
	for _, format := range formats {
		t.Run(format, func(t *testing.T) {
			f, err := Compile(strings.Replace(format, "X", bad, 1), scope(), Options{HTTP: true})
			if strings.Contains(format, "+X") {
				f, err = Compile("%{+X}[str("+bad+")]", scope(), Options{HTTP: true})
			}
			if err != nil {
				t.Fatal(err)
			}
			s := stream()
			s.Unique, s.CookieLog[0] = []byte(bad), []byte(bad)
			s.Captured[0] = [][]byte{[]byte(bad)}
			if got := f.AppendTo(nil, s); strings.ContainsAny(string(got), "\x00\r\n\x01\x7f") {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestListsSayWhatWasNotThere(t *testing.T) {
	q, err := Compile("%{+json}o %(l){+Q}hrl", scope(), Options{Log: true})
	if err != nil {
		t.Fatal(err)
	}
	f, err := Compile("%{+json}o %(l)hrl", scope(), Options{Log: true})
	if err != nil {
		t.Fatal(err)
	}
	s := stream()
	s.Captured = [2][][]byte{}
	if got, want := string(f.AppendTo(nil, s)), `{"l": ["-", "-"]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := string(q.AppendTo(nil, s)), `{"l": ["", ""]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s.Flags |= lb.Unparsed
	if got, want := string(f.AppendTo(nil, s)), `{"l": null}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
