package flags

import (
	"strings"

	"segue/internal/diag"
)

// spelledOut are long options of other programs, and what does the same here.
var spelledOut = map[string]string{
	"--check":   "-c",
	"--config":  "-f",
	"--daemon":  "-D",
	"--debug":   "-d",
	"--file":    "-f",
	"--pidfile": "-p",
	"--quiet":   "-q",
	"--test":    "-c",
	"--verbose": "-V",
	"--version": "-v",
	"-t":        "-c",
}

// unknown is the error for a word that is no option. Asking for help is none,
// but HAProxy exits with 1 for that, too.
func unknown(word string, rows []option) *Exit {
	exit := usage("")
	switch {
	case word == "-h" || word == "--help":
	case word == "" || word[0] != '-':
		exit.Alert = "'" + word + "' is no option; files are named with '-f' or behind '--'"
	default:
		exit.Alert = "unknown option '" + word + "'" + meant(word, rows)
	}
	return exit
}

// meant is the option that was probably meant by word, as the end of a message.
func meant(word string, rows []option) string {
	near := spelledOut[strings.SplitN(word, "=", 2)[0]]
	names := make([]string, len(rows))
	for i := range rows {
		names[i] = "-" + rows[i].name
		if near == "" && strings.EqualFold(names[i], word) {
			near = names[i]
		}
	}
	if near != "" {
		return "; did you mean '" + near + "' maybe ?"
	}
	if len(word) <= 3 { // of two letters everything is one letter away
		return ""
	}
	return diag.DidYouMean(word, names)
}
