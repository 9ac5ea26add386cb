package main

import (
	"strings"
	"testing"
	"time"
)

func TestParseWrk(t *testing.T) {
	const good = `Running 3s test @ http://127.0.0.1:8080/1k
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.01ms  220.11us   9.33ms   88.00%
    Req/Sec    63.02k     1.20k   65.00k    70.00%
  Latency Distribution
     50%    0.98ms
     75%    1.10ms
     90%    1.30ms
     99%    1.75ms
  188111 requests in 3.00s, 210.11MB read
`
	for _, c := range []struct {
		name, text string
		want       load
	}{
		{"all well", good, load{188111, 0, "0.98ms", "1.75ms"}},
		{"failures are added up", good + "  Socket errors: connect 1, read 20, write 300, timeout 4000\n  Non-2xx or 3xx responses: 50000\n", load{188111, 54321, "0.98ms", "1.75ms"}},
		{"nothing", "", load{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := parseWrk(c.text); got != c.want {
				t.Errorf("parseWrk = %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestParseStat(t *testing.T) {
	const line = "4711 (a) b) S 1 4700 4700 0 -1 4194560 1 0 0 0 250 31 0 0 20 0 5 0 100 1 1"
	got, err := parseStat(line)
	if want := (stat{4700, 2500 * time.Millisecond, 310 * time.Millisecond}); err != nil || got != want {
		t.Errorf("parseStat = %+v, %v, want %+v", got, err, want)
	}
	for _, bad := range []string{"", "1 (x) S 1", "1 (x) S 1 g 1 1 1 1 1 1 1 1 u s 1"} {
		if _, err := parseStat(bad); err == nil {
			t.Errorf("parseStat(%q) has no error", bad)
		}
	}
}

func TestMedianIsByTotal(t *testing.T) {
	got := median([]sample{{user: 9, system: 9}, {user: 1, system: 1}, {user: 0, system: 5}})
	if got.total() != 5 {
		t.Errorf("median has %v us, want 5", got.total())
	}
}

func TestConfigNamesThePorts(t *testing.T) {
	for i := range cases {
		text := cases[i].config(ports{proxy: "1001", origin: "1002", log: "1003"})
		for _, left := range []string{"PROXY", "ORIGIN", "LOG"} {
			if strings.Contains(text, left) {
				t.Errorf("%s: %s is left in\n%s", cases[i].name, left, text)
			}
		}
		if !strings.Contains(text, "bind 127.0.0.1:1001\n") || !strings.Contains(text, "server s 127.0.0.1:1002") {
			t.Errorf("%s: ports are not in\n%s", cases[i].name, text)
		}
	}
}

func TestPageHasTableAndFacts(t *testing.T) {
	r := result{name: "http64", rival: sample{user: 2, system: 8}, segue: sample{user: 1, system: 5, load: load{p99: "1ms"}}}
	got := string(page([]result{r}, facts{machine: "M", command: "C"}))
	for _, want := range []string{"- machine: M\n", "- command: `C`\n", "| http64 | 10.00 | 2.00 | 8.00 |  | 6.00 | 1.00 | 5.00 | 1ms | 0 | **0.60** |\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("page has no %q:\n%s", want, got)
		}
	}
}
