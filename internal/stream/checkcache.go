package stream

import (
	"bytes"

	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/persist"
)

// leaksCookie says whether the response would leave a cookie of the server in a
// cache. What our own persistence takes out of the response is none. Manual 4.2
// "option checkcache".
func leaksCookie(s *lb.Stream) bool {
	ours := ""
	if c := s.Back.Conf.Cookie; c != nil && c.Mode == "insert" && !c.Preserve {
		ours = c.Name
	}
	for i := s.Res.Next(0, htx.SetCookie, ""); i >= 0; i = s.Res.Next(i+1, htx.SetCookie, "") {
		name, _, _ := bytes.Cut(s.Res.Value(i), []byte("="))
		if ours == "" || string(bytes.TrimSpace(name)) != ours {
			return persist.CacheableCookie(s)
		}
	}
	return false
}

// blockCookie makes a 502 of a response whose cookie a cache could keep, and
// tells the backend's logs at level alert. HAProxy's text.
func blockCookie(s *lb.Stream) {
	counters := [...]*lb.Counters{&s.Front.Front.Counters, &s.Back.Back.Counters, &s.Server.State.Counters, nil}
	if s.Bind.State != nil {
		counters[3] = &s.Bind.State.Counters
	}
	for _, c := range counters {
		if c != nil {
			c.DeniedResp.Add(1)
		}
	}
	th := s.Thread
	th.LogBuf = append(th.LogBuf[:0], "Blocking cacheable cookie in response from instance "...)
	th.LogBuf = append(append(th.LogBuf, s.Back.Name...), ", server "...)
	th.LogBuf = append(append(th.LogBuf, s.Server.Name...), '.')
	for _, to := range s.Back.Log.Targets {
		to.Send(th, 1, nil, th.LogBuf)
	}
	refuse(s, 502, 'P', 'H')
}
