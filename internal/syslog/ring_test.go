package syslog

import (
	"strings"
	"testing"
)

func TestRingKeepsTheNewest(t *testing.T) {
	var r Ring
	inZone(t, "UTC", 0)
	r.Append(Notice, 1e9, "first\nof two")
	lines, next := r.Since(0)
	if len(lines) != 1 || next != 1 || lines[0] != "<5>1970-01-01T00:00:01.000000+00:00 first of two" {
		t.Fatalf("Since(0) = %q, %d", lines, next)
	}
	long := strings.Repeat("x", 1000)
	for range 1000 {
		r.Append(Warning, 1e9, long)
	}
	lines, next = r.Since(0)
	if next != 1001 || len(lines) > ringBytes/1000 || len(lines) < ringBytes/1100 {
		t.Errorf("%d lines are kept up to number %d", len(lines), next)
	}
	if lines, again := r.Since(next); len(lines) != 0 || again != next {
		t.Errorf("Since(end) = %q, %d", lines, again)
	}
	r.Append(Notice, 1e9, "last")
	if lines, _ := r.Since(next); len(lines) != 1 || !strings.HasSuffix(lines[0], "last") {
		t.Errorf("what came since = %q", lines)
	}
}
