package link

import "segue/internal/lb"

// fullConns gives backends without a fullconn line theirs: a tenth of what the
// frontends accept that lead here by name, at least 1. Manual 4.2 "fullconn".
func fullConns(gen *lb.Generation, processMax int64) {
	if processMax <= 0 {
		return
	}
	sums := map[*lb.Proxy]int64{}
	for _, fe := range gen.Proxies {
		if fe.Front == nil {
			continue
		}
		most := fe.MaxConn
		if most == 0 {
			most = processMax
		}
		to := map[*lb.Proxy]bool{}
		if fe.Back != nil {
			to[fe] = true
		}
		if fe.DefaultBackend != nil {
			to[fe.DefaultBackend] = true
		}
		for i := range fe.Switches {
			if b := fe.Switches[i].Back; b != nil {
				to[b] = true
			}
		}
		for b := range to {
			sums[b] += most
		}
	}
	for _, be := range gen.Proxies {
		if be.Back != nil && be.FullConn == 0 {
			be.FullConn = max((sums[be]+9)/10, 1)
		}
	}
}
