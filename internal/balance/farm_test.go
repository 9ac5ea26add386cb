package balance

import (
	"fmt"
	"strings"
	"testing"

	"segue/internal/conf"
	"segue/internal/lb"
)

// backend makes a proxy with servers of the given weights, named 0, 1, ...
func backend(weights ...int) *lb.Proxy {
	px := &lb.Proxy{Conf: &conf.Proxy{}, Name: "b", Back: new(lb.ProxyState), ByName: map[string]*lb.Server{}}
	for i, w := range weights {
		addServer(px, fmt.Sprint(i), i, w)
	}
	return px
}

func addServer(px *lb.Proxy, name string, i, w int) *lb.Server {
	srv := &lb.Server{Conf: &conf.Server{Name: name, ServerWords: new(conf.ServerWords)}, Proxy: px, State: new(lb.ServerState), Name: name, ID: i + 1, Index: i}
	srv.Conf.Weight = w
	srv.State.Weight.Store(int32(w))
	srv.State.Oper.Store(int32(lb.Running))
	px.Servers = append(px.Servers, srv)
	px.ByName[name] = srv
	return srv
}

func balancer(t testing.TB, px *lb.Proxy, algo string, args ...string) lb.Balancer {
	t.Helper()
	b, err := New(px, conf.Balance{Algo: algo, Args: args}, conf.HashType{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// picks returns the names of n picks without any load.
func picks(b lb.Balancer, n int) string {
	var out strings.Builder
	for range n {
		srv, _ := b.Pick(nil, nil)
		if srv == nil {
			out.WriteByte('-')
		} else {
			out.WriteString(srv.Name)
		}
	}
	return out.String()
}

func TestSequences(t *testing.T) {
	for _, c := range []struct {
		algo    string
		weights []int
		want    string
	}{
		{"roundrobin", []int{1, 2, 3}, "212021212021212021212021212021212021212021212021"},
		{"roundrobin", []int{1, 1, 1}, "012012012012012012012012012012012012012012012012"},
		{"roundrobin", []int{5, 1, 1}, "000100200010020001002000100200010020001002000100"},
		{"roundrobin", []int{3, 7}, "111011011011101101101110110110111011011011101101"},
		{"roundrobin", []int{3, 5, 8, 1}, "212021212021230122120212120212301221202121202123"},
		{"static-rr", []int{1, 2, 3}, "021212021212021212021212021212021212021212021212"},
		{"static-rr", []int{3, 7}, "011011011101101101110110110111011011011101101101"},
		{"static-rr", []int{3, 5, 8, 1}, "012120212210212230121202122102122301212021221021"},
		{"static-rr", []int{2, 2, 4}, "021202120212021202120212021202120212021202120212"},
		{"leastconn", []int{1, 1, 1}, "012012"},
		{"first", []int{1, 1, 1}, "000000"},
	} {
		t.Run(fmt.Sprint(c.algo, c.weights), func(t *testing.T) {
			b := balancer(t, backend(c.weights...), c.algo)
			if got := picks(b, len(c.want)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
