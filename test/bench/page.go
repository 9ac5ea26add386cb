package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

const heading = "| case | rival us/request | user | system | p99 | Segue us/request | user | system | p99 | failures | ratio |\n" +
	"|---|---|---|---|---|---|---|---|---|---|---|\n"

// line is a row of the table.
func (r *result) line() string {
	if r.err != nil {
		// The reason may have several lines; a row has one.
		return fmt.Sprintf("| %s | not measured: %s |\n", r.name, strings.Join(strings.Fields(r.err.Error()), " "))
	}
	return fmt.Sprintf("| %s | %.2f | %.2f | %.2f | %s | %.2f | %.2f | %.2f | %s | %d | **%.2f** |\n", r.name,
		r.rival.total(), r.rival.user, r.rival.system, r.rival.p99, r.segue.total(), r.segue.user, r.segue.system, r.segue.p99, r.bad, r.ratio())
}

// facts is what somebody needs to judge or to repeat the run.
type facts struct{ machine, kernel, rival, segue, command, date string }

func (b *bench) facts() facts {
	return facts{
		machine: fmt.Sprintf("%s, %d CPUs", cpuModel(), runtime.NumCPU()),
		kernel:  firstLine("uname", "-sr"),
		rival:   firstLine(b.rival, "-v"),
		segue:   firstLine(b.segue, "-v") + ", " + runtime.Version(),
		command: fmt.Sprintf("go run ./test/bench -segue %s -rival %s -rounds %d -time %s", b.segue, b.rival, b.rounds, b.span),
		date:    time.Now().UTC().Format(time.DateOnly),
	}
}

// page is doc/benchmarks.md.
func page(results []result, f facts) []byte {
	b := []byte(`# CPU per request

Written by ` + "`make bench`" + `. Each proxy runs one thread on CPU 0 with the same
configuration file; wrk and the origin run on CPU 1. A figure is the proxy's own
CPU time in microseconds, divided by the requests that completed; medians of
alternating rounds. Ratio is Segue's figure divided by its rival's: below 1.00,
Segue is cheaper. The cases are in test/bench/cases.go.

`)
	for _, l := range [][2]string{{"machine", f.machine}, {"kernel", f.kernel}, {"rival", f.rival}, {"Segue", f.segue}, {"command", "`" + f.command + "`"}, {"date", f.date}} {
		b = fmt.Appendf(b, "- %s: %s\n", l[0], l[1])
	}
	b = append(b, "\n"+heading...)
	for i := range results {
		b = append(b, results[i].line()...)
	}
	return b
}

func firstLine(name string, args ...string) string {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return "unknown"
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line
}

func cpuModel() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for l := range strings.SplitSeq(string(text), "\n") {
		if k, v, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(k) == "model name" {
			return strings.TrimSpace(v)
		}
	}
	return runtime.GOARCH
}
