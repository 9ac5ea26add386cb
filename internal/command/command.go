package command

import (
	"segue/internal/keyword"
	"segue/internal/lb"
	"segue/internal/sched"
)

// Level is what a CLI session may do.
type Level uint8

const (
	User Level = iota
	Operator
	Admin
)

// String is the level's name in "show cli level".
func (l Level) String() string {
	return [...]string{"user", "operator", "admin"}[l]
}

// ParseLevel reads the argument of a bind line's "level"; "" is operator.
func ParseLevel(word string) (Level, bool) {
	switch word {
	case "user":
		return User, true
	case "operator", "":
		return Operator, true
	case "admin":
		return Admin, true
	}
	return 0, false
}

// Command is a row of a command table. Doc.Name is the command's words, e.g.
// "show stat"; Doc.Args and Doc.Text are its line in "help".
type Command struct {
	keyword.Doc
	Level Level
	// Expert and Experimental need expert-mode or experimental-mode on.
	Expert, Experimental bool
	// Hidden keeps the row out of "help".
	Hidden bool
	// Run answers the command. It runs in the CLI session's task and may wait.
	Run func(c *Call)
}

// Call is one run of a command. It belongs to its session and is reused.
type Call struct {
	Thread  *lb.Thread
	Task    *sched.Task // the session's
	Process *lb.Process
	Level   Level
	Args    []string // all words, the command's own first
	Payload []byte   // of "<<" input
	HasLoad bool     // there was a payload, perhaps an empty one
	Out     []byte   // the answer so far; Flush sends it
	// Flush sends Out when it has grown large and waits for the client to take
	// it. It returns false when the client is gone.
	Flush func(c *Call) bool
	// Wait sleeps, at most ns, and returns false when the client is gone.
	Wait func(c *Call, ns int64) bool
	// Listen sends Out and waits, at most ns. It returns false when the client has
	// sent something, which is thrown away, or is gone.
	Listen func(c *Call, ns int64) bool
	// Session is what commands about the session itself change.
	Session *Session
	Host    *Host
	// NoBlank leaves out the empty line that ends an answer.
	NoBlank bool
}

// Session is the state of one CLI connection.
type Session struct {
	Level                Level // what is left of the socket's level
	Prompt               bool  // "> " after each answer
	Interactive          bool  // goes on after the first line
	Timed                bool  // the prompt tells the process's age
	Expert, Experimental bool
	TimeoutNS            int64 // of silence, 0 = none
	Severity             Severity
	Anon                 uint32 // key that names are hidden under, 0 = they are not
	Quit                 bool
	FD                   int32 // the connection's descriptor, for _getsocks
}

// Severity is how messages are marked. Manual: management guide 9.3
// "set severity-output".
type Severity uint8

// The ways to mark messages.
const (
	SeverityNone Severity = iota
	SeverityNumber
	SeverityString
)

// ParseSeverity reads "none", "number" or "string"; "" is none.
func ParseSeverity(word string) (Severity, bool) {
	switch word {
	case "none", "":
		return SeverityNone, true
	case "number":
		return SeverityNumber, true
	case "string":
		return SeverityString, true
	}
	return 0, false
}

// Say appends a line.
func (c *Call) Say(s string) { c.Out = append(append(c.Out, s...), '\n') }

// The severities of messages that commands give: syslog's.
const (
	sevErr = iota + 3
	sevWarning
	sevNotice
	sevInfo
)

// Fail answers with an error. Line feeds at its end become exactly one.
func (c *Call) Fail(msg string) { c.message(sevErr, msg) }

// Warn, Note and Info answer with a message of lesser severity.
func (c *Call) Warn(msg string) { c.message(sevWarning, msg) }

// Note is described at Warn.
func (c *Call) Note(msg string) { c.message(sevNotice, msg) }

// Info is described at Warn.
func (c *Call) Info(msg string) { c.message(sevInfo, msg) }

func (c *Call) message(severity int, msg string) {
	switch c.Session.Severity {
	case SeverityNumber:
		c.Out = append(c.Out, '[', byte('0'+severity), ']', ':', ' ')
	case SeverityString:
		c.Out = append(c.Out, '[')
		c.Out = append(c.Out, [...]string{"err", "warning", "notice", "info"}[severity-sevErr]...)
		c.Out = append(c.Out, "]: "...)
	}
	for len(msg) > 0 && msg[len(msg)-1] == '\n' {
		msg = msg[:len(msg)-1]
	}
	c.Say(msg)
}

// Arg returns word i, "" behind the last one.
func (c *Call) Arg(i int) string {
	if i < len(c.Args) {
		return c.Args[i]
	}
	return ""
}

// On runs f on another thread's loop, or at once when th is the session's own,
// and waits for it. f must not wait.
func (c *Call) On(th *lb.Thread, f func()) {
	if th == c.Thread {
		f()
		return
	}
	done, canceled := false, false
	own, task := c.Thread, c.Task
	th.Post(func() {
		defer own.Post(func() { done = true; task.Wake() })
		f()
	})
	for !done {
		if task.Park(0) == sched.Canceled {
			canceled = true
		}
	}
	if canceled {
		task.Cancel()
	}
}
