package balance

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"segue/internal/conf"
	"segue/internal/hash"
	"segue/internal/lb"
)

func TestBitsetIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9000).Draw(t, "n")
		b, model := newBitset(n), map[int]bool{}
		number := rapid.IntRange(0, n-1)
		for range rapid.IntRange(0, 100).Draw(t, "ops") {
			i := number.Draw(t, "i")
			if rapid.Bool().Draw(t, "set") {
				b.set(i)
				model[i] = true
			} else {
				b.clear(i)
				delete(model, i)
			}
			at := number.Draw(t, "at")
			next, prev := -1, -1
			for m := range model {
				if m >= at && (next < 0 || m < next) {
					next = m
				}
				if m <= at && m > prev {
					prev = m
				}
			}
			if b.next(at) != next || b.prev(at) != prev || b.has(at) != model[at] {
				t.Fatalf("at %d: next %d prev %d has %v, want %d %d %v", at, b.next(at), b.prev(at), b.has(at), next, prev, model[at])
			}
		}
	})
}

func TestHeapIsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const n = 40
		var h heap
		h.grow(n)
		var model []item
		for range rapid.IntRange(0, 150).Draw(t, "ops") {
			idx := int32(rapid.IntRange(0, n-1).Draw(t, "idx"))
			model = slices.DeleteFunc(model, func(it item) bool { return it.idx == idx })
			if rapid.IntRange(0, 2).Draw(t, "op") == 0 {
				h.remove(idx)
			} else {
				h.put(idx, rapid.Uint64Range(0, 5).Draw(t, "key"))
				model = append(model, h.items[h.where[idx]-1])
			}
			if len(h.items) != len(model) {
				t.Fatalf("%d items, want %d", len(h.items), len(model))
			}
			if len(model) == 0 {
				continue
			}
			first := slices.MinFunc(model, func(a, b item) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.seq, b.seq)) })
			if h.items[0] != first {
				t.Fatalf("first is %v, want %v", h.items[0], first)
			}
		}
	})
}

// TestTableEqualsItsDefinition compares with the definition in table.go, place
// by place.
func TestTableEqualsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Int64Range(1, 40), 1, 12).Draw(t, "weights")
		var slots []*slot
		total := int64(0)
		for i, w := range weights {
			slots = append(slots, &slot{idx: int32(i), weight: w})
			total += w
		}
		got := buildTable(slots)
		if len(got) != int(total) {
			t.Fatalf("%d places, want %d", len(got), total)
		}
		given := make([]int64, len(weights))
		for o := range got {
			best, most := -1, int64(0)
			for i, w := range weights {
				if owed := w*int64(o+1)/total - given[i]; best < 0 || owed > most {
					best, most = i, owed
				}
			}
			given[best]++
			if int(got[o]) != best {
				t.Fatalf("place %d: server %d, want %d", o, got[o], best)
			}
		}
	})
}

func TestRingFindsTheClosestNode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRing()
		var model []node
		for i := range rapid.IntRange(1, 400).Draw(t, "nodes") {
			n := node{hash.Avalanche(uint32(i) * 77), int32(i)}
			r.add(n.pos, n.idx)
			model = append(model, n)
		}
		for range rapid.IntRange(0, len(model)-1).Draw(t, "removed") {
			i := rapid.IntRange(0, len(model)-1).Draw(t, "which")
			r.remove(model[i].pos, model[i].idx)
			model = slices.Delete(model, i, i+1)
		}
		for range 20 {
			h := rapid.Uint32().Draw(t, "hash")
			got := r.at(r.closest(h)).pos
			distance := func(pos uint32) uint32 { return min(pos-h, h-pos) }
			want := slices.MinFunc(model, func(a, b node) int { return cmp.Compare(distance(a.pos), distance(b.pos)) }).pos
			if distance(got) != distance(want) {
				t.Fatalf("hash %08x: node %08x, want %08x", h, got, want)
			}
			around := r.from(h)
			for range model {
				around = r.next(r.prev(r.next(around)))
			}
			if around != r.from(h) {
				t.Fatalf("going round does not come back")
			}
		}
	})
}

// farmModel is a random history of streams and changes on one balancer.
type farmModel struct {
	*rapid.T
	px *lb.Proxy
	b  lb.Balancer
}

func (m *farmModel) change() {
	srv := rapid.SampledFrom(m.px.Servers).Draw(m.T, "server")
	switch rapid.IntRange(0, 7).Draw(m.T, "change") {
	case 0:
		srv.State.Admin.Store(srv.State.Admin.Load() ^ uint32(lb.ForcedMaint))
		m.b.Changed(srv)
	case 1:
		srv.State.Weight.Store(int32(rapid.IntRange(0, 5).Draw(m.T, "weight")))
		m.b.Changed(srv)
	case 2:
		srv.MaxConn.Store(rapid.Int64Range(0, 3).Draw(m.T, "maxconn"))
		m.b.Changed(srv)
	case 3:
		srv.State.Ramp.Store(int32(rapid.IntRange(0, 16).Draw(m.T, "ramp")))
		m.b.Changed(srv)
	default:
		if srv.State.Served.Load() > 0 {
			srv.State.Served.Add(-1)
			m.b.Dropped(srv)
		}
	}
}

// candidates are the servers that may be picked by the rules of doc.go.
func (m *farmModel) candidates() (serving, free []*lb.Server) {
	for _, backup := range []bool{false, true} {
		for _, srv := range m.px.Servers {
			if srv.Conf.Backup == backup && srv.Usable() {
				serving = append(serving, srv)
			}
		}
		if len(serving) > 0 {
			if backup && m.px.Options&conf.OptAllBackups == 0 {
				serving = serving[:1]
			}
			break
		}
	}
	for _, srv := range serving {
		if !srv.Full() {
			free = append(free, srv)
		}
	}
	return serving, free
}

func TestPickKeepsTheRulesUnderAnyHistory(t *testing.T) {
	for _, algo := range []string{"roundrobin", "static-rr", "leastconn", "first", "random", "random(1)", "hdr(x)"} {
		for _, method := range []string{"map-based", "consistent"} {
			t.Run(algo+" "+method, func(t *testing.T) {
				rapid.Check(t, func(rt *rapid.T) { history(rt, algo, method) })
			})
		}
	}
}

func history(t *rapid.T, algo, method string) {
	px := backend(rapid.SliceOfN(rapid.IntRange(1, 4), 1, 6).Draw(t, "weights")...)
	if rapid.Bool().Draw(t, "allbackups") {
		px.Options |= conf.OptAllBackups
	}
	for _, srv := range px.Servers {
		srv.Conf.Backup = rapid.IntRange(0, 3).Draw(t, "backup") == 0
		srv.MaxConn.Store(rapid.Int64Range(0, 3).Draw(t, "maxconn"))
	}
	b, err := New(px, conf.Balance{Algo: algo}, conf.HashType{Method: method}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := &farmModel{t, px, b}
	for range rapid.IntRange(1, 60).Draw(t, "events") {
		if rapid.Bool().Draw(t, "change") {
			m.change()
			continue
		}
		var avoid *lb.Server
		if rapid.IntRange(0, 3).Draw(t, "avoids") == 0 {
			avoid = rapid.SampledFrom(px.Servers).Draw(t, "avoid")
		}
		serving, free := m.candidates()
		srv, full := b.Pick(nil, avoid)
		switch {
		case srv == nil && len(free) > 0:
			t.Fatalf("nothing picked though server %s is free", free[0].Name)
		case srv == nil && full != (len(serving) > 0):
			t.Fatalf("full = %v with %d servers serving", full, len(serving))
		case srv == nil:
			continue
		case !slices.Contains(free, srv):
			t.Fatalf("server %s picked, which is not free or does not serve", srv.Name)
		case srv == avoid && len(free) > 1:
			t.Fatalf("server %s picked though it is to be avoided", srv.Name)
		}
		m.best(algo, srv, avoid, free)
		srv.State.Served.Add(1)
		b.Taken(srv)
	}
}

// best checks what each algorithm promises of the server it picked.
func (m *farmModel) best(algo string, srv, avoid *lb.Server, free []*lb.Server) {
	load := func(s *lb.Server) float64 {
		if n := s.State.Served.Load(); n > 0 {
			return float64(int64(float64(n+1) * maxWeight / float64(s.EffectiveWeight())))
		}
		return 0
	}
	for _, other := range free {
		if other == avoid {
			continue
		}
		if algo == "first" && other.ID < srv.ID {
			m.Fatalf("server %s picked, %s is free", srv.Name, other.Name)
		}
		if algo == "leastconn" && load(other) < load(srv) {
			m.Fatalf("server %s picked with load %v, %s has %v", srv.Name, load(srv), other.Name, load(other))
		}
	}
}

// TestTurnsFollowWeights: over one window every server gets exactly its weight.
func TestTurnsFollowWeights(t *testing.T) {
	for _, algo := range []string{"roundrobin", "static-rr"} {
		t.Run(algo, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				weights := rapid.SliceOfN(rapid.IntRange(0, 256), 1, 8).Draw(t, "weights")
				px := backend(weights...)
				b, err := New(px, conf.Balance{Algo: algo}, conf.HashType{}, Options{})
				if err != nil {
					t.Fatal(err)
				}
				sum := 0
				for _, w := range weights {
					sum += w
				}
				got := map[string]int{}
				for range sum {
					srv, _ := b.Pick(nil, nil)
					got[srv.Name]++
				}
				for i, w := range weights {
					if d := got[fmt.Sprint(i)] - w; d < -1 || d > 1 {
						t.Fatalf("server %d of weight %d had %d of %d turns", i, w, got[fmt.Sprint(i)], sum)
					}
				}
			})
		})
	}
}

func TestFenwickEqualsAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f fenwick
		var model []int64
		for range rapid.IntRange(1, 60).Draw(t, "ops") {
			i := rapid.IntRange(0, len(model)).Draw(t, "i")
			if i == len(model) {
				model = append(model, 0)
			}
			d := rapid.Int64Range(-model[i], 50).Draw(t, "d")
			model[i] += d
			f.add(i, d)
			var laid []int
			for i, w := range model {
				for range w {
					laid = append(laid, i)
				}
			}
			for x, want := range laid {
				if got := f.at(int64(x)); got != want {
					t.Fatalf("at %d: %d, want %d of %v", x, got, want, model)
				}
			}
		}
	})
}
