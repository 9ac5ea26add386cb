package httpfetch

import (
	"bytes"
	"encoding/base64"

	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sample"
)

// authRows are the fetches of credentials (RFC 9110 11.6.2).
func authRows() []sample.Fetch {
	return []sample.Fetch{
		{Doc: docArgs("http_auth_bearer", "[header]", "The token of a Bearer Authorization, or of the given field, where the scheme may miss."),
			Args: []sample.ArgSpec{optional("header", sample.ArgStr)},
			Out:  sample.Str, Use: sample.UseReqFields, Check: checkHeader, Eval: authBearer},
		{Doc: doc("http_auth_pass", "The password of a Basic Authorization."),
			Out: sample.Str, Use: sample.UseReqFields, Eval: authPass},
		{Doc: doc("http_auth_type", "The scheme of the Authorization field."),
			Out: sample.Str, Use: sample.UseReqFields, Eval: authType},
		{Doc: doc("http_auth_user", "The user of a Basic Authorization."),
			Out: sample.Str, Use: sample.UseReqFields, Eval: authUser},
	}
}

// authorization splits the credentials into scheme and the rest.
func authorization(s *lb.Stream) (scheme, rest []byte) {
	h := request(s)
	if h == nil {
		return nil, nil
	}
	b := h.Get(htx.Authorization, "authorization")
	at := bytes.IndexByte(b, ' ')
	if at <= 0 {
		return nil, nil
	}
	return b[:at], trim(b[at:])
}

func authType(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	scheme, _ := authorization(s)
	return text(v, scheme)
}

// basic decodes "user:password" into the arena.
func basic(s *lb.Stream) (user, pass []byte, ok bool) {
	scheme, rest := authorization(s)
	if !bytes.EqualFold(scheme, []byte("basic")) {
		return nil, nil, false
	}
	b, err := base64.StdEncoding.AppendDecode(sample.Begin(s.Thread), rest)
	if err != nil {
		return nil, nil, false
	}
	return bytes.Cut(sample.End(s.Thread, b), []byte(":"))
}

func authUser(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	user, _, ok := basic(s)
	return ok && text(v, user)
}

func authPass(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	_, pass, ok := basic(s)
	return ok && text(v, pass)
}

func authBearer(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	if args[0].Str == "" {
		scheme, rest := authorization(s)
		return bytes.EqualFold(scheme, []byte("bearer")) && text(v, rest)
	}
	h := request(s)
	if h == nil {
		return false
	}
	b := h.Get(htx.ID(args[0].Int), args[0].Str)
	if scheme, rest, two := bytes.Cut(b, []byte(" ")); two && bytes.EqualFold(scheme, []byte("bearer")) {
		b = trim(rest)
	}
	return len(b) > 0 && text(v, b)
}
