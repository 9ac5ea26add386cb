package l4fetch

import (
	"segue/internal/lb"
	"segue/internal/sample"
)

// clearRows are the truth values about TLS, as they are on connections without
// it, which are all that this version has: "redirect scheme https unless { ssl_fc }"
// needs no TLS to be right. A fetch stands here only if HAProxy 3.4.0 gives the
// same on a clear connection; some of them have no value there, which an ACL
// takes as false.
func clearRows() []sample.Fetch {
	no := boolean(func(*lb.Stream) bool { return false })
	row := func(name string, use sample.Use, eval evalFunc, text string) sample.Fetch {
		return sample.Fetch{Doc: doc(name, layer5, text), Out: sample.Bool, Use: use, Eval: eval}
	}
	return []sample.Fetch{
		row("ssl_bc", sample.UseServer5, no, "True over TLS towards the server; always false in this version."),
		row("ssl_bc_is_resumed", sample.UseServer5, no, "True when the TLS session towards the server was resumed; always false in this version."),
		row("ssl_c_used", sample.UseClient5, noValue, "True when the client showed a certificate; without TLS it has no value."),
		row("ssl_fc", sample.UseClient5, no, "True over TLS from the client; always false in this version."),
		row("ssl_fc_early_rcvd", sample.UseClient5, noValue, "True when early data came; without TLS it has no value."),
		row("ssl_fc_has_crt", sample.UseClient5, noValue, "True when the client's certificate is at hand; without TLS it has no value."),
		row("ssl_fc_has_early", sample.UseClient5, noValue, "True when early data came before the handshake's end; without TLS it has no value."),
		row("ssl_fc_has_sni", sample.UseClient5, no, "True when the client sent a server name over TLS; always false in this version."),
		row("ssl_fc_is_resumed", sample.UseClient5, no, "True when the client's TLS session was resumed; always false in this version."),
	}
}

// noValue is a fetch that never finds anything.
func noValue(*lb.Stream, []sample.Arg, *sample.Value) bool { return false }
