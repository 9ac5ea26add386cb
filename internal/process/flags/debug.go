package flags

import (
	"slices"
	"strconv"
	"strings"
)

// memoryWords are the options of -dM, each with its opposite and what it does in
// HAProxy. Go manages this program's memory: they are read and change nothing.
var memoryWords = []struct{ set, clear, text string }{
	{"fail", "no-fail", "let allocations fail at random"},
	{"no-merge", "merge", "keep pools of similar sizes apart"},
	{"cold-first", "hot-first", "reuse what was freed longest ago first"},
	{"integrity", "no-integrity", "look for writes to freed memory"},
	{"no-global", "global", "no memory cache of the process"},
	{"no-cache", "cache", "no memory cache of a thread"},
	{"caller", "no-caller", "remember who freed an object"},
	{"tag", "no-tag", "mark the end of objects"},
	{"poison", "no-poison", "fill new objects with the byte"},
	{"uaf", "no-uaf", "catch the use of freed objects"},
	{"backup", "no-backup", "keep a copy of freed objects"},
}

// setMemory is -dM[<byte>[,]][<word>,...].
func setMemory(o *Options, v string) *Exit {
	o.HasMemory, o.Memory = true, v
	first, rest, _ := strings.Cut(v, ",")
	if _, err := strconv.ParseInt(first, 0, 64); err != nil {
		rest = v
	}
	for word := range strings.SplitSeq(rest, ",") {
		if word == "help" {
			return &Exit{Text: memoryHelp()}
		}
		known := word == ""
		for _, w := range memoryWords {
			known = known || word == w.set || word == w.clear
		}
		if !known {
			return &Exit{Status: 1, Alert: "-dM: unknown pool debugging feature <" + word + ">"}
		}
	}
	o.Notices = append(o.Notices, "-dM has no effect: Go manages the memory of this program.")
	return nil
}

func memoryHelp() string {
	var b strings.Builder
	b.WriteString("-dM[<byte>][,<word>...] is read and has no effect: Go manages the memory of this program.\n")
	b.WriteString("HAProxy's words, to set and to clear:\n\n")
	for _, w := range memoryWords {
		b.WriteString("  " + w.set + strings.Repeat(" ", 14-len(w.set)) + w.clear + strings.Repeat(" ", 14-len(w.clear)) + w.text + "\n")
	}
	return b.String()
}

// What -dt may name. The lists and the sentences are those that HAProxy 3.4
// prints.
var (
	traceSources     = []string{"acme", "applet", "check", "fcgi", "h1", "h2", "haterm", "peers", "pt", "session", "spop", "ssl", "stream"}
	traceLevels      = []string{"error", "user", "proto", "state", "data", "developer"}
	traceVerbosities = []string{"quiet", "clean", "minimal", "simple", "advanced", "complete"}
)

// setTrace is -dt[<source>[:<level>[:<verbosity>]],...]; its argument may also be
// the next word.
func setTrace(o *Options, v string) *Exit {
	o.HasTrace, o.Trace = true, v
	if v == "help" {
		return &Exit{Text: traceHelp()}
	}
	for one := range strings.SplitSeq(v, ",") {
		if wrong := traceWrong(strings.Split(one, ":")); wrong != "" {
			return &Exit{Status: 1, Alert: "config : -dt: " + wrong, Quiet: true}
		}
	}
	o.Notices = append(o.Notices, "-dt has no effect in this version: it has no traces.")
	return nil
}

// traceWrong says what is wrong with one trace, "" if nothing is.
func traceWrong(part []string) string {
	if len(part) > 3 {
		return "too many colon separators in trace definition."
	}
	part = append(part, "", "")
	source, level, verbosity := part[0], part[1], part[2]
	switch {
	case source != "" && source != "all" && !slices.Contains(traceSources, source):
		return "unknown trace source '" + source + "'."
	case level != "" && !slices.Contains(traceLevels, level):
		return "no such trace level '" + level + "', available levels are " + quoted(traceLevels) + "."
	case verbosity == "" || verbosity == "quiet" || slices.Contains([]string{"haterm", "session"}, source):
	case source == "" || source == "all":
		return "trace source must be specified for verbosity other than 'quiet'."
	case !slices.Contains(traceVerbosities, verbosity):
		return "no such trace verbosity '" + verbosity + "' for source '" + source + "', available verbosities for this source are: " + quoted(traceVerbosities) + "."
	}
	return ""
}

// quoted is a list for people.
func quoted(words []string) string {
	last := len(words) - 1
	return "'" + strings.Join(words[:last], "', '") + "', and '" + words[last] + "'"
}

func traceHelp() string {
	return "-dt[<source>[:<level>[:<verbosity>]],...] is read and has no effect in this version: it has no traces.\n" +
		"source    : all, " + strings.Join(traceSources, ", ") + "\n" +
		"level     : " + strings.Join(traceLevels, ", ") + "\n" +
		"verbosity : " + strings.Join(traceVerbosities, ", ") + "\n"
}
