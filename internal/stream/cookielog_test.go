package stream

import (
	"testing"

	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
)

func TestCookieLog(t *testing.T) {
	// The results are those of HAProxy 3.4 for the same fields.
	for _, c := range []struct {
		name     string
		capture  string
		room     int
		fields   []string
		req, res string
	}{
		{"none", "SES", 15, nil, "", ""},
		{"first of a field", "SES", 15, []string{"SES=abc; b=2"}, "SES=abc", "SES=abc"},
		{"cut to its length", "SES", 15, []string{"SESSION=12345678901234567890"}, "SESSION=1234567", "SESSION=1234567"},
		{"cut within the name", "SES", 4, []string{"SESSION=1"}, "SESS", "SESS"},
		{"cut at the sign", "SES", 3, []string{"SES=1"}, "SES", "SES"},
		{"a later field", "SES", 15, []string{"x=1", "SESb = 5 "}, "SESb=5", "SESb=5"},
		{"the first of two", "SES", 15, []string{"SES=1", "SES=2"}, "SES=1", "SES=1"},
		{"behind a quoted one", "SES", 15, []string{`a="SES=1"; SES="q;w"; y=2`}, `SES="q;w"`, ""},
		{"without a value", "SES", 15, []string{"SES; b=1"}, "", ""},
		{"empty", "SES", 15, []string{"SES=; SES=1"}, "SES=", "SES="},
		{"other case", "SES", 15, []string{"ses=2"}, "", ""},
		{"within a name with blanks", "SES", 15, []string{"a b SES=5; c=3"}, "", ""},
		{"commas separate", "SES", 15, []string{"a,SES=3,b=2"}, "SES=3", ""},
		{"exact name", "SES=", 15, []string{"SESX=2; SES = 1"}, "SES=1", ""},
		{"exact name and value", "SES=1", 15, []string{"SES=2; SES=12"}, "SES=12", ""},
		{"a star is no wildcard", "SES*", 15, []string{"SESR=3"}, "", ""},
		{"blanks inside", "SES", 15, []string{"SES=a b c; d=e"}, "SES=a b c", "SES=a b c"},
		{"open quote", "SES", 15, []string{`a="b; SES=1`}, "", ""},
		{"backslash at the end", "SES", 15, []string{`SES="\`}, `SES="\`, `SES="\`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &lb.Stream{Front: &lb.Proxy{CookieLog: &conf.CookieCapture{Name: c.capture, Len: c.room}}}
			for _, f := range c.fields {
				s.Req.AddString(htx.Cookie, "Cookie", []byte(f))
				s.Res.AddString(htx.SetCookie, "Set-Cookie", []byte(f))
			}
			logCookie(s, 0)
			logCookie(s, 1)
			if got := string(s.CookieLog[0]); got != c.req {
				t.Errorf("request cookie = %q, want %q", got, c.req)
			}
			if got := string(s.CookieLog[1]); got != c.res {
				t.Errorf("response cookie = %q, want %q", got, c.res)
			}
		})
	}
}

func TestCookieLogAllocatesNothing(t *testing.T) {
	s := &lb.Stream{Front: &lb.Proxy{CookieLog: &conf.CookieCapture{Name: "SES", Len: 63}}}
	s.Req.AddString(htx.Cookie, "Cookie", []byte("a=1; SESSION=0123456789"))
	logCookie(s, 0)
	if n := testing.AllocsPerRun(100, func() { logCookie(s, 0) }); n != 0 {
		t.Errorf("logCookie allocates %v times, want 0", n)
	}
}

func FuzzNextCookie(f *testing.F) {
	f.Add([]byte(`a="x;y"; b=1, c`))
	f.Add([]byte(`a="\`))
	f.Fuzz(func(t *testing.T, v []byte) {
		for len(v) > 0 {
			_, _, rest := nextCookie(v)
			if len(rest) >= len(v) {
				t.Fatalf("nextCookie(%q) leaves %q", v, rest)
			}
			v = rest
		}
	})
}
