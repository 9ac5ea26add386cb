// Package rate counts events per period over a sliding window: the numbers
// behind "rate-limit", "maxconnrate", sess_rate and the *_rate types of stick
// tables, with HAProxy's semantics.
//
// A counter keeps the running period's events and those of the period before.
// What it reports is the running period's number plus the share of the previous
// one that the window still covers: with a period of 10 s, 4 s into it, all of
// the current events and six tenths of the previous ones. A period starts
// where the previous one ended, or with the first event after a silence.
//
// Counter has a period of one second. PeriodCounter has the caller's, which
// must pass the same one on each call: stick tables hold millions of counters
// and know the period once for all. Average is a sliding mean of the last
// values rather than a rate.
//
// Everything is safe for concurrent use without locks or waiting, holds no
// pointer, and is ready as a zero value. now is a monotonic time in ms that
// the caller passes in; loops' cached clocks may differ by a few seconds and
// may go back as much. Only 32 bits of it are kept: a counter that was last
// touched 49 days ago, to within a period, can be taken for a fresh one once.
package rate
