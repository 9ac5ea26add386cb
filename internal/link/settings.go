package link

import (
	"os/user"
	"strconv"

	"segue/internal/conf"
	"segue/internal/process"
	"segue/internal/process/flags"
	"segue/internal/process/privs"
)

// settings are what a configuration says about the process itself.
func settings(g *conf.Global, opt *flags.Options, r *Result) process.Settings {
	s := process.Settings{
		MasterWorker: g.MasterWorker, Daemon: g.Daemon, Quiet: g.Quiet, ZeroWarning: g.ZeroWarning, PidFile: g.PidFile, HardStopAfter: g.HardStopAfter,
		Grace:     g.Grace,
		NewWorker: g.NewWorker, NoExitOnFail: g.NoExitOnFailure, MaxReloads: g.MaxReloads,
		Privs: privs.Settings{Chroot: g.Chroot, Dumpable: g.SetDumpable},
		Fixed: map[string]string{"nbthread": strconv.Itoa(g.NbThread)},
	}
	if g.UID >= 0 {
		s.Privs.UID, s.Privs.HasUID = g.UID, true
	} else if g.User != "" {
		if u, err := user.Lookup(g.User); err == nil {
			s.Privs.UID, _ = strconv.Atoi(u.Uid)
			s.Privs.HasUID = true
		}
	}
	if g.GID >= 0 {
		s.Privs.GID, s.Privs.HasGID = g.GID, true
	} else if g.Group != "" {
		if u, err := user.LookupGroup(g.Group); err == nil {
			s.Privs.GID, _ = strconv.Atoi(u.Gid)
			s.Privs.HasGID = true
		}
	}
	maxconn := g.MaxConn
	if opt.MaxConn > 0 {
		maxconn = opt.MaxConn
	}
	checks := 0
	for _, px := range r.Gen.Proxies {
		checks += len(px.Servers)
	}
	s.Need = privs.Need{MaxConn: maxconn, Fixed: len(r.Binds) + checks + 64, ULimitN: uint64(max(g.ULimitN, 0)), HardMax: uint64(max(g.FDHardLimit, 0)), Strict: g.StrictLimits}
	return s
}
