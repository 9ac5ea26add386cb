package lb

import "segue/internal/conf"

// EachUsable goes through the servers that may get traffic now: the active
// ones, or, when none is left, the first backup, or all of them with "option
// allbackups". Manual 5.2 "backup".
func (px *Proxy) EachUsable(yield func(*Server) bool) {
	found := false
	for _, srv := range px.Servers {
		if !srv.backup() && srv.Usable() {
			found = true
			if !yield(srv) {
				return
			}
		}
	}
	if found {
		return
	}
	for _, srv := range px.Servers {
		if srv.backup() && srv.Usable() {
			if !yield(srv) || px.Options&conf.OptAllBackups == 0 {
				return
			}
		}
	}
}

// UsableServers counts them.
func (px *Proxy) UsableServers() (n int64) {
	for range px.EachUsable {
		n++
	}
	return n
}

func (srv *Server) backup() bool { return srv.Conf != nil && srv.Conf.Backup }
