package syslog

import "slices"

// Level is a message's severity; the smaller, the graver (RFC 5424 table 2).
type Level uint8

// The levels, as the language names them.
const (
	Emerg Level = iota
	Alert
	Crit
	Err
	Warning
	Notice
	Info
	Debug
)

// levels are the words for a Level, in its order. Read only.
var levels = []string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}

// ParseLevel finds the level of a word.
func ParseLevel(word string) (Level, bool) {
	i := slices.Index(levels, word)
	return Level(max(i, 0)), i >= 0
}

// String is the level's word.
func (l Level) String() string { return word(levels, int(l)) }

// Facility is the part of the system a message comes from, 0 to 23.
type Facility uint8

// facilities are the words for a Facility, in its order: the standard ones,
// with HAProxy's names for 10 and 13 to 15. Read only.
var facilities = []string{
	"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news",
	"uucp", "cron", "auth2", "ftp", "ntp", "audit", "alert", "cron2",
	"local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
}

// ParseFacility finds the facility of a word.
func ParseFacility(word string) (Facility, bool) {
	i := slices.Index(facilities, word)
	return Facility(max(i, 0)), i >= 0
}

// String is the facility's word.
func (f Facility) String() string { return word(facilities, int(f)) }

// Levels, Facilities and Formats return the words of each kind in order, for
// the manual and for suggestions.
func Levels() []string { return slices.Clone(levels) }

// Facilities returns the words for facilities in order.
func Facilities() []string { return slices.Clone(facilities) }

// Formats returns the words for formats in order.
func Formats() []string { return slices.Clone(formats[1:]) }

func word(words []string, i int) string {
	if i < len(words) {
		return words[i]
	}
	return "?"
}
