package process

import (
	"os"
	"strconv"
	"testing"
)

// TestFailedStartNamesWhoStillServes: only processes that live are named.
func TestFailedStartNamesWhoStillServes(t *testing.T) {
	me := os.Getpid()
	one := " The old process (" + strconv.Itoa(me) + ") still serves."
	for _, c := range []struct {
		name string
		old  []int
		want string
	}{
		{name: "a first start", want: ""},
		{name: "one lives", old: []int{me}, want: one},
		{name: "the other has gone", old: []int{1 << 30, me}, want: one},
		{name: "two", old: []int{me, me}, want: " The old processes (" + strconv.Itoa(me) + ", " + strconv.Itoa(me) + ") still serve."},
	} {
		if got := stillServing(c.old); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
