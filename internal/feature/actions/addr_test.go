package actions

import (
	"net/netip"
	"testing"

	"segue/internal/conf"
)

// A rule changes the address at the level of its set; the levels behind it see
// that, those before it do not. Manual 7.3.3 "src".
func TestAddressLevels(t *testing.T) {
	for _, c := range []struct {
		name                  string
		set                   conf.RuleSet
		conn, session, stream string
	}{
		{name: "connection", set: conf.TCPReqConn, conn: "1.2.3.4:77", session: "1.2.3.4:77", stream: "1.2.3.4:77"},
		{name: "session", set: conf.TCPReqSess, conn: "10.0.0.1:1234", session: "1.2.3.4:77", stream: "1.2.3.4:77"},
		{name: "content", set: conf.TCPReqCont, conn: "10.0.0.1:1234", session: "10.0.0.1:1234", stream: "1.2.3.4:77"},
		{name: "http-request", set: conf.HTTPReq, conn: "10.0.0.1:1234", session: "10.0.0.1:1234", stream: "1.2.3.4:77"},
	} {
		sc := newScope()
		s := newStream(t, sc)
		ss := s.Session
		ss.Peer = ss.Src
		dst := ss.Dst
		ss.ConnDst = &dst
		exec(t, sc, s, c.set, "set-src str(1.2.3.4)", "set-src-port int(77)", "set-dst str(1.2.3.4)", "set-dst-port int(77)")
		for _, got := range []struct {
			what     string
			src, dst netip.AddrPort
			want     string
		}{
			{"connection", ss.Peer, ss.ConnLocal(), c.conn},
			{"session", ss.Src, ss.Local(), c.session},
			{"stream", s.Client(), s.Local(), c.stream},
		} {
			wantDst := got.want
			if wantDst == "10.0.0.1:1234" {
				wantDst = "10.0.0.2:80"
			}
			if got.src.String() != got.want || got.dst.String() != wantDst {
				t.Errorf("%s: the %s has %v, %v; want %s, %s", c.name, got.what, got.src, got.dst, got.want, wantDst)
			}
		}
	}
}
