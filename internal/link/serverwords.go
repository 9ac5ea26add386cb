package link

import (
	"strings"

	"segue/internal/cfg"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/sample"
)

// serverWords compiles the expressions of server lines. Manual 5.2
// "set-proxy-v2-tlv-fmt", "pool-conn-name".
func (l *linker) serverWords(px *lb.Proxy, sc *sample.Scope) {
	for _, srv := range px.Servers {
		l.serverExprs(srv, sc)
	}
	if px.Dispatch != nil {
		l.serverExprs(px.Dispatch, sc)
	}
}

func (l *linker) serverExprs(srv *lb.Server, sc *sample.Scope) {
	for i := range srv.Conf.ProxyTLVs {
		l.tlv(srv, &srv.Conf.ProxyTLVs[i], sc)
	}
	if line := srv.Conf.PoolConnName; line != nil {
		l.poolName(srv, line, sc)
	}
	if line := srv.Conf.SNI; line != nil {
		l.serverName(srv, line, sc)
	}
	l.foreign(srv, sc)
}

// tlv compiles one "set-proxy-v2-tlv-fmt(id) format".
func (l *linker) tlv(srv *lb.Server, line *cfg.Line, sc *sample.Scope) {
	id, ok := tlvID(line.Text(0))
	if !ok {
		l.d.Alertf(line.Pos(0), "'server %s/%s' : '%s' : expects an integer between 0x00 and 0xff.", srv.Proxy.Name, srv.Name, line.Text(0))
		return
	}
	t := lb.TLV{Type: id}
	if line.Len() > 1 {
		own := *line
		own.Words = own.Words[1:]
		f := l.format(&own, "custom TLV", sc, logfmt.Options{Place: sample.BackPick})
		if f == nil {
			return
		}
		t.Value = f
	}
	srv.TLVs = append(srv.TLVs, t)
}

// serverName checks the expression of "sni", which says nothing until there is
// TLS. What it is built from may be waiting for TLS, too.
func (l *linker) serverName(srv *lb.Server, line *cfg.Line, sc *sample.Scope) {
	own := *sc
	at(&own, line)
	own.Place = sample.BackPick
	if _, _, err := sample.Parse(line.Text(0), &own); err != nil && !strings.Contains(err.Error(), "not built yet") {
		l.d.Alertf(line.Pos(0), "'server %s/%s' : error detected while parsing sni or pool-conn-name expressions : %s.", srv.Proxy.Name, srv.Name, strings.TrimSuffix(err.Error(), "."))
	}
}

// poolName compiles the expression that names a connection.
func (l *linker) poolName(srv *lb.Server, line *cfg.Line, sc *sample.Scope) {
	own := *sc
	at(&own, line)
	own.Place = sample.BackPick
	e, _, err := sample.Parse(line.Text(0), &own)
	if err != nil {
		l.d.Alertf(line.Pos(0), "'server %s/%s' : error detected while parsing 'pool-conn-name' expression : %s.", srv.Proxy.Name, srv.Name, err)
		return
	}
	srv.PoolName = exprText{e}
}

// exprText is an expression whose text is wanted.
type exprText struct{ e *sample.Expr }

// AppendTo implements lb.Formatter.
func (x exprText) AppendTo(dst []byte, s *lb.Stream) []byte {
	dst, _ = x.e.EvalString(s, dst)
	return dst
}
