package core

import (
	"strings"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/keyword"
)

// A tlsWord is a word that the TLS feature will act on. Until then it is read
// and refused or stored, so that a file that needs TLS never runs without.
type tlsWord struct {
	name  string
	nargs int
}

// words makes a table from "name" and "name/nargs" entries.
func tlsTable(list string) []tlsWord {
	var t []tlsWord
	for _, w := range strings.Fields(list) {
		name, n, _ := strings.Cut(w, "/")
		row := tlsWord{name: name}
		if n != "" {
			row.nargs = int(n[0] - '0')
		}
		t = append(t, row)
	}
	return t
}

const tlsText = "Belongs to TLS, which this version does not have yet."

// bindTLSWords lists the TLS words of bind lines. Manual 5.1.
func bindTLSWords() []catalog.BindWord {
	var rows []catalog.BindWord
	for _, w := range tlsTable(`allow-0rtt alpn/1 ca-file/1 ca-ignore-err/1 ca-sign-file/1 ca-sign-pass/1 ca-verify-file/1
		ciphers/1 ciphersuites/1 client-sigalgs/1 crl-file/1 crt/1 crt-ignore-err/1 crt-list/1 curves/1 default-crt/1 ecdhe/1 ech/1
		force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 generate-certificates ktls/1 no-alpn no-ca-names
		no-sslv3 no-strict-sni no-tls-tickets no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13 npn/1 prefer-client-ciphers sigalgs/1
		ssl ssl-max-ver/1 ssl-min-ver/1 strict-sni tls-ticket-keys/1 tls-tickets verify/1
		quic-cc-algo/1 quic-force-retry quic-socket/1`) {
		args := ""
		if w.nargs > 0 {
			args = "<value>"
		}
		row := catalog.BindWord{Doc: doc(w.name, args, "5.1", tlsText), NArgs: w.nargs, Parse: bindTLS}
		row.Effect, row.Why = keyword.Inert, whyTLS
		if strings.HasPrefix(w.name, "quic-") {
			row.Why = whyQUIC
		}
		rows = append(rows, row)
	}
	return rows
}

// bindTLS notes "ssl", which is refused; the rest means nothing without it, but
// has to be right.
func bindTLS(c *conf.Context, b *conf.Bind, i int) {
	word := c.Line.Text(i)
	if word == "ssl" {
		b.SSL = true
	}
	if wrong := tlsValue(c, word, c.Line.Text(i+1), false); wrong != "" {
		bindf(c, i+1, "%s", wrong)
	}
}

// serverTLSWords lists the TLS words of server lines. Manual 5.2.
func serverTLSWords() []catalog.ServerWord {
	var rows []catalog.ServerWord
	for _, w := range tlsTable(`allow-0rtt alpn/1 ca-file/1 ciphers/1 ciphersuites/1 client-sigalgs/1 crl-file/1 crt/1 curves/1 ech/1
		force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 ktls/1 no-renegotiate no-send-proxy-v2-ssl no-send-proxy-v2-ssl-cn
		no-sni-auto no-ssl no-ssl-reuse no-sslv3 no-tls-tickets no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13 npn/1 renegotiate
		send-proxy-v2-ssl send-proxy-v2-ssl-cn sigalgs/1 sni/1 sni-auto ssl ssl-max-ver/1 ssl-min-ver/1 ssl-reuse tls-tickets
		verify/1 verifyhost/1`) {
		args := ""
		if w.nargs > 0 {
			args = "<value>"
		}
		row := catalog.ServerWord{Doc: doc(w.name, args, "5.2", tlsText), NArgs: w.nargs, Parse: serverTLS}
		switch {
		case w.name == "no-ssl":
			row.Effect, row.Why = keyword.Moot, "no server has TLS"
		case !strings.Contains(w.name, "send-proxy"):
			row.Effect, row.Why = keyword.Inert, whyTLS
		}
		rows = append(rows, row)
	}
	return rows
}

// serverTLS notes "ssl", which is refused, and what the PROXY header says of
// it. The rest means nothing without TLS.
func serverTLS(c *conf.Context, s *conf.ServerWords, i int) {
	word := c.Line.Text(i)
	if wrong := tlsValue(c, word, c.Line.Text(i+1), true); wrong != "" {
		wordf(c, i+1, "%s", strings.TrimSuffix(wrong, "."))
		return
	}
	switch word {
	case "ssl":
		s.SSL = true
	case "sni":
		s.SNI = wordLine(c, i+1)
	case "no-ssl":
		s.SSL = false
	case "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn":
		s.SendProxy = 2
		s.ProxyV2 = append(s.ProxyV2, "ssl")
		if word == "send-proxy-v2-ssl-cn" {
			s.ProxyV2 = append(s.ProxyV2, "cert-cn")
		}
	case "no-send-proxy-v2-ssl", "no-send-proxy-v2-ssl-cn":
		if s.SendProxy == 2 {
			s.SendProxy, s.ProxyV2 = 0, nil
		}
	}
}
