package syslog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Sampling chooses some of each Size consecutive messages of a Sink: those
// whose position, counted from 1, is in one of the ranges. The zero value
// chooses all. Manual 4.2 "log", "sample <ranges>:<sample_size>".
type Sampling struct {
	Ranges []Range // ascending, not overlapping
	Size   uint32
}

// Range is positions Low to High, both included.
type Range struct{ Low, High uint32 }

// ParseSampling reads "1-3,7:10".
func ParseSampling(word string) (Sampling, error) {
	list, size, found := strings.Cut(word, ":")
	if !found {
		//lint:ignore ST1005 these are HAProxy's words
		return Sampling{}, fmt.Errorf("Missing sample size")
	}
	var s Sampling
	for list != "" {
		var one string
		one, rest, _ := strings.Cut(list, ",")
		r, ok := parseRange(one)
		if !ok {
			return Sampling{}, fmt.Errorf("wrong sample range '%s'", list)
		}
		if slices.ContainsFunc(s.Ranges, r.overlaps) {
			return Sampling{}, fmt.Errorf("ranges are overlapping")
		}
		s.Ranges = append(s.Ranges, r)
		list = rest
	}
	if len(s.Ranges) == 0 {
		return Sampling{}, fmt.Errorf("no sampling ranges given")
	}
	n, ok := parsePosition(size)
	if !ok {
		return Sampling{}, fmt.Errorf("wrong sample size '%s' for sample range '%s'", size, word[:len(word)-len(size)-1])
	}
	slices.SortFunc(s.Ranges, func(a, b Range) int { return int(int64(a.Low) - int64(b.Low)) })
	if high := s.Ranges[len(s.Ranges)-1].High; n < high {
		return Sampling{}, fmt.Errorf("sample size %d should be greater or equal to %d the maximum of the high ranges limits", n, high)
	}
	s.Size = n
	return s, nil
}

// parseRange reads "3" or "3-5"; a range's end is above its start.
func parseRange(s string) (Range, bool) {
	low, high, found := strings.Cut(s, "-")
	l, ok := parsePosition(low)
	if !found || !ok {
		return Range{l, l}, ok
	}
	h, ok := parsePosition(high)
	return Range{l, h}, ok && h > l
}

// parsePosition reads a decimal number from 1 on.
func parsePosition(s string) (uint32, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil && n > 0 && s[0] != '+'
}

func (r Range) overlaps(o Range) bool { return r.Low <= o.High && o.Low <= r.High }

// takes reports whether the nth message, counted from 0, is chosen.
func (s *Sampling) takes(n uint64) bool {
	if s.Size == 0 {
		return true
	}
	pos := uint32(n%uint64(s.Size)) + 1
	for _, r := range s.Ranges {
		if pos <= r.High {
			return pos >= r.Low
		}
	}
	return false
}
