// Package flags reads the command line, which is HAProxy's (management manual,
// chapter 3).
//
// Parse turns the words into Options and does nothing else: it opens no file,
// prints nothing and never ends the process. What the caller should print, and
// the status to exit with, come back as an *Exit.
//
// An option is recognised by its first letters, the way HAProxy does it: "-Vx"
// is "-V", "-dSfoo" is "-dS", and a "-d" with an unknown second letter is plain
// debug mode. Service files in the field depend on this, so it is kept; two
// letters that merely look like a combination ("-Df") do not combine.
//
// Options is plain data without pointers into argv, so that process control can
// send it to a child as JSON.
package flags
