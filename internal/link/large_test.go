package link_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"segue/internal/catalog"
	"segue/internal/diag"
	"segue/internal/features"
	"segue/internal/lb"
	"segue/internal/link"
	"segue/internal/process/flags"
)

// large is a configuration of n backends with four checked servers each.
func large(n int) string {
	var b strings.Builder
	b.WriteString(`defaults
 mode http
 timeout connect 5s
 timeout client 30s
 timeout server 30s
 default-server inter 2s
 option redispatch
frontend f
 bind 127.0.0.1:1
`)
	for i := range n {
		fmt.Fprintf(&b, " use_backend b%d if { path /%d }\n", i, i)
	}
	for i := range n {
		fmt.Fprintf(&b, "backend b%d\n balance roundrobin\n cookie SRV insert indirect nocache\n option httpchk GET /health\n", i)
		fmt.Fprintf(&b, " http-request set-header X-Forwarded-Proto https if { path_beg /x }\n")
		for j := range 4 {
			fmt.Fprintf(&b, " server s%d 127.0.0.1:%d maxconn 100 check cookie c%d weight %d\n", j, 10000+j, j, j+1)
		}
	}
	return b.String()
}

func noFeature(string) bool { return false }

// BenchmarkLargePlan is what the validator does with 3,000 backends.
func BenchmarkLargePlan(b *testing.B) {
	name := filepath.Join(b.TempDir(), "lb.cfg")
	if err := os.WriteFile(name, []byte(large(3000)), 0o644); err != nil {
		b.Fatal(err)
	}
	ix := catalog.New(features.All()...)
	b.ReportAllocs()
	for b.Loop() {
		w := link.NewWorker(ix, noFeature)
		if _, d := w.Plan(&flags.Options{Files: []string{name}}, nil); d.Errors() > 0 {
			b.Fatal(d.Entries()[0])
		}
	}
}

// BenchmarkLargeGeneration reports what 3,000 backends of four servers keep in
// memory: the model, the generation, and the state that the next one shares.
func BenchmarkLargeGeneration(b *testing.B) {
	name := filepath.Join(b.TempDir(), "lb.cfg")
	if err := os.WriteFile(name, []byte(large(3000)), 0o644); err != nil {
		b.Fatal(err)
	}
	ix := catalog.New(features.All()...)
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 12000
	}
	for b.Loop() {
		d := &diag.List{}
		state := lb.NewState()
		start := heap()
		m := link.Load(link.Text{Files: []string{name}}, ix, d)
		model := heap()
		r := link.Link(m, link.Input{State: state, Index: ix, Diag: d})
		if d.Errors() > 0 {
			b.Fatal(d.Entries()[0])
		}
		m.Forget()
		linked := heap()
		b.ReportMetric(model-start, "model-B/server")
		b.ReportMetric(linked-model, "link-B/server")
		runtime.KeepAlive(m)
		runtime.KeepAlive(r)
		runtime.KeepAlive(state)
	}
}

// TestMemoryOfAServer bounds what a server with its share of a backend keeps in
// memory, and what of that is there when the configuration is only checked.
func TestMemoryOfAServer(t *testing.T) {
	const backends = 500
	ix := catalog.New(features.All()...)
	name := filepath.Join(t.TempDir(), "lb.cfg")
	if err := os.WriteFile(name, []byte(large(backends)), 0o644); err != nil {
		t.Fatal(err)
	}
	heap := func() int {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	for _, tt := range []struct {
		name  string
		check bool
		most  int // bytes
	}{
		{name: "to run", most: 3900},
		{name: "to check", check: true, most: 1300},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, state := &diag.List{}, lb.NewState()
			before := heap()
			m := link.Load(link.Text{Files: []string{name}}, ix, d)
			r := link.Link(m, link.Input{State: state, Index: ix, Diag: d, Check: tt.check})
			m.Forget()
			per := (heap() - before) / (4 * backends)
			if d.Errors() > 0 {
				t.Fatal(d.Entries()[0])
			}
			t.Logf("%d bytes for each server, %d for each backend of four", per, 4*per)
			if per > tt.most {
				t.Errorf("a server takes %d bytes, want at most %d", per, tt.most)
			}
			runtime.KeepAlive(r)
			runtime.KeepAlive(state)
		})
	}
}
