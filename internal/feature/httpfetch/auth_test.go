package httpfetch_test

import (
	"testing"

	"segue/internal/htx"
)

func TestCredentialsAreThoseOfTheirScheme(t *testing.T) {
	cases := []struct{ name, value, bearer, kind, user string }{
		{"a token without its scheme", "abc", "", "", ""},
		{"Basic is no token", "Basic YTpi", "", "Basic", "a"},
		{"a token", "Bearer abc", "abc", "Bearer", ""},
		{"schemes have no case", "bEARER abc", "abc", "Bearer", ""},
		{"more blanks", "Bearer   abc ", "abc", "Bearer", ""},
		{"no token", "Bearer", "", "", ""},
		{"a blank for a token", "Bearer ", "", "Bearer", ""},
		{"a tab is no blank", "Bearer\tabc", "", "", ""},
		{"glued", "Bearerabc", "", "", ""},
		{"another scheme", "Token abc", "", "", ""},
		{"nothing", "", "", "", ""},
		{"a NUL in the user", "Basic YQA6Yg==", "", "Basic", ""},
		{"a NUL in the password", "Basic YTpiAGM=", "", "Basic", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := stream(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			for _, name := range []string{"Authorization", "X"} {
				s.Req.Add(htx.Lookup([]byte(name)), []byte(name), []byte(c.value))
			}
			for text, want := range map[string]string{"http_auth_bearer": c.bearer, "http_auth_bearer(x)": c.bearer,
				"http_auth_bearer(authorization)": c.bearer, "http_auth_type": c.kind, "http_auth_user": c.user} {
				if got, _ := compile(t, text).EvalString(s, nil); string(got) != want {
					t.Errorf("%s of %q = %q, want %q", text, c.value, got, want)
				}
			}
		})
	}
}
