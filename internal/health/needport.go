package health

import (
	"fmt"

	"segue/internal/conf"
	"segue/internal/diag"
)

// needPort refuses a server whose checks would not know a port: neither "port",
// nor a port in "addr" or the server's own address (which may only be a fixed
// one: there is no client whose port could be mapped), nor in the steps.
// Manual 5.2 "port".
func needPort(px *conf.Proxy, s *conf.Server, p *Plan, d *diag.List) {
	inet := s.Addr.Kind == conf.AddrIP || s.Addr.Kind == conf.AddrHost && !s.Addr.SRV() // SRV records have ports
	if !s.Check || s.Track != "" || !inet || s.Addr.Port > 0 && s.Addr.PortSign == 0 || s.CheckPort > 0 || p.kind == external {
		return
	}
	if ip := s.Addr.IP; s.Addr.Kind == conf.AddrIP && (!ip.IsValid() || ip.IsUnspecified()) {
		return // the client's address, for which 3.4 asks no port
	}
	if a, err := conf.ParseAddr(s.CheckAddr); s.CheckAddr != "" && (err != nil || a.Port > 0 || a.Kind > conf.AddrHost) {
		return
	}
	why, lacks := p.lacksPort()
	if !lacks {
		return
	}
	at := 2
	if s.Line.Text(0) == "server-template" {
		at = 3
	}
	d.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormHidden, Pos: s.Line.Pos(at),
		Msg: fmt.Sprintf("config: %s '%s': server '%s' has neither service port nor check port%s.", px.TypeName(), px.Name, s.Name, why)})
}

// lacksPort reports whether a step has no port of its own, and how messages say
// so. As in HAProxy, only numbers after "port" count.
func (p *Plan) lacksPort() (why string, lacks bool) {
	if p.kind == plain || p.kind == tcpCheck && len(p.steps) == 1 && p.steps[0].connect.implicit {
		return "", true
	}
	why = " nor tcp_check rule 'connect' with port information"
	for i := range p.steps {
		switch st := &p.steps[i]; {
		case st.kind != doConnect:
		case st.connect.port == 0:
			return why, true
		default:
			why = ", and a tcp_check rule 'connect' with no port information"
		}
	}
	return "", false
}
