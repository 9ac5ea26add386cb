package resolve

import (
	"slices"

	"golang.org/x/net/dns/dnsmessage"

	"segue/internal/conf"
)

// family is the type of record that a resolution asks for first.
type family uint8

const (
	ipv6 family = iota // the language's default preference
	ipv4
	service
)

// key is a resolution's identity within its section.
type key struct {
	Name   string // lower case
	Family family
}

// resolution is one name that somebody wants: servers that follow it, or
// queries of do-resolve. It belongs to its section and is guarded by the
// manager's lock. Times are ns of the manager's clock.
type resolution struct {
	key
	sec *Section

	running  bool
	id       uint16 // of the query that waits for answers; only then in byID
	asked    bool   // id is in byID
	typ      dnsmessage.Type
	deadline int64
	tries    int    // queries that are left, the present one included
	fell     bool   // the other type has been tried
	last     Status // of the last error since the query began; Pending = none
	silent   []*nameServer

	born      int64
	due       int64 // of the next query, unless running
	lastValid int64 // 0 = never
	status    Status
	records   []record

	targets []*target
	queries []*Query
	used    int64 // last time that somebody wanted it
	turn    int   // do-resolve goes through the records
}

// wanted reports whether the resolution goes on being asked.
func (r *resolution) wanted() bool { return len(r.targets) > 0 || len(r.queries) > 0 }

// firstType is the type that a resolution begins with.
func (r *resolution) firstType() dnsmessage.Type {
	v4, v6 := r.sec.m.families()
	switch {
	case r.Family == service:
		return typeSRV
	case r.Family == ipv4 && v4 || !v6:
		return typeA
	}
	return typeAAAA
}

// secondType is the type to fall back on after an error.
func (r *resolution) secondType() (dnsmessage.Type, bool) {
	v4, v6 := r.sec.m.families()
	switch {
	case r.typ == typeA && v6:
		return typeAAAA, true
	case r.typ == typeAAAA && v4:
		return typeA, true
	}
	return 0, false
}

// start begins a resolution.
func (r *resolution) start(now int64) {
	r.running, r.fell, r.last = true, false, Pending
	r.tries = max(r.sec.conf.Retries, 1)
	r.typ = r.firstType()
	r.ask(now)
}

// ask sends a new query to all name servers. Manual 5.3.1: all are queried.
func (r *resolution) ask(now int64) {
	r.forgetID()
	r.id, r.asked = r.sec.freeID(), true
	r.sec.byID[r.id] = r
	r.repeat(now)
}

// repeat sends the query. Sent again under the same id, the answer to the first
// one counts however late it is: else a name server that takes longer than
// "timeout retry" would never be understood. More ids for one question would
// only make one of them easier to guess.
func (r *resolution) repeat(now int64) {
	r.deadline = now + int64(r.sec.conf.Retry)
	r.last = Pending
	r.silent = r.silent[:0]
	msg, err := appendQuery(nil, r.id, question{r.Name, r.typ}, r.sec.conf.Payload)
	for _, ns := range r.sec.servers {
		if err != nil || !r.sec.send(ns, msg) {
			ns.count[SendErrors]++
			continue
		}
		ns.count[Sent]++
		r.silent = append(r.silent, ns)
	}
}

func (r *resolution) forgetID() {
	if r.asked {
		delete(r.sec.byID, r.id)
		r.asked = false
	}
}

// answered takes the answer of one name server. A valid one ends the resolution;
// after an error the others may still do better.
func (r *resolution) answered(now int64, ns *nameServer, list []record, st Status) {
	if st == Valid {
		r.merge(now, list)
		r.finish(now, ns, Valid)
		return
	}
	r.last = st
	if i := slices.Index(r.silent, ns); i >= 0 {
		r.silent = slices.Delete(r.silent, i, i+1)
	}
	if len(r.silent) == 0 {
		r.failed(now)
	}
}

// failed goes on after all name servers have answered with errors: with the
// other type at once, or after a while from the beginning. Manual 5.3.2.
func (r *resolution) failed(now int64) {
	if r.fallBack(now) {
		return
	}
	if r.tries--; r.tries <= 0 {
		r.finish(now, nil, r.last)
		return
	}
	r.forgetID() // wait for the deadline, then ask again
}

func (r *resolution) fallBack(now int64) bool {
	other, ok := r.secondType()
	if r.fell || !ok || r.last == Pending {
		return false
	}
	r.fell, r.typ = true, other
	r.ask(now)
	return true
}

// expired is called when the deadline has passed.
func (r *resolution) expired(now int64) {
	if !r.asked { // all have answered with errors: the next attempt
		r.fell, r.typ = false, r.firstType()
		r.ask(now)
		return
	}
	for _, ns := range r.silent {
		ns.count[Timeouts]++
	}
	if r.fallBack(now) {
		return
	}
	st := r.last
	if st == Pending {
		st = TimedOut
	}
	if r.tries--; r.tries <= 0 {
		r.finish(now, nil, st)
		return
	}
	if !r.fell {
		r.repeat(now)
		return
	}
	r.fell, r.typ = false, r.firstType()
	r.ask(now)
}

// merge makes the records those of list, and keeps the others until "hold
// obsolete" has passed.
func (r *resolution) merge(now int64, list []record) {
	fresh := make([]record, 0, len(list))
	for i := range list {
		if !slices.ContainsFunc(fresh, func(o record) bool { return list[i].same(&o) }) {
			list[i].Seen = now
			fresh = append(fresh, list[i])
		}
	}
	hold := int64(r.sec.conf.Hold[conf.HoldObsolete])
	kept := r.records[:0]
	for i := range r.records {
		old := &r.records[i]
		if j := slices.IndexFunc(fresh, func(o record) bool { return old.same(&o) }); j >= 0 {
			kept = append(kept, fresh[j]) // the order of before, for round robin
			fresh = slices.Delete(fresh, j, j+1)
		} else if now-old.Seen < hold {
			kept = append(kept, *old)
		}
	}
	r.records = append(kept, fresh...)
}

// finish ends the resolution; by is who gave a valid answer. The next one is
// due a while later.
func (r *resolution) finish(now int64, by *nameServer, st Status) {
	r.forgetID()
	r.running, r.status = false, st
	r.due = now + int64(r.sec.conf.Resolve)
	if st == Valid {
		r.lastValid = now
	} else if !r.held(now) {
		r.records = nil
	}
	r.sec.finished(now, r, by)
}

// held reports whether the last valid answer still counts. Manual 5.3.2 "hold".
func (r *resolution) held(now int64) bool {
	which := conf.HoldOther
	switch r.status {
	case Valid:
		return true
	case NX:
		which = conf.HoldNX
	case Refused:
		which = conf.HoldRefused
	case TimedOut:
		which = conf.HoldTimeout
	}
	// A server may have got its address from elsewhere before the first query.
	since := max(r.lastValid, r.born)
	return now-since < int64(r.sec.conf.Hold[which])
}
