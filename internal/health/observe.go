package health

import (
	"strconv"

	"segue/internal/lb"
)

// Seen is what traffic shows of a server. Manual 5.2 "observe".
type Seen uint8

// What was seen.
const (
	Connected     Seen = iota // layer 4
	ConnectFailed             // layers 4 and 7
	GoodResponse              // layer 7 from here on
	BadStatus                 // 500 and above but 501 and 505
	BadHeaders
	BadResponse
	ReadError
	ReadTimeout
	BrokenPipe
	seens
)

// effect on the errors counted at layers 4 and 7: 0 none, 1 error, 2 clears.
var observed = [seens]struct {
	text   string
	l4, l7 uint8
}{
	Connected:     {"L4 successful connection", 2, 0},
	ConnectFailed: {"L4 unsuccessful connection", 1, 1},
	GoodResponse:  {"Correct http response", 0, 2},
	BadStatus:     {"Wrong http response", 0, 1},
	BadHeaders:    {"Invalid http response (headers)", 0, 1},
	BadResponse:   {"Invalid http response", 0, 1},
	ReadError:     {"Read error (http)", 0, 1},
	ReadTimeout:   {"Read timeout (http)", 0, 1},
	BrokenPipe:    {"Close from server (http)", 0, 1},
}

// SeenStatus is what a response with the status shows. Manual 5.2 "observe".
func SeenStatus(status int) Seen {
	if status >= 500 && status != 501 && status != 505 {
		return BadStatus
	}
	return GoodResponse
}

// Observe notes what a stream saw of srv, on its loop. It does nothing unless
// the server has "observe", and takes a lock only when error-limit is reached.
func Observe(srv *lb.Server, what Seen) {
	if mode := srv.Conf.Observe; mode != "" && mode != "none" {
		observe(srv, what)
	}
}

func observe(srv *lb.Server, what Seen) {
	s := of(srv)
	if s == nil {
		return
	}
	effect := observed[what].l7
	if srv.Conf.Observe == "layer4" {
		effect = observed[what].l4
	}
	switch effect {
	case 0:
		return
	case 2:
		if s.errors.Load() != 0 {
			s.errors.Store(0)
		}
		return
	}
	if n := s.errors.Add(1); int(n) >= srv.Conf.ErrorLimit {
		s.limit(n, what)
	}
}

// limit does what on-error asks for. Manual 5.2 "on-error".
func (s *server) limit(n int32, what Seen) {
	var ev events
	h := s.h
	h.mu.Lock()
	if s.check != nil {
		s.strike(n, what, &ev)
	}
	h.mu.Unlock()
	s.errors.Store(0)
	s.failedHana.Add(1)
	h.do(&ev)
}

// strike lets traffic's errors count for the check. The caller holds the lock.
func (s *server) strike(n int32, what Seen, ev *events) {
	c := s.check
	c.fastNext = true
	o := outcome{status: Analyze, desc: "Detected " + strconv.Itoa(int(n)) + " consecutive errors, last one was: " + observed[what].text}
	fails := true
	switch s.srv.Conf.OnError {
	case "fastinter":
		fails = false
	case "sudden-death":
		if c.health > c.set.rise {
			c.health = c.set.rise + 1
		}
	case "mark-down":
		c.health = c.set.rise
	}
	if fails && c.configured {
		c.duration = -1
		c.record(&o, ev)
		c.conclude(ev)
	}
	if c.set.fast > 0 {
		c.hurry()
	}
}
