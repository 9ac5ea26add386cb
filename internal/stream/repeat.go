package stream

import (
	"slices"
	"strconv"

	"segue/internal/lb"
)

// What happens to a request whose attempt failed: retry in forward.go decides
// with what is here. Manual 4.2 "retries", "retry-on", "option redispatch".

// maxRetries is how often the stream may be tried again.
func maxRetries(s *lb.Stream) int {
	if s.MaxRetries > 0 {
		return s.MaxRetries - 1
	}
	return s.Back.Conf.Retries
}

// retriesOn says whether the backend's "retry-on" names the failure.
func retriesOn(s *lb.Stream, failure string) bool {
	words := s.Back.Conf.RetryOn
	if len(words) == 0 || s.Flags&lb.IsTCP != 0 {
		return failure == "conn-failure"
	}
	if slices.Contains(words, failure) {
		return true
	}
	return slices.Contains(words, "all-retryable-errors") && slices.Contains(retryable, failure)
}

// retryable is what "all-retryable-errors" stands for.
var retryable = []string{"conn-failure", "empty-response", "junk-response", "response-timeout", "0rtt-rejected", "500", "502", "503", "504"}

// mayRepeat says whether a request that a server may have seen goes out again
// after the failure: "retry-on" names it, no rule forbids it, all of what was
// sent is still here, and an attempt is left.
func mayRepeat(s *lb.Stream, failure string) bool {
	if !s.Back.RetryOn || s.Flags&lb.NoL7Retry != 0 || s.Retries >= maxRetries(s) || !replayable(s) ||
		len(s.Pending) > repeatRoom(s) || !retriesOn(s, failure) {
		return false
	}
	s.Flags |= lb.Repeat
	return true
}

// repeatsStatus is mayRepeat for the status of the response in s.Res.
func repeatsStatus(s *lb.Stream) bool {
	var num [8]byte
	return mayRepeat(s, string(strconv.AppendInt(num[:0], int64(s.Res.Status), 10)))
}

// repeatRoom is how many bytes of body a request may have that goes out again:
// it has to fit a buffer with its head.
func repeatRoom(s *lb.Stream) int {
	tune := &s.Gen.Conf.Global.Tune
	return tune.BufSize - tune.MaxRewrite - len(s.Req.Buf)
}

// redispatch says whether this retry goes to another server. Where nothing but
// a turn led to the server, any other will do at once; a server that a cookie,
// use-server or a hash chose is left only when the option's interval says so.
func redispatch(s *lb.Stream, max int) bool {
	n := s.Back.Conf.Redispatch
	switch {
	case n == 0 || len(s.Back.Servers) < 2:
		return false
	case s.Pinned == nil && !hashed(s.Back):
		return true
	case n > 0:
		return s.Retries%n == 0
	}
	return s.Retries == max+1+n
}

// hashed says whether the algorithm insists on a server for each key.
func hashed(px *lb.Proxy) bool { return hashes[px.Conf.Balance.Algo] }

var hashes = map[string]bool{"hash": true, "hdr": true, "rdp-cookie": true, "source": true, "uri": true, "url_param": true}
