package resolve

import (
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"segue/internal/conf"
)

// The counters of a name server, in the order of "show resolvers".
const (
	Sent = iota
	SendErrors
	Valids
	Updates
	Aliases
	AliasErrors
	AnyErrors
	NXs
	Timeouts
	RefusedOnes
	Others
	Invalids
	TooBigs
	Truncates
	Outdated
	Counters
)

// nameServer is one name server of a section.
type nameServer struct {
	conf.NameServer
	sec   *Section
	count [Counters]int64
	link  transport
}

// transport takes queries to a name server. send never blocks; false means that
// the message was not taken.
type transport interface {
	send(msg []byte) bool
	close()
}

// Section is a resolvers section at run time, by identity: it outlives
// configurations.
type Section struct {
	m       *Manager
	name    string
	conf    *conf.Resolvers
	shared  atomic.Pointer[conf.Resolvers] // conf, for those without the lock
	servers []*nameServer
	all     map[key]*resolution
	byID    map[uint16]*resolution // of queries that wait
	send    func(ns *nameServer, msg []byte) bool
	jobs    []job // what ended since the last take
	wake    chan struct{}
	in      chan packet
	stop    chan struct{}
}

// packet is a message that a name server sent.
type packet struct {
	from *nameServer
	msg  []byte
}

// job is the end of a resolution, to be applied without the lock.
type job struct {
	now     int64
	res     *resolution
	by      *nameServer // nil: an error, or an answer from the cache
	status  Status
	held    bool
	records []record
	targets []*target
}

// maxStarts bounds the queries that begin at the same time; the others follow a
// few ms later, so that a large file is no storm for its name servers.
const (
	maxStarts  = 128
	startEvery = 10e6 // ns
	// maxNames bounds the names that do-resolve may add to a section.
	maxNames = 16384
)

// freeID returns a random id that no waiting query has.
func (s *Section) freeID() uint16 {
	for {
		id := uint16(rand.Uint32())
		if _, taken := s.byID[id]; !taken {
			return id
		}
	}
}

// get finds or makes the resolution of a name.
func (s *Section) get(now int64, k key) *resolution {
	r := s.all[k]
	if r == nil {
		r = &resolution{key: k, sec: s, born: now, due: now}
		s.m.restore(now, r)
		s.all[k] = r
	}
	r.used = now
	return r
}

// step begins what is due, ends what has waited long enough, and returns when
// to be called again.
func (s *Section) step(now int64) (next int64) {
	next = now + 3600e9
	starts := 0
	for k, r := range s.all {
		switch {
		case r.running:
			if r.deadline <= now {
				r.expired(now)
			}
		case !r.wanted():
			if now-max(r.used, r.lastValid) >= int64(s.conf.Hold[conf.HoldValid]) {
				delete(s.all, k)
			}
			next = min(next, now+1e9)
			continue
		case r.due <= now:
			if starts++; starts > maxStarts || len(s.byID) > 1<<15 {
				next = min(next, now+startEvery)
				continue
			}
			r.start(now)
		}
		if r.running {
			next = min(next, r.deadline)
		} else {
			next = min(next, r.due)
		}
	}
	return next
}

// handle takes a message that ns sent.
func (s *Section) handle(now int64, ns *nameServer, msg []byte) {
	if len(msg) > s.conf.Payload {
		ns.count[TooBigs]++ // cut off: nothing in it counts
		return
	}
	if _, ok := messageID(msg); !ok {
		ns.count[Invalids]++
		return
	}
	r := s.waiting(msg)
	if r == nil || !slices.Contains(r.silent, ns) {
		ns.count[Outdated]++
		return
	}
	list, st, aliased := parseAnswer(msg, question{r.Name, r.typ})
	ns.tally(st, aliased)
	if st == Invalid {
		// Not what was asked for: the true answer may still come. If none does,
		// the other type is tried as after any error.
		if r.last == Pending {
			r.last = Invalid
		}
		return
	}
	r.answered(now, ns, list, st)
}

// waiting finds the resolution that a message may belong to.
func (s *Section) waiting(msg []byte) *resolution {
	id, ok := messageID(msg)
	if !ok {
		return nil
	}
	return s.byID[id]
}

// tally counts an answer.
func (ns *nameServer) tally(st Status, aliased bool) {
	if aliased && st == Valid {
		ns.count[Aliases]++
	}
	which := map[Status]int{
		Valid: Valids, Empty: AnyErrors, NX: NXs, Refused: RefusedOnes, Other: Others, Invalid: Invalids,
		Truncated: Truncates, AliasErr: AliasErrors,
	}
	ns.count[which[st]]++
}

// finished notes what follows from the end of a resolution, and answers those
// that wait for it.
func (s *Section) finished(now int64, r *resolution, by *nameServer) {
	if len(r.targets) > 0 {
		s.jobs = append(s.jobs, job{now: now, res: r, by: by, status: r.status, held: r.held(now),
			records: slices.Clone(r.records), targets: slices.Clone(r.targets)})
	}
	for _, q := range r.queries {
		q.answer(r)
	}
	r.queries = nil
}

// take returns the jobs that came up.
func (s *Section) take() []job {
	jobs := s.jobs
	s.jobs = nil
	return jobs
}

// kick makes the section's goroutine look again.
func (s *Section) kick() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
