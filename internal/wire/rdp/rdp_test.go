package rdp_test

import (
	"testing"

	"segue/internal/wire/rdp"
)

const heads = "\x03\x00\x00\x22\x1d\xe0\x00\x00\x00\x00\x00"

func TestCookie(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		value          string
		found, more    bool
	}{
		{name: "any name", in: heads + "Cookie: mstshash=user\r\n", value: "user", found: true},
		{name: "its name, in another case", in: heads + "cookie:MSTSHASH=user\r\n\x01\x00", want: "mstshash", value: "user", found: true},
		{name: "another name", in: heads + "Cookie: msts=1.2.3\r\n", want: "mstshash"},
		{name: "only the first counts", in: heads + "Cookie: a=b\r\nCookie: mstshash=c\r\n", want: "mstshash"},
		{name: "no value", in: heads + "Cookie: mstshash=\r\n", found: true},
		{name: "no equals sign", in: heads + "Cookie: mstshash\r\n"},
		{name: "line feed alone", in: heads + "Cookie: a=b\n\r\n"},
		{name: "no cookie", in: heads + "\x01\x00\x08\x00"},
		{name: "HTTP", in: "GET / HTTP/1.0\r\nCookie: a=b\r\n\r\n"},
		{name: "heads only", in: heads, more: true},
		{name: "cut in its name", in: heads + "Cook", more: true},
		{name: "cut in its value", in: heads + "Cookie: a=b", more: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, found, more := rdp.Cookie([]byte(c.in), c.want)
			if string(v) != c.value || found != c.found || more != c.more {
				t.Errorf("Cookie = %q, %v, %v, want %q, %v, %v", v, found, more, c.value, c.found, c.more)
			}
		})
	}
}

func FuzzCookie(f *testing.F) {
	f.Add([]byte(heads+"Cookie: mstshash=user\r\n"), "mstshash")
	f.Add([]byte(heads+"Cookie: msts=3640205228.15629.0000\r\n"), "")
	f.Fuzz(func(t *testing.T, in []byte, name string) {
		v, found, more := rdp.Cookie(in, name)
		if found && more || !found && v != nil {
			t.Errorf("Cookie(%q, %q) = %q, %v, %v", in, name, v, found, more)
		}
	})
}
