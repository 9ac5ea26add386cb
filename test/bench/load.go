package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// browser is what a browser sends besides the request line and Host.
var browser = []string{
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
	"Accept-Language: en-US,en;q=0.5",
	"Accept-Encoding: gzip, deflate, br",
	"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark",
}

// load is what the generator reports.
type load struct {
	requests, bad int
	p50, p99      string // as wrk writes them
}

// run loads a port for a while from CPU 1.
func (c *testCase) run(port string, d time.Duration) (load, error) {
	args := []string{"-c", "1", "wrk", "-t1", "-c" + strconv.Itoa(c.conns), fmt.Sprintf("-d%ds", max(1, int(d.Seconds()))), "--latency"}
	for _, h := range browser {
		args = append(args, "-H", h)
	}
	if c.close {
		args = append(args, "-H", "Connection: close")
	}
	out, err := exec.Command("taskset", append(args, "http://127.0.0.1:"+port+c.path)...).Output()
	if err != nil {
		return load{}, fmt.Errorf("cannot run wrk: %w", err)
	}
	return parseWrk(string(out)), nil
}

var (
	wrkRequests = regexp.MustCompile(`(\d+) requests in`)
	wrkBad      = regexp.MustCompile(`(?:connect|read|write|timeout|Non-2xx or 3xx responses:) (\d+)`)
	wrkP50      = regexp.MustCompile(`(?m)^\s+50%\s+(\S+)$`)
	wrkP99      = regexp.MustCompile(`(?m)^\s+99%\s+(\S+)$`)
)

func parseWrk(text string) (l load) {
	first := func(re *regexp.Regexp) string {
		if m := re.FindStringSubmatch(text); m != nil {
			return m[1]
		}
		return ""
	}
	l.requests, _ = strconv.Atoi(first(wrkRequests))
	for _, m := range wrkBad.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		l.bad += n
	}
	l.p50, l.p99 = first(wrkP50), first(wrkP99)
	return l
}
