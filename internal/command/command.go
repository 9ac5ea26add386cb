// Package command holds the table type of the runtime API's commands and the
// session that runs them. Manual: management guide 9.3.
package command

import (
	"segue/internal/keyword"
	"segue/internal/lb"
)

// Level is what a CLI session may do.
type Level uint8

const (
	User Level = iota
	Operator
	Admin
)

// Command is a row of a command table. Doc.Name is the command's words, e.g.
// "show stat"; Doc.Args and Doc.Text are its line in "help".
type Command struct {
	keyword.Doc
	Level Level
	// Master: also offered on the master's CLI.
	Master bool
	// Expert and Experimental need expert-mode or experimental-mode on.
	Expert, Experimental bool
	// Run answers the command. It runs in the CLI session's task and may wait.
	Run func(c *Call)
}

// Call is one run of a command.
type Call struct {
	Thread  *lb.Thread
	Process *lb.Process
	Level   Level
	Args    []string // all words, the command's own first
	Payload []byte   // of "<<" input
	Out     []byte   // the answer so far; Flush sends it
	// Flush sends Out when it has grown large and waits for the client to take
	// it. It returns false when the client is gone.
	Flush func(c *Call) bool
	// Wait sleeps, at most ns, and returns false when the client is gone.
	Wait func(c *Call, ns int64) bool
	// SetLevel lowers the session's level; Prompt and others are session state.
	Session *Session
}

// Session is the state of one CLI connection.
type Session struct {
	Level                Level
	Max                  Level
	Prompt               bool
	Interactive          bool
	Timed                bool
	Expert, Experimental bool
	TimeoutNS            int64
	Severity             string
	Quit                 bool
}

// Printf is not offered: answers are appended.

// Say appends a line.
func (c *Call) Say(s string) { c.Out = append(append(c.Out, s...), '\n') }
