package link

import (
	"errors"
	"slices"
	"strings"

	"segue/internal/conf"
	"segue/internal/feature/checks"
	"segue/internal/health"
	"segue/internal/lb"
)

// static are the words of a server line that "add server" refuses: those that
// resolve names, take part in a stick table, or would need what was prepared at
// the start. Management guide 9.3 "add server".
var static = strings.Fields(`cc check-sni-auto enabled init-addr log-bufsize log-proto max-reuse namespace
	no-agent-check no-check no-check-reuse-pool no-check-send-proxy no-check-ssl no-send-proxy-v2-ssl
	no-send-proxy-v2-ssl-cn no-ssl non-stick redir resolve-net resolve-opts resolve-prefer
	resolvers sni-auto socks4 ssl-reuse stick tcp-md5sig tcp-ut`)

// dynamicWords checks the words of "add server" behind name and address, and
// takes "track <server>" out: what it names is in the running generation.
func dynamicWords(words []string) (rest []string, track string, err error) {
	for i := 0; i < len(words); i++ {
		switch word := words[i]; {
		case i < 2:
		case slices.Contains(static, word):
			return nil, "", errors.New("'" + word + "' option is not accepted for dynamic server")
		case word == "track" && i+1 < len(words):
			track = words[i+1]
			i++
			continue
		}
		rest = append(rest, words[i])
	}
	return rest, track, nil
}

// withCheck finds the healthcheck section that a new server names, and refuses
// a server that checks and tracks: the state would be whose?
func (h hooks) withCheck(px *lb.Proxy, srv *lb.Server, l *linker) error {
	c := srv.Conf
	if c.Check && c.Track != "" {
		return errors.New("unable to enable checks and tracking at the same time!")
	}
	name := c.CheckWords["healthcheck"]
	if name == "" {
		return nil
	}
	src := checks.Sources(px.Gen.Conf)[name]
	if src == nil {
		return errors.New("healthcheck section '" + name + "' not found for server '" + c.Name + "'.")
	}
	health.Name(px, name, src, health.Lang{Scope: l.scope(px), Actions: l.actions, Diag: l.d})
	if l.d.Errors() > 0 {
		return firstError(l.d)
	}
	return nil
}

// ServerWords implements admin.Engine.
func (h hooks) ServerWords() []string {
	var list []string
	for _, name := range h.w.Index.ServerWordNames() {
		if !slices.Contains(static, name) {
			list = append(list, name)
		}
	}
	return list
}

// protoFits checks "proto" of a server: which protocols its backend can speak.
func protoFits(px *lb.Proxy, proto string) error {
	switch proto {
	case "":
		return nil
	case "none":
		if px.Mode == conf.TCP {
			return nil
		}
	case "h1", "h2", "fcgi":
		if px.Mode != conf.TCP {
			return nil
		}
	case "spop":
	default:
		return errors.New("'proto' :  unknown MUX protocol '" + proto + "'.")
	}
	return errors.New("MUX protocol is not usable for server.")
}

// guidOwner names what has the identifier already, "" for nothing. Manual 4.2
// and 5.2 "guid".
func guidOwner(g *lb.Generation, guid string) string {
	if guid == "" {
		return ""
	}
	for _, px := range g.Proxies {
		if px.Conf.GUID == guid {
			return px.Conf.Kind + " " + px.Name
		}
		for _, srv := range px.Servers {
			if srv.Conf.GUID == guid {
				return "server " + px.Name + "/" + srv.Name
			}
		}
	}
	return ""
}
