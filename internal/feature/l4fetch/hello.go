package l4fetch

import (
	"segue/internal/lb"
	"segue/internal/sample"
	"segue/internal/wire/hello"
	"segue/internal/wire/rdp"
)

// helloRows are the fetches of what a client or server of TLS says first, and
// of the RDP cookie, in bytes that merely pass through. They wait for a whole
// message. Manual 7.3.5.
func helloRows() []sample.Fetch {
	req, res := sample.UseReqBytes, sample.UseResBytes
	name := []sample.ArgSpec{optional("name", sample.ArgStr)}
	row := func(name string, out sample.Type, use sample.Use, text string, f evalFunc) sample.Fetch {
		return sample.Fetch{Doc: doc(name, layer6, text), Out: out, Use: use, Eval: f}
	}
	// HAProxy 3.4 takes these four in every rule of a client's connection.
	any := sample.UseClient4
	typ := func(name string, use sample.Use, text string) sample.Fetch {
		return sample.Fetch{Doc: doc(name, layer6, text), Out: sample.Int, Use: use, Eval: helloType}
	}
	cookie := func(word, text string, out sample.Type, f evalFunc) sample.Fetch {
		return sample.Fetch{Doc: docArgs(word, "[name]", layer6, text), Args: name, Out: out, Use: req, Eval: f}
	}
	const (
		reqType   = "Type of the TLS handshake message that the client began with: 1 for a ClientHello."
		sniText   = "Server name in the TLS ClientHello."
		verText   = "Version in the TLS or SSLv2 hello: 65536 times the major number plus the minor one."
		rdpText   = "Value of the RDP cookie, of any name or of that one."
		countText = "Number of RDP cookies, of any name or of that one: 1 or 0."
	)
	return []sample.Fetch{
		cookie("rdp_cookie", "Old name of req.rdp_cookie.", sample.Str, rdpCookie),
		cookie("rdp_cookie_cnt", "Old name of req.rdp_cookie_cnt.", sample.Int, rdpCookies),
		typ("rep_ssl_hello_type", res, "Old name of res.ssl_hello_type."),
		cookie("req.rdp_cookie", rdpText, sample.Str, rdpCookie),
		cookie("req.rdp_cookie_cnt", countText, sample.Int, rdpCookies),
		row("req.ssl_alpn", sample.Str, req, "First protocol that the TLS ClientHello offers (ALPN).", part(sample.Str, (*hello.Hello).Protocol)),
		row("req.ssl_cipherlist", sample.Bin, any, "Ciphers in the TLS ClientHello, two bytes each.", part(sample.Bin, func(h *hello.Hello) []byte { return h.Ciphers })),
		row("req.ssl_ec_ext", sample.Bool, req, "True when the TLS ClientHello names elliptic curves.", ofClient(helloCurves)),
		typ("req.ssl_hello_type", req, reqType),
		row("req.ssl_keyshare_groups", sample.Bin, any, "Groups of the keys in the TLS ClientHello, two bytes each.", ofClient(helloKeyShares)),
		row("req.ssl_sigalgs", sample.Bin, any, "Signature algorithms in the TLS ClientHello, two bytes each.", part(sample.Bin, (*hello.Hello).SignatureAlgorithms)),
		row("req.ssl_sni", sample.Str, req, sniText, part(sample.Str, (*hello.Hello).ServerName)),
		row("req.ssl_st_ext", sample.Int, req, "1 when the TLS ClientHello knows session tickets, 2 when it has one, else 0.", ofClient(helloTicket)),
		row("req.ssl_supported_groups", sample.Bin, any, "Groups in the TLS ClientHello, two bytes each.", part(sample.Bin, (*hello.Hello).Groups)),
		row("req.ssl_ver", sample.Int, req, verText, helloVersion),
		typ("req_ssl_hello_type", req, "Old name of req.ssl_hello_type."),
		row("req_ssl_sni", sample.Str, req, "Old name of req.ssl_sni.", part(sample.Str, (*hello.Hello).ServerName)),
		row("req_ssl_ver", sample.Int, req, "Old name of req.ssl_ver.", helloVersion),
		typ("res.ssl_hello_type", res, "Type of the TLS handshake message that the server began with: 2 for a ServerHello."),
	}
}

// helloAliases are the ACL keywords made of these fetches.
func helloAliases() []sample.Alias {
	row := func(name, fetch, method, text string, dotted bool) sample.Alias {
		return sample.Alias{Doc: doc(name, layer6, text), Fetch: fetch, Method: method, Dotted: dotted}
	}
	const version = "True when the version of the hello is one like 3.1, or within a range of them."
	return []sample.Alias{
		row("req.ssl_ver", "req.ssl_ver", "int", version, true),
		row("req_rdp_cookie", "req.rdp_cookie", "str", "True when the RDP cookie equals a pattern.", false),
		row("req_rdp_cookie_cnt", "req.rdp_cookie_cnt", "int", "True when the number of RDP cookies is in a range.", false),
		row("req_ssl_sni", "req.ssl_sni", "str", "True when the server name in the TLS ClientHello equals a pattern.", false),
		row("req_ssl_ver", "req.ssl_ver", "int", version, true),
	}
}

// readHello parses the handshake message that the side began with. It is kept
// nowhere: a flow's few rules read it while its bytes are still in the cache.
func readHello(s *lb.Stream, h *hello.Hello, b []byte) bool {
	if s.Flags&lb.IsTCP == 0 {
		return false
	}
	switch h.Parse(b, sample.Begin(s.Thread), inspectable(s)) {
	case hello.OK:
		if h.Joined != nil {
			sample.End(s.Thread, h.Joined) // the values lie in it
		}
		return true
	case hello.More:
		s.Missing = !s.Final
	}
	return false
}

// ofClient makes a fetch of a function on the client's hello.
func ofClient(f func(*lb.Stream, *hello.Hello, *sample.Value) bool) evalFunc {
	return func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
		var h hello.Hello
		return readHello(s, &h, s.Input) && h.Type == hello.Client && f(s, &h, v)
	}
}

func helloType(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	var h hello.Hello
	if !readHello(s, &h, arrived(s)) {
		return false
	}
	v.SetInt(int64(h.Type))
	return true
}

// helloVersion also reads the hello of SSLv2, which has no records.
func helloVersion(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	version := func(n uint16) bool {
		v.SetInt(int64(n>>8)<<16 + int64(n&0xff))
		return true
	}
	var h hello.Hello
	if readHello(s, &h, s.Input) {
		return (h.Type == hello.Client || h.Type == hello.Server) && version(h.Version)
	}
	if s.Flags&lb.IsTCP == 0 || s.Missing {
		return false
	}
	n, state := hello.SSLv2(s.Input)
	s.Missing = state == hello.More && !s.Final
	return state == hello.OK && version(n)
}

// part makes a fetch of one that returns bytes of the client's hello.
func part(t sample.Type, f func(*hello.Hello) []byte) evalFunc {
	return ofClient(func(_ *lb.Stream, h *hello.Hello, v *sample.Value) bool {
		v.Type, v.Bytes, v.Flags = t, f(h), sample.Const
		return len(v.Bytes) > 0
	})
}

// helloCurves has no value where there are none, as in HAProxy.
func helloCurves(_ *lb.Stream, h *hello.Hello, v *sample.Value) bool {
	v.SetBool(true)
	return h.HasGroups()
}

func helloKeyShares(s *lb.Stream, h *hello.Hello, v *sample.Value) bool {
	v.Type, v.Bytes = sample.Bin, sample.End(s.Thread, h.AppendKeyShares(sample.Begin(s.Thread)))
	return len(v.Bytes) > 0
}

func helloTicket(_ *lb.Stream, h *hello.Hello, v *sample.Value) bool {
	v.SetInt(int64(h.Ticket()))
	return h.HasExts
}

// findCookie looks for the RDP cookie that the arguments name.
func findCookie(s *lb.Stream, args []sample.Arg) (value []byte, found, ok bool) {
	if s.Flags&lb.IsTCP == 0 {
		return nil, false, false
	}
	value, found, more := rdp.Cookie(s.Input, args[0].Str)
	s.Missing = more && !s.Final
	return value, found, !more
}

func rdpCookie(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	value, found, _ := findCookie(s, args)
	return found && len(value) > 0 && text(v, value)
}

func rdpCookies(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	_, found, ok := findCookie(s, args)
	if !ok {
		return false
	}
	v.SetInt(0)
	if found {
		v.SetInt(1)
	}
	return true
}
