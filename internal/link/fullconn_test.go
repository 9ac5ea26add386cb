package link

import (
	"testing"

	"segue/internal/lb"
)

func TestFullConns(t *testing.T) {
	side := new(lb.ProxyState)
	a, b, said, alone := &lb.Proxy{Back: side}, &lb.Proxy{Back: side}, &lb.Proxy{Back: side, FullConn: 7}, &lb.Proxy{Back: side}
	one := &lb.Proxy{Front: side, DefaultBackend: a, Switches: []lb.Switch{{Back: a}, {Back: b}, {}}}
	two := &lb.Proxy{Front: side, MaxConn: 25, DefaultBackend: b}
	listen := &lb.Proxy{Front: side, Back: side, MaxConn: 40, DefaultBackend: said}
	fullConns(&lb.Generation{Proxies: []*lb.Proxy{a, b, said, alone, one, two, listen}}, 500)
	for _, x := range []struct {
		name string
		px   *lb.Proxy
		want int64
	}{
		{"a frontend counts once", a, 50}, {"frontends add up", b, 53}, {"a line of its own stays", said, 7},
		{"nobody leads there", alone, 1}, {"a listen leads to itself", listen, 4},
	} {
		if x.px.FullConn != x.want {
			t.Errorf("%s: %d, want %d", x.name, x.px.FullConn, x.want)
		}
	}
}
