package l4fetch

import (
	"segue/internal/lb"
	"segue/internal/sample"
)

// clearRows are what log lines and conditions ask about TLS, as it is on
// connections without it, which are all that this version has: "redirect scheme
// https unless { ssl_fc }" and "option httpslog" need no TLS to be right. A fetch
// stands here only if HAProxy 3.4.0 gives the same on a clear connection; most of
// them have no value there, which a log shows as "-" and an ACL takes as false.
func clearRows() []sample.Fetch {
	no := boolean(func(*lb.Stream) bool { return false })
	row := func(name string, use sample.Use, eval evalFunc, text string) sample.Fetch {
		return sample.Fetch{Doc: doc(name, layer5, text), Out: sample.Bool, Use: use, Eval: eval}
	}
	none := func(name string, out sample.Type, text string) sample.Fetch {
		return sample.Fetch{Doc: doc(name, layer5, text+"; without TLS it has no value."), Out: out, Use: sample.UseClient5, Eval: noValue}
	}
	return []sample.Fetch{
		row("ssl_bc", sample.UseServer5, no, "True over TLS towards the server; always false in this version."),
		row("ssl_bc_is_resumed", sample.UseServer5, no, "True when the TLS session towards the server was resumed; always false in this version."),
		none("ssl_c_ca_err", sample.Int, "The first error above depth 0 in the check of the client's certificate"),
		none("ssl_c_ca_err_depth", sample.Int, "The depth of the first error in the check of the client's certificate"),
		none("ssl_c_err", sample.Int, "The first error at depth 0 in the check of the client's certificate"),
		row("ssl_c_used", sample.UseClient5, noValue, "True when the client showed a certificate; without TLS it has no value."),
		none("ssl_c_verify", sample.Int, "The result of the check of the client's certificate"),
		row("ssl_fc", sample.UseClient5, no, "True over TLS from the client; always false in this version."),
		none("ssl_fc_alpn", sample.Str, "The protocol that ALPN chose with the client"),
		none("ssl_fc_cipher", sample.Str, "The cipher of the client's connection"),
		row("ssl_fc_early_rcvd", sample.UseClient5, noValue, "True when early data came; without TLS it has no value."),
		none("ssl_fc_err", sample.Int, "The last error of the client's TLS"),
		none("ssl_fc_err_str", sample.Str, "The last error of the client's TLS in words"),
		row("ssl_fc_has_crt", sample.UseClient5, noValue, "True when the client's certificate is at hand; without TLS it has no value."),
		row("ssl_fc_has_early", sample.UseClient5, noValue, "True when early data came before the handshake's end; without TLS it has no value."),
		row("ssl_fc_has_sni", sample.UseClient5, no, "True when the client sent a server name over TLS; always false in this version."),
		row("ssl_fc_is_resumed", sample.UseClient5, no, "True when the client's TLS session was resumed; always false in this version."),
		none("ssl_fc_protocol", sample.Str, "The TLS version of the client's connection"),
		none("ssl_fc_sni", sample.Str, "The server name that the client sent over TLS"),
	}
}

// clearAliases are the ACL keywords made of them. Without TLS none is ever true.
func clearAliases() []sample.Alias {
	row := func(name, method, what string) sample.Alias {
		return sample.Alias{Doc: doc(name, layer5, "True when the server name that the client sent over TLS "+what+"."), Fetch: "ssl_fc_sni", Method: method}
	}
	return []sample.Alias{
		row("ssl_fc_sni_end", "end", "ends with a pattern"),
		row("ssl_fc_sni_reg", "reg", "matches a regular expression"),
	}
}

// noValue is a fetch that never finds anything.
func noValue(*lb.Stream, []sample.Arg, *sample.Value) bool { return false }
