package queue

import (
	"testing"

	"segue/internal/lb"
)

// told is a balancer that only notes who changed, or panics.
type told struct {
	lb.Balancer
	names  []string
	panics bool
}

func (b *told) Changed(srv *lb.Server) {
	b.names = append(b.names, srv.Name)
	if b.panics {
		panic("boom")
	}
}

// The result of a last check may arrive when its server has been deleted.
func TestNewsOfADeletedServerIsForNobody(t *testing.T) {
	px := farmOf(t, "roundrobin", 0, 0)
	b := &told{Balancer: px.Balancer}
	px.Balancer = b
	Detach(px.Servers[1])
	Changed(px.Servers[1])
	Changed(px.Servers[0])
	if len(b.names) != 1 || b.names[0] != px.Servers[0].Name {
		t.Errorf("the balancer was told of %q, want the server that is left", b.names)
	}
}

// A panic of a balancer, which its caller contains, leaves the queue usable.
func TestPanicOfABalancerKeepsNoLock(t *testing.T) {
	px := farmOf(t, "roundrobin", 1)
	b := &told{Balancer: px.Balancer, panics: true}
	px.Balancer = b
	for range 2 { // the second would wait for the lock for ever
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was lost")
				}
			}()
			Changed(px.Servers[0])
		}()
	}
}
