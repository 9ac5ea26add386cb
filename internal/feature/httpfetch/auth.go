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
		{Doc: docArgs("http_auth_bearer", "[header]", "The token of a Bearer Authorization, or of the given field."),
			Args: []sample.ArgSpec{optional("header", sample.ArgStr)},
			Out:  sample.Str, Use: sample.UseReqFields, Check: checkHeader, Eval: authBearer},
		{Doc: doc("http_auth_pass", "The password of a Basic Authorization."),
			Out: sample.Str, Use: sample.UseReqFields, Eval: authPass},
		{Doc: doc("http_auth_type", "The scheme of the Authorization field, Basic or Bearer."),
			Out: sample.Str, Use: sample.UseReqFields, Eval: authType},
		{Doc: doc("http_auth_user", "The user of a Basic Authorization."),
			Out: sample.Str, Use: sample.UseReqFields, Eval: authUser},
	}
}

// credentials splits a field into scheme and the rest.
func credentials(b []byte) (scheme, rest []byte) {
	at := bytes.IndexByte(b, ' ')
	if at <= 0 {
		return nil, nil
	}
	return b[:at], trim(b[at:])
}

// authorization splits the Authorization field into scheme and the rest.
func authorization(s *lb.Stream) (scheme, rest []byte) {
	h := request(s)
	if h == nil {
		return nil, nil
	}
	return credentials(h.Get(htx.Authorization, "authorization"))
}

// The schemes that are known, as http_auth_type writes them however the client did.
var schemeBasic, schemeBearer = []byte("Basic"), []byte("Bearer")

func authType(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	scheme, _ := authorization(s)
	switch {
	case bytes.EqualFold(scheme, schemeBasic):
		return text(v, schemeBasic)
	case bytes.EqualFold(scheme, schemeBearer):
		return text(v, schemeBearer)
	}
	return false
}

// basic decodes "user:password" into the arena. Neither may hold a NUL (RFC 7617 2),
// where whoever reads C strings would see another user.
func basic(s *lb.Stream) (user, pass []byte, ok bool) {
	scheme, rest := authorization(s)
	if !bytes.EqualFold(scheme, schemeBasic) {
		return nil, nil, false
	}
	b, err := base64.StdEncoding.AppendDecode(sample.Begin(s.Thread), rest)
	if err != nil {
		return nil, nil, false
	}
	user, pass, ok = bytes.Cut(sample.End(s.Thread, b), []byte(":"))
	return user, pass, ok && bytes.IndexByte(b, 0) < 0
}

func authUser(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	user, _, ok := basic(s)
	return ok && text(v, user)
}

func authPass(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	_, pass, ok := basic(s)
	return ok && text(v, pass)
}

// authBearer gives the token of a Bearer field only: that of another scheme is no token.
func authBearer(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	h := request(s)
	if h == nil {
		return false
	}
	id, name := htx.Authorization, "authorization"
	if args[0].Str != "" {
		id, name = htx.ID(args[0].Int), args[0].Str
	}
	scheme, token := credentials(h.Get(id, name))
	return bytes.EqualFold(scheme, schemeBearer) && len(token) > 0 && text(v, token)
}
