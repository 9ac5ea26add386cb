package reload

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// figures are what ab reports.
type figures struct {
	complete, failed, non2xx int
	rate                     float64
	text                     string
}

func (f figures) String() string {
	return fmt.Sprintf("%d requests, %.0f/s, %d failed, %d non-2xx", f.complete, f.rate, f.failed, f.non2xx)
}

// load is a running ab.
type load struct {
	cmd *exec.Cmd
	out output
}

// ab starts ApacheBench for at most the time.
func ab(t *testing.T, addr string, limit time.Duration, args ...string) *load {
	t.Helper()
	path, err := exec.LookPath("ab")
	if err != nil {
		t.Skip("ab is not installed (Debian's apache2-utils)")
	}
	l := &load{}
	l.cmd = exec.Command(path, append(args, "-q", "-t", strconv.Itoa(int(limit.Seconds())), "-n", "100000000", "http://"+addr+"/")...)
	l.cmd.Stdout, l.cmd.Stderr = &l.out, &l.out
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.cmd.Process.Kill() }) //nolint:errcheck // usually gone
	return l
}

var (
	abComplete = regexp.MustCompile(`Complete requests: +(\d+)`)
	abFailed   = regexp.MustCompile(`Failed requests: +(\d+)`)
	abNon2xx   = regexp.MustCompile(`Non-2xx responses: +(\d+)`)
	abRate     = regexp.MustCompile(`Requests per second: +([\d.]+)`)
)

// stop ends ab as a user would and reads what it counted.
func (l *load) stop(t *testing.T) figures {
	t.Helper()
	l.cmd.Process.Signal(interrupt) //nolint:errcheck // gone: it has reported
	l.cmd.Wait()                    //nolint:errcheck // the text tells
	f := figures{text: l.out.String()}
	num := func(re *regexp.Regexp) int {
		m := re.FindStringSubmatch(f.text)
		if m == nil {
			return 0
		}
		n, _ := strconv.Atoi(m[1])
		return n
	}
	f.complete, f.failed, f.non2xx = num(abComplete), num(abFailed), num(abNon2xx)
	if m := abRate.FindStringSubmatch(f.text); m != nil {
		f.rate, _ = strconv.ParseFloat(m[1], 64)
	}
	return f
}

// clean fails unless every request went well.
func (f figures) clean(t *testing.T, what string) {
	t.Helper()
	t.Logf("%s: %s", what, f)
	if f.failed > 0 || f.non2xx > 0 || f.complete == 0 || strings.Contains(f.text, "apr_") {
		t.Errorf("%s: want no failure\n%s", what, f.text)
	}
}

// pair is two files that alternate. extra goes into global.
func (s *service) pair(extra [2]string) [2]string {
	a, b := origin(s.t), origin(s.t)
	other := freePort(s.t)
	text := func(i int, bind, servers string) string {
		return fmt.Sprintf(`global
 stats socket %s level admin expose-fd listeners
 %s
defaults
 mode http
 timeout connect 5s
 timeout client 30s
 timeout server 30s
frontend f
 bind 127.0.0.1:%d
%s http-response set-header x-file %d
 default_backend b
backend b
%s`, s.stats(), extra[i], s.port, bind, i, servers)
	}
	return [2]string{
		text(0, "", fmt.Sprintf(" server one %s\n server two %s weight 2\n", a, b)),
		text(1, fmt.Sprintf(" bind 127.0.0.1:%d\n", other), fmt.Sprintf(" balance leastconn\n server two %s\n server three %s maxconn 300\n", b, a)),
	}
}

// underLoad runs f while ab does both kinds of load.
func (s *service) underLoad(f func()) {
	s.t.Helper()
	keep := ab(s.t, s.addr(), 60*time.Second, "-k", "-c", "100")
	single := ab(s.t, s.addr(), 60*time.Second, "-c", "20")
	within(s.t, 5*time.Second, "load arrives", func() bool {
		text, err := get(s.addr())
		return err == nil && strings.HasPrefix(text, "HTTP/1.1 200")
	})
	f()
	keep.stop(s.t).clean(s.t, "ab -k -c 100")
	single.stop(s.t).clean(s.t, "ab -c 20")
}

// hundred reloads back and forth and returns how long each took.
func (s *service) hundred(files [2]string, n int) {
	var longest, sum time.Duration
	for i := range n {
		s.write(files[(i+1)%2])
		start := time.Now()
		s.reload()
		took := time.Since(start)
		sum += took
		longest = max(longest, took)
		want := fmt.Sprintf("x-file: %d", (i+1)%2)
		if text, err := get(s.addr()); err != nil || !strings.Contains(text, want) {
			s.t.Fatalf("after reload %d: got %q (%v), want %q", i, text, err, want)
		}
	}
	s.t.Logf("%d reloads: mean %v, longest %v", n, (sum / time.Duration(n)).Round(time.Millisecond), longest.Round(time.Millisecond))
}

func TestReloadsUnderLoad(t *testing.T) {
	for _, mode := range []struct {
		name  string
		extra [2]string
	}{
		{name: "in place"},
		{name: "new worker", extra: [2]string{"nbthread 2", "nbthread 3"}},
	} {
		t.Run(mode.name, func(t *testing.T) {
			s := newService(t)
			files := s.pair(mode.extra)
			s.write(files[0])
			s.startMaster()
			s.underLoad(func() { s.hundred(files, 100) })
			within(t, 2*time.Second, "one master and one worker", func() bool { return len(s.processes()) == 2 })
		})
	}
}

func TestReloadStorm(t *testing.T) {
	s := newService(t)
	files := s.pair([2]string{})
	s.write(files[0])
	s.startMaster()
	s.underLoad(func() {
		done := make(chan string, 40)
		start := time.Now()
		for i := range 40 {
			s.write(files[(i+1)%2])
			go func() {
				text, _ := s.tryReload()
				done <- text
			}()
		}
		for range 40 {
			if text := <-done; !strings.HasPrefix(text, "Success=1") {
				t.Errorf("a reload of the storm: %s", text)
			}
		}
		t.Logf("40 requests answered in %v", time.Since(start).Round(time.Millisecond))
	})
	if text, err := get(s.addr()); err != nil || !strings.Contains(text, "x-file: 0") {
		t.Errorf("after the storm: %q (%v), want the last file, 0", text, err)
	}
	within(t, 2*time.Second, "one master and one worker", func() bool { return len(s.processes()) == 2 })
}
