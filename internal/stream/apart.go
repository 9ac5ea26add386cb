package stream

import (
	"segue/internal/conf"
	"segue/internal/lb"
)

// apart watches the two sides of an exchange each by itself, for option
// independent-streams: what is sent to a side does not count as its activity.
// Manual 4.2. The zero value watches nothing.
type apart struct {
	client, server     int64 // ns of silence that are allowed; 0 = not watched
	lastUp, lastDown   int64 // when bytes came from the client, from the server
	countUp, countDown int64 // bytes that had come then
}

// newApart is what the options of the frontend and the backend ask for.
func newApart(s *lb.Stream, client, server int64) (a apart) {
	if s.Front.Options&conf.OptIndependentStreams != 0 {
		a.client = client
	}
	if s.Back.Options&conf.OptIndependentStreams != 0 {
		a.server = server
	}
	a.lastUp = s.Thread.Now()
	a.lastDown = a.lastUp
	return a
}

// watches reports whether a side is watched by itself.
func (a *apart) watches() bool { return a.client|a.server != 0 }

// deadline is when a side that is to send has been silent for too long, if that
// comes before until, and its letter. A side counts only while something is
// awaited from it.
func (a *apart) deadline(s *lb.Stream, up, down bool, until int64, letter byte) (int64, byte) {
	if !a.watches() {
		return until, letter
	}
	now := s.Thread.Now()
	if s.BytesIn != a.countUp {
		a.countUp, a.lastUp = s.BytesIn, now
	}
	if s.FromServer != a.countDown {
		a.countDown, a.lastDown = s.FromServer, now
	}
	if t := a.lastUp + a.client; up && a.client != 0 && (until == 0 || t < until) {
		until, letter = t, 'c'
	}
	if t := a.lastDown + a.server; down && a.server != 0 && (until == 0 || t < until) {
		until, letter = t, 's'
	}
	return until, letter
}
