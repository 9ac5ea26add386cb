package link

import (
	"runtime"
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
		Privs: privs.Settings{Chroot: g.Chroot, Dumpable: g.SetDumpable, Caps: g.Caps, NoNewPrivs: !g.InsecureSetuid, Landlock: g.Landlock},
		Fixed: map[string]string{"nbthread": strconv.Itoa(g.NbThread)},
	}
	if g.UID >= 0 {
		s.Privs.UID, s.Privs.HasUID = g.UID, true
	}
	if g.GID >= 0 {
		s.Privs.GID, s.Privs.HasGID = g.GID, true
	}
	s.Need = need(g, opt, r)
	return s
}

// need counts the descriptors as HAProxy 3.4 does (measured over threads,
// listeners, checks and splicing): an automatic maxconn is the same.
func need(g *conf.Global, opt *flags.Options, r *Result) privs.Need {
	threads := g.NbThread
	if threads <= 0 {
		threads = runtime.NumCPU()
	}
	n := privs.Need{
		MaxConn: g.MaxConn, Fixed: 10 + 3*threads, ULimitN: uint64(max(g.ULimitN, 0)), HardMax: uint64(max(g.FDHardLimit, 0)),
		Has: privs.HardLimit(), Strict: g.StrictLimits,
	}
	stats, splices := g.MasterWorker || opt.Master, false
	if stats {
		n.Fixed++ // the master's
	}
	for _, b := range r.Binds {
		n.Fixed += sockets(b.Conf)
		stats = stats || b.Stats
	}
	if stats {
		n.Fixed += g.StatsMaxConn
	}
	for _, px := range r.Gen.Proxies {
		if px.Conf.Disabled {
			for _, b := range px.Conf.Binds {
				n.Fixed += sockets(b)
			}
			continue
		}
		for _, srv := range px.Servers {
			if srv.Conf.Check {
				n.Fixed++
			}
			if srv.Conf.AgentCheck {
				n.Fixed += 2
			}
		}
		splices = splices || px.Conf.Options&(conf.OptSpliceAuto|conf.OptSpliceRequest|conf.OptSpliceResponse) != 0
	}
	pipes := -1
	if splices {
		pipes = g.MaxPipes
	}
	if opt.MaxConn > 0 {
		n.MaxConn = opt.MaxConn
	}
	if n.MaxConn <= 0 {
		limit := n.Has
		if n.HardMax > 0 {
			limit = min(limit, n.HardMax)
		}
		n.MaxConn = privs.AutoMaxConn(limit, n.Fixed, pipes)
		n.Auto = true
	}
	switch {
	case pipes > 0:
		n.Pipes = pipes
	case pipes == 0:
		n.Pipes = n.MaxConn / 4
	}
	return n
}

// sockets is how many sockets b listens on.
func sockets(b *conf.Bind) int {
	if n, err := strconv.Atoi(b.Shards); err == nil && n > 1 {
		return n
	}
	return 1
}
