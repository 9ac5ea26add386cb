package health

import (
	"errors"
	"slices"

	"segue/internal/conf"
	"segue/internal/lb"
)

// protosOf are the protocols that a kind of check can speak; nil: it does not
// ask. Manual 5.2 "check-proto".
func protosOf(kind string) []string {
	switch kind {
	case "httpchk":
		return []string{"h1"}
	case "spop-check":
		return []string{"none", "spop"}
	case "external-check":
		return nil
	}
	return []string{"none"}
}

// protoClash says that "check-proto" names a protocol that the plan does not
// speak, "" = it does.
func (p *Plan) protoClash(px *conf.Proxy, s *conf.Server) string {
	proto := s.CheckWords["check-proto"]
	if proto == "" || !s.Check || s.Track != "" || p.protos == nil || slices.Contains(p.protos, proto) {
		return ""
	}
	return "config: " + px.TypeName() + " '" + px.Name + "': server '" + s.Name + "' uses an incompatible MUX protocol for the selected check type"
}

// ProtoFits is the same for a server that comes at runtime.
func ProtoFits(srv *lb.Server) error {
	if msg := PlansOf(srv.Proxy).of(srv).protoClash(srv.Proxy.Conf, srv.Conf); msg != "" {
		return errors.New(msg)
	}
	return nil
}
