package flags

import (
	"strconv"
	"strings"
)

// Parse reads argv, whose first element is the program's name. A nil Exit
// means that Options are complete enough to go on; otherwise they hold what
// was read so far.
func Parse(argv []string) (*Options, *Exit) {
	o := &Options{Program: "segue"}
	if len(argv) > 0 {
		o.Program = argv[0][strings.LastIndexByte(argv[0], '/')+1:]
		argv = argv[1:]
	}
	rows := table()
	for len(argv) > 0 {
		if argv[0] == "--" {
			o.Files = append(o.Files, argv[1:]...)
			break
		}
		rest, exit := parseOne(o, rows, argv)
		if exit != nil {
			return o, exit
		}
		if o.VersionPrinting {
			return o, nil
		}
		argv = rest
	}
	if len(o.Files) == 0 && !o.HasCondition {
		return o, usage("no configuration file is named: '-f <file|dir>' is missing")
	}
	return o, nil
}

// parseOne reads the option at the front of argv and returns what is behind
// it.
func parseOne(o *Options, rows []option, argv []string) ([]string, *Exit) {
	word := argv[0]
	argv = argv[1:]
	if len(word) < 2 || word[0] != '-' {
		return nil, unknown(word, rows)
	}
	for i := range rows {
		row := &rows[i]
		value, ok := strings.CutPrefix(word[1:], row.name)
		if !ok {
			continue
		}
		switch row.arg {
		case either:
			if value == "" && len(argv) > 0 && !strings.HasPrefix(argv[0], "-") {
				value, argv = argv[0], argv[1:]
			}
		case next:
			if len(argv) == 0 {
				return nil, missing(row)
			}
			value, argv = argv[0], argv[1:]
		case pids:
			n := 0
			for n < len(argv) && !strings.HasPrefix(argv[n], "-") {
				n++
			}
			// One argument may hold several numbers: "-sf "$(pidof haproxy)"".
			value, argv = strings.Join(argv[:n], "\x00"), argv[n:]
			if n == 0 {
				value = "\x00"
			}
		}
		return argv, row.set(o, value)
	}
	return nil, unknown(word, rows)
}

// usage ends with the help page below what is wrong.
func usage(wrong string) *Exit { return &Exit{Status: 1, Usage: true, Alert: wrong} }

// missing is the error for an option whose argument is not there.
func missing(row *option) *Exit {
	switch row.name {
	case "x":
		return &Exit{Status: 1, Alert: "Unix socket path expected with the -x flag"}
	case "cc":
		return usage("option '-cc' expects an argument <condition>")
	}
	return &Exit{Status: 1, Alert: "option '-" + row.name + "' expects an argument " + row.show}
}

// setVersion is -v and what may follow it. Unknown letters count as -v.
func setVersion(o *Options, v string) *Exit {
	o.VersionPrinting = true
	switch {
	case v == "q":
		o.VersionForm = VersionPlain
	case v == "qs":
		o.VersionForm = VersionShort
	case v == "qb":
		o.VersionForm = VersionBranch
	case strings.HasPrefix(v, "v"):
		o.VersionForm = VersionBuild
	default:
		o.VersionForm = VersionLong
	}
	return nil
}

func setLibsArchive(o *Options, v string) *Exit {
	if v == "" {
		return &Exit{Status: 1, Alert: "-dA: missing output file name"}
	}
	o.LibsArchive = v
	return nil
}

func setTakeover(o *Options, v string) *Exit {
	if o.Takeover != "" {
		o.Warnings = append(o.Warnings, "-x option already set, overwriting the value")
	}
	o.Takeover = v
	return nil
}

// oldPIDs makes the setter of -sf and -st. A later list replaces an earlier
// one's signal but not its numbers, and an empty list is fine: scripts pass
// the output of pidof.
func oldPIDs(sig Signal) func(*Options, string) *Exit {
	return func(o *Options, v string) *Exit {
		o.OldSignal = sig
		if v == "\x00" {
			return nil
		}
		for _, word := range strings.Split(v, "\x00") {
			if exit := addPID(o, sig, word); exit != nil {
				return exit
			}
		}
		return nil
	}
}

// addPID stores one number. 0 and negative numbers are groups for kill(2) and
// never what was meant.
func addPID(o *Options, sig Signal, word string) *Exit {
	name := "-sf"
	if sig == Terminate {
		name = "-st"
	}
	word = strings.TrimPrefix(strings.TrimSpace(word), "+") // "$(cat pid)" has more than the number
	if i := strings.IndexFunc(word, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		return &Exit{Status: 1, Alert: name + " option: some bytes unconsumed in PID list {" + strings.TrimLeft(word[i:], " ") + "}"}
	}
	if word == "" {
		return usage(name + " option: an empty word is no process")
	}
	pid, err := strconv.ParseInt(word, 10, 32)
	if err != nil {
		return &Exit{Status: 1, Alert: name + " option: failed to parse {" + word + "}: Numerical result out of range"}
	}
	if pid == 0 {
		return usage(name + " option: 0 is no process")
	}
	o.OldPIDs = append(o.OldPIDs, int(pid))
	return nil
}

// number reads the argument of a numeric option the lenient way of HAProxy:
// what does not start with a digit counts as 0, which is "not given". We say
// so; HAProxy is silent.
func number(o *Options, name, v string) int {
	digits := strings.TrimLeft(v, " \t")
	end := 0
	for end < len(digits) && digits[end] >= '0' && digits[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(digits[:end])
	if err != nil || end != len(digits) {
		o.Warnings = append(o.Warnings, name+": '"+v+"' is not a number, using "+strconv.Itoa(n))
	}
	return n
}
