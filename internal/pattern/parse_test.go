package pattern

import (
	"math"
	"strings"
	"testing"
)

func TestParseErrorsUseHAProxysWords(t *testing.T) {
	ver := Spec{Method: Int, Flags: DottedInt}
	cases := []struct {
		spec Spec
		text string
		want string // "" if the pattern is fine
	}{
		{Spec{Method: IP}, "1.2.3.4.5", "'1.2.3.4.5' is not a valid IPv4 or IPv6 address"},
		{Spec{Method: IP}, "1.2.3.4/33", "'1.2.3.4/33' is not a valid IPv4 or IPv6 address"},
		{Spec{Method: IP}, "2001:db8::/129", "'2001:db8::/129' is not a valid IPv4 or IPv6 address"},
		{Spec{Method: IP}, "::1/ffff::", "'::1/ffff::' is not a valid IPv4 or IPv6 address"},
		{Spec{Method: IP}, "1.2.3.4/", "'1.2.3.4/' is not a valid IPv4 or IPv6 address"},
		{Spec{Method: IP}, "1.2.3.4/-1", "'1.2.3.4/-1' is not a valid IPv4 or IPv6 address"},
		{Spec{Method: IP}, "10.12", "'10.12' is not a valid IPv4 or IPv6 address"},
		{Spec{Method: IP}, "fe80::1%eth0", "'fe80::1%eth0' is not a valid IPv4 or IPv6 address"},
		{Spec{Method: IP}, "01.02.03.04", "'01.02.03.04' is not a valid IPv4 or IPv6 address"},
		{Spec{Method: IP}, "1.2.3.4/255.0.255", "'1.2.3.4/255.0.255' is not a valid IPv4 or IPv6 address"},
		{Spec{Method: IP}, "1.2.3.4/00008", ""},
		{Spec{Method: IP}, "1.2.3.4/+8", ""},
		{Spec{Method: IP}, "1.2.3.4/0.0.0.0", ""},
		{Spec{Method: IP}, "::ffff:1.2.3.4", ""},
		{Spec{Method: Int}, "abc", "'abc' is not a number"},
		{Spec{Method: Int}, "5:abc", "'5:abc' is not a valid number range"},
		{Spec{Method: Int}, "10:5", "'10:5' is not a valid number range"},
		{Spec{Method: Int}, ":", "':' is not a valid number range"},
		{Spec{Method: Int}, "", "'' is not a valid number range"},
		{Spec{Method: Int}, "1:2:3", "'1:2:3' is not a valid number range"},
		{Spec{Method: Int}, "+5", "'+5' is not a number"},
		{Spec{Method: Int}, "0x5", "'0x5' is not a number"},
		{Spec{Method: Int}, "9223372036854775808", "'9223372036854775808' is not a number"},
		{Spec{Method: Int}, "9223372036854775807", ""},
		{Spec{Method: Int}, "5-7", ""},
		{Spec{Method: Len}, "x", "'x' is not a number"},
		{ver, "3.x", "'3.x' is not a dotted number"},
		{ver, "4.70000", "'4.70000' is not a dotted number"},
		{ver, "3.1:3", "'3.1:3' is not a valid dotted number range"},
		{ver, "3:3", ""},
		{ver, "3:", ""},
		{Spec{Method: Bin}, "4g", "an hex digit is expected (found 'g')"},
		{Spec{Method: Bin}, "414", "an even number of hex digit is expected"},
		{Spec{Method: Reg}, "a(", "regex 'a(' is invalid (error=missing closing parenthesis, erroffset=2)"},
		{Spec{Method: Reg}, "a**", "regex 'a**' is invalid (error=quantifier does not follow a repeatable item, erroffset=2)"},
		{Spec{Method: Reg}, "[a", "regex '[a' is invalid (error=missing terminating ] for character class, erroffset=2)"},
		{Spec{Method: Reg}, "*a", "regex '*a' is invalid (error=quantifier does not follow a repeatable item, erroffset=0)"},
		{Spec{Method: Reg}, "a)", "regex 'a)' is invalid (error=unmatched closing parenthesis, erroffset=1)"},
		{Spec{Method: Reg}, "[z-a]", "regex '[z-a]' is invalid (error=range out of order in character class, erroffset=3)"},
		{Spec{Method: Reg}, `a\`, `regex 'a\' is invalid (error=\ at end of pattern, erroffset=2)`},
		{Spec{Method: Reg}, "a{2,1}", "regex 'a{2,1}' is invalid (error=numbers out of order in {} quantifier, erroffset=5)"},
		{Spec{Method: Str, Value: ValueInt}, "k", "unable to parse 'v'"},
		{Spec{Method: Str, Value: ValueAddr}, "k", "unable to parse 'v'"},
	}
	for _, c := range cases {
		l, _ := set(t, c.spec)
		err := l.AddValue(c.text, "v")
		if got := errText(err); got != c.want {
			t.Errorf("%v %q: error %q, want %q", c.spec.Method, c.text, got, c.want)
		}
		if want := map[bool]int{true: 1, false: 0}[c.want == ""]; l.Len() != want {
			t.Errorf("%v %q: %d entries, want %d", c.spec.Method, c.text, l.Len(), want)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestOperatorsBecomeRanges(t *testing.T) {
	cases := []struct {
		op, text string
		flags    Flags
		want     string
	}{
		{"eq", "5", 0, "5"},
		{"gt", "5", 0, "6:"},
		{"ge", "5", 0, "5:"},
		{"lt", "9", 0, ":8"},
		{"le", "9", 0, ":9"},
		{"lt", "0", 0, ":-1"},
		{"ge", "5:6", 0, "5:6"},
		{"gt", "3.1", DottedInt, "3.2:"},
		{"le", "3.2", DottedInt, ":3.2"},
		{"lt", "0", DottedInt, ":-1"},
		{"gt", "x", 0, "error: 'x' is not a number"},
		{"gt", "5.5", 0, "6:"},
		{"lt", "5.5.5", 0, ":4"},
		{"ge", "1.", 0, "1:"},
		{"gt", "1.a", 0, "2:"},
		{"eq", "5.5", 0, "error: '5.5' is not a number"},
		{"gt", "5.5:6", 0, "error: '5.5:6' is not a valid number range"},
	}
	for _, c := range cases {
		op, ok := ParseOperator(c.op)
		if !ok || op.String() != c.op {
			t.Fatalf("ParseOperator(%q) = %v, %v", c.op, op, ok)
		}
		got, err := op.Compare(c.text, c.flags)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != c.want {
			t.Errorf("%s %s = %q, want %q", c.op, c.text, got, c.want)
		}
	}
	if _, err := Gt.Compare("9223372036854775807", 0); err == nil {
		t.Errorf("gt %d: no error", math.MaxInt64)
	}
	if _, ok := ParseOperator("ne"); ok {
		t.Error("ParseOperator(ne) is ok")
	}
}

func TestDottedVersionsMatch(t *testing.T) {
	_, s := set(t, Spec{Method: Int, Flags: DottedInt}, "3.1:3.3", "4", "7.5")
	for n, want := range map[int64]string{3<<16 | 1: "3.1:3.3", 3<<16 | 4: "-", 4 << 16: "4", 4<<16 | 1: "-", 7<<16 | 5: "7.5"} {
		got := "-"
		if e := s.Match(&Input{Kind: KindInt, Int: n}); e != nil {
			got = e.Pattern
		}
		if got != want {
			t.Errorf("%d.%d: %q, want %q", n>>16, n&0xffff, got, want)
		}
	}
}

func TestLinesOfFiles(t *testing.T) {
	cases := []struct {
		name, text string
		two        bool
		want       string
	}{
		{"comments and blanks", "# c\n\n  a\n\t\n #b\n", false, "3 a|; 5 #b|"},
		{"trailing blanks stay", "a b  \n", false, "1 a b  |"},
		{"no last line feed", "a", false, "1 a|"},
		{"CR ends the text", "a\r\nb  \r\n\rx\ny\rz\n", false, "1 a|; 2 b  |; 4 y|"},
		{"two columns", "k v\nk2   v2 with  blanks  \n k3\tt\nnone\n#k x\n #k x", true,
			"1 k|v; 2 k2|v2 with  blanks; 3 k3|t; 4 none|; 6 #k|x"},
		{"two columns and CR", "k v\r\nk2\tv2 \t\r\nk3\r\n", true, "1 k|v; 2 k2|v2; 3 k3|"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			_ = Lines(c.text, c.two, func(line int, pattern, value string) error {
				got = append(got, strings.Join([]string{itoa(line), " ", pattern, "|", value}, ""))
				return nil
			})
			if s := strings.Join(got, "; "); s != c.want {
				t.Errorf("got  %q\nwant %q", s, c.want)
			}
		})
	}
}

func itoa(n int) string { return string(rune('0' + n)) }
