package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	b := bench{}
	names := ""
	flag.StringVar(&b.segue, "segue", "bin/segue", "the program")
	flag.StringVar(&b.rival, "rival", "haproxy", "what it is compared with")
	flag.IntVar(&b.rounds, "rounds", 3, "measurements of each")
	flag.DurationVar(&b.span, "time", 3*time.Second, "length of a measurement")
	flag.StringVar(&names, "cases", "", "comma-separated, default all")
	out := flag.String("out", "", "write the page here as well")
	flag.Parse()
	results, err := b.run(names)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	if *out == "" {
		return
	}
	if err := os.WriteFile(*out, page(results, b.facts()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "bench: cannot write the page:", err)
		os.Exit(1)
	}
}

// bench is one comparison.
type bench struct {
	segue, rival string
	rounds       int
	span         time.Duration
}

// sample is one measurement; times are microseconds per request.
type sample struct {
	user, system float64
	load
}

func (s sample) total() float64 { return s.user + s.system }

// result is a case's medians.
type result struct {
	name         string
	rival, segue sample
	bad          int // failures of Segue in all rounds
	err          error
}

func (r *result) ratio() float64 { return r.segue.total() / r.rival.total() }

// run measures the cases and prints the table while it grows.
func (b *bench) run(names string) ([]result, error) {
	for _, tool := range []string{"wrk", "taskset", b.rival, b.segue} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp("", "segue-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	sink, err := net.ListenPacket("udp", "127.0.0.1:0") // log lines go here, unread
	if err != nil {
		return nil, err
	}
	defer sink.Close()
	_, logPort, _ := net.SplitHostPort(sink.LocalAddr().String())
	p := ports{origin: freePort(), log: logPort}
	o, err := start(b.segue, "1", dir, origin(p), p.origin)
	if err != nil {
		return nil, err
	}
	defer o.stop()
	var list []result
	fmt.Print(heading)
	for i := range cases {
		c := &cases[i]
		if names != "" && !slices.Contains(strings.Split(names, ","), c.name) {
			continue
		}
		r := b.compare(c, dir, p)
		fmt.Print(r.line())
		list = append(list, r)
	}
	return list, nil
}

// compare alternates between the two.
func (b *bench) compare(c *testCase, dir string, p ports) result {
	r := result{name: c.name}
	var rival, segue []sample
	for range b.rounds {
		for _, who := range []struct {
			binary string
			list   *[]sample
		}{{b.rival, &rival}, {b.segue, &segue}} {
			s, err := b.measure(c, who.binary, dir, p)
			if err != nil {
				r.err = err
				return r
			}
			*who.list = append(*who.list, s)
		}
	}
	for _, s := range segue {
		r.bad += s.bad
	}
	r.rival, r.segue = median(rival), median(segue)
	return r
}

// measure runs a proxy, warms it up for a second, and loads it.
func (b *bench) measure(c *testCase, binary, dir string, p ports) (s sample, err error) {
	p.proxy = freePort()
	proxy, err := start(binary, "0", dir, c.config(p), p.proxy)
	if err != nil {
		return s, err
	}
	defer proxy.stop()
	if _, err := c.run(p.proxy, time.Second); err != nil {
		return s, err
	}
	u0, s0 := proxy.cpu()
	if s.load, err = c.run(p.proxy, b.span); err != nil {
		return s, err
	}
	u1, s1 := proxy.cpu()
	if s.requests == 0 {
		return s, fmt.Errorf("%s completed no request", filepath.Base(binary))
	}
	per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 / float64(s.requests) }
	s.user, s.system = per(u1-u0), per(s1-s0)
	return s, nil
}

// median is the sample in the middle by total time.
func median(list []sample) sample {
	slices.SortFunc(list, func(a, b sample) int {
		switch {
		case a.total() < b.total():
			return -1
		case a.total() > b.total():
			return 1
		}
		return 0
	})
	return list[len(list)/2]
}
