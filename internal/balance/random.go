package balance

import (
	"math/rand/v2"
	"strconv"

	"segue/internal/lb"
)

// random draws servers by weight and takes the least loaded of them. Manual 4.2
// "balance random". If those drawn are full it takes one that is not.
//
// Invariant: of the servers drawn, the one picked has the fewest streams for
// its weight; ties go to the one with fewer requests in the last second.
type random struct {
	consistent
	draws int
	rng   *rand.PCG
}

// maxDraws bounds the draws of one Pick.
const maxDraws = 64

func newRandom(px *lb.Proxy, all bool, arg string, o Options) (*random, error) {
	r := &random{draws: 2, rng: rand.NewPCG(rand.Uint64(), rand.Uint64())}
	if arg != "" {
		n, err := strconv.Atoi(arg)
		if err != nil || n < 1 {
			return nil, errArg("random", arg)
		}
		r.draws = min(n, maxDraws)
	}
	o.Preserve = ""
	return r, r.init(px, all, o)
}

// Pick implements lb.Balancer.
func (r *random) Pick(s *lb.Stream, avoid *lb.Server) (*lb.Server, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch r.serving() {
	case nobody:
		return nil, false
	case oneBackup:
		return r.pickSpare()
	}
	var now int64
	if s != nil && s.Task != nil {
		now = s.Task.Now() / 1e6 // rates count in ms
	}
	var best *slot
	for range r.draws {
		sl := r.at(uint32(r.rng.Uint64()), avoid)
		if best == nil || sl != best && lighter(sl, best, now) {
			best = sl
		}
	}
	if best.srv == avoid || best.srv.Full() {
		return r.anyRoom(int(r.rng.Uint64()%uint64(len(r.slots))), avoid, nil)
	}
	return best.srv, false
}

// lighter reports whether a has less load for its weight than b. now is in ms.
func lighter(a, b *slot, now int64) bool {
	x, y := a.srv.State, b.srv.State
	if la, lb := x.Served.Load()*b.weight, y.Served.Load()*a.weight; la != lb {
		return la < lb
	}
	return x.SessRate.Read(now) < y.SessRate.Read(now)
}
