package cfg

import (
	"slices"
	"strings"
)

// versionKey is a version as numbers that compare from left to right.
type versionKey [7]int

// Stages of a release, in the order in which they come.
const (
	stageDev = iota
	stageRC
	stageRelease
)

// parseVersion reads "3.4.0", "3.5-dev2", "3.4-rc1-17" or "3.4.1-25": up to
// four numbers, a stage with its number, and commits since then. What is
// missing or no number is zero.
func parseVersion(s string) versionKey {
	k := versionKey{4: stageRelease}
	for i := range 4 {
		k[i], s = atoi(s)
		if !strings.HasPrefix(s, ".") {
			break
		}
		s = s[1:]
	}
	for strings.HasPrefix(s, "-") {
		s = s[1:]
		switch {
		case strings.HasPrefix(s, "dev"):
			k[4], s = stageDev, s[3:]
			k[5], s = atoi(s)
		case strings.HasPrefix(s, "rc"):
			k[4], s = stageRC, s[2:]
			k[5], s = atoi(s)
		default:
			k[6], s = atoi(s)
		}
	}
	return k
}

// compareVersion compares two versions of the program.
func compareVersion(a, b string) int {
	x, y := parseVersion(a), parseVersion(b)
	return slices.Compare(x[:], y[:])
}

// compareOpenSSL compares the library's version with one from a condition,
// which must have three numbers: "3.0.0", "1.1.1w", "3.5.0-beta1".
func compareOpenSSL(have, want string) (cmp int, valid bool) {
	x, _ := parseOpenSSL(have)
	y, ok := parseOpenSSL(want)
	return slices.Compare(x[:], y[:]), ok
}

// parseOpenSSL reads three numbers and then a patch letter or a stage. A
// version without either is a release, above the stages and below letter a.
func parseOpenSSL(s string) (k [5]int, ok bool) {
	for i := range 3 {
		if s == "" || s[0] < '0' || s[0] > '9' {
			return k, false
		}
		k[i], s = atoi(s)
		if i == 2 {
			break
		}
		if !strings.HasPrefix(s, ".") {
			return k, false
		}
		s = s[1:]
	}
	const release = 2
	switch {
	case s == "" || s[0] == ' ':
		k[3] = release
	case strings.HasPrefix(s, "-beta"):
		k[3] = 1
		k[4], _ = atoi(s[len("-beta"):])
	case s[0] == '-': // "-dev", "-alpha2": before any beta
	default:
		k[3], k[4] = release, int(s[0]) // "1.1.1w"
	}
	return k, true
}

// compareAWSLC compares the AWS-LC API number. With another library there is
// nothing to compare with, and the predicate is an error, as in HAProxy.
func compareAWSLC(have int, want string) (cmp int, valid bool) {
	n, rest := atoi(want)
	return have - n, have > 0 && want != "" && rest == ""
}
