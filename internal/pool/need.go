package pool

import "segue/internal/lb"

// How many idle connections a server needs: as many as were in use at once
// lately, and "pool-low-conn" more. What exceeds it is closed rather than kept,
// so that a farm that reaches many addresses through one server does not
// collect connections. Manual 5.2 "pool-low-conn", "pool-purge-delay".

// used notes that a connection was taken or opened.
func used(st *lb.ServerState) {
	st.NoteBusy(st.Conns.Load() - st.IdleConns.Load())
}

// needed reports whether one more idle connection is worth keeping. now and
// purge are in ns; the estimate loses half of its excess in every purge delay.
func needed(st *lb.ServerState, low, now, purge int64) bool {
	age(st, now, purge)
	open := st.Conns.Load()
	busy := open - st.IdleConns.Load()
	return open <= max(busy, st.NeedConns.Load())+low
}

// surplus is how many of a thread's n idle connections a round closes: what
// exceeds the need of this round and the last. It takes about three delays from
// the last use of many connections to the end of the first, as in HAProxy 3.4.
func surplus(st *lb.ServerState, n int, now, purge int64) int {
	last := st.NeedConns.Load()
	age(st, now, purge)
	return int(min(max(st.IdleConns.Load()-max(last, st.NeedConns.Load()), 0), int64(n)))
}

// age brings the estimate up to date, at most once in a purge delay.
func age(st *lb.ServerState, now, purge int64) {
	busy := st.Conns.Load() - st.IdleConns.Load()
	if at := st.NeedAt.Load(); now-at > purge && st.NeedAt.CompareAndSwap(at, now) {
		peak := st.PeakConns.Swap(busy)
		need := max(peak, (st.NeedConns.Load()+peak)/2)
		// Delays in which nobody asked were idle: what was needed before them ages on.
		if idle := (now-at)/max(purge, 1) - 1; at != 0 && idle > 0 && need > busy {
			need = busy + (need-busy)>>min(idle, 62)
		}
		st.NeedConns.Store(need)
	}
}
