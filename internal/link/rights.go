package link

import (
	"slices"
	"strings"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/process"
	"segue/internal/process/privs"
)

// privileged tells what the service needs of the kernel besides its sockets.
// marked says whether a rule sets a mark.
func privileged(b *process.Bundle, gen *lb.Generation, marked bool) {
	b.Settings.Rights = privs.Rights{Net: marked}
	r := &b.Settings.Rights
	for _, px := range gen.Proxies {
		r.Net = r.Net || foreignSource(px.Conf.Source)
		for _, srv := range px.Servers {
			r.Net = r.Net || foreignSource(srv.Conf.Source)
			if name := srv.Conf.Namespace; name != "" && name != "*" && !slices.Contains(b.Namespaces, name) {
				b.Namespaces = append(b.Namespaces, name)
			}
		}
	}
	if r.Sys = len(b.Namespaces) > 0; r.Sys && (b.Settings.Privs.Chroot != "" || b.Settings.Privs.Landlock) {
		// A worker that is confined cannot open others.
		slices.Sort(b.Namespaces)
		b.Settings.Fixed["namespace"] = strings.Join(b.Namespaces, " ")
	}
}

func foreignSource(c *conf.Source) bool {
	return c != nil && (c.UseSrc != conf.UseSrcNone || c.Interface != "")
}

// marks says whether a rule sets a netfilter mark. The rules must still be lines.
func marks(m *conf.Model) bool {
	for _, px := range m.Proxies {
		for set := range conf.RuleSets {
			lines := px.Rules.Of(set)
			for i := range lines {
				w := lines[i].Words()
				if len(w) > 0 && slices.Contains([]string{"set-mark", "set-fc-mark", "set-bc-mark"}, w[0].Text) {
					return true
				}
			}
		}
	}
	return false
}
