package stream

import (
	"testing"

	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
)

func TestCheckCache(t *testing.T) {
	const cookie = "a=b"
	insert := &conf.Cookie{Name: "SRV", Mode: "insert"}
	for _, c := range []struct {
		name    string
		method  string
		status  uint16
		cookie  string
		control string
		persist *conf.Cookie
		want    bool
	}{
		{"kept with its cookie", "GET", 200, cookie, "max-age=10", nil, true},
		{"no cookie", "GET", 200, "", "max-age=10", nil, false},
		{"nothing to keep it by", "GET", 200, cookie, "", nil, false},
		{"private", "GET", 200, cookie, "max-age=10, private", nil, false},
		{"all but the cookie", "GET", 200, cookie, `max-age=10, no-cache="set-cookie"`, nil, false},
		{"not to be kept at once", "GET", 200, cookie, "max-age=0", nil, false},
		{"a status that is not kept", "GET", 302, cookie, "max-age=10", nil, false},
		{"any status that is public", "GET", 302, cookie, "public, max-age=10", nil, true},
		{"a method that is not kept", "POST", 200, cookie, "max-age=10", nil, false},
		{"any method that is public", "POST", 200, cookie, "public, max-age=10", nil, true},
		{"our own cookie goes", "GET", 200, "SRV=x", "max-age=10", insert, false},
		{"beside our own", "GET", 200, cookie, "max-age=10", insert, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &lb.Stream{Back: &lb.Proxy{Conf: &conf.Proxy{Cookie: c.persist}}}
			s.Req.SetMethod([]byte(c.method))
			s.Res.Status = c.status
			if c.cookie != "" {
				s.Res.AddString(htx.SetCookie, "Set-Cookie", []byte(c.cookie))
			}
			if c.control != "" {
				s.Res.AddString(htx.CacheControl, "Cache-Control", []byte(c.control))
			}
			if got := leaksCookie(s); got != c.want {
				t.Errorf("leaksCookie = %v, want %v", got, c.want)
			}
		})
	}
}
