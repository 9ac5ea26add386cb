package process

import (
	"os"
	"slices"
	"strings"

	"segue/internal/process/flags"
	"segue/internal/process/listen"
	"segue/internal/process/mcli"
)

// environment is what "show env" of a master shows: its own and HAProxy's
// variables. Manual 2.3.
func environment(version string, opt *flags.Options) []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return Private(name)
	})
	branch := version
	if parts := strings.SplitN(version, ".", 3); len(parts) > 2 {
		branch = parts[0] + "." + parts[1]
	}
	env = append(env, "HAPROXY_STARTUP_VERSION="+version, "HAPROXY_BRANCH="+branch,
		"HAPROXY_CFGFILES="+strings.Join(opt.Files, ";"), "HAPROXY_MWORKER=1")
	var clis []string // the last one of the command line comes first, as in HAProxy 3.4
	for _, arg := range opt.MasterCLIs {
		if b, err := mcli.ParseBind(arg); err == nil {
			clis = append([]string{nameOf(&b.Spec)}, clis...)
		}
	}
	if len(clis) > 0 {
		env = append(env, "HAPROXY_MASTER_CLI="+strings.Join(clis, ";"))
	}
	return env
}

// nameOf is an address with its family.
func nameOf(s *listen.Spec) string {
	switch s.Family {
	case listen.Unix:
		return "unix@" + s.Path
	case listen.IPv4:
		return "ipv4@" + s.Address()
	case listen.IPv6:
		return "ipv6@" + s.Address()
	}
	return s.Address()
}
