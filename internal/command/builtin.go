package command

import (
	"strings"
	"time"

	"segue/internal/keyword"
	"segue/internal/unit"
)

const section = "management 9.3"

func doc(name, args, text string) keyword.Doc {
	return keyword.Doc{Name: name, Args: args, Section: section, Text: text}
}

// Builtin are the words about the session itself, which every table has.
func Builtin() []Command {
	return []Command{
		{Doc: doc("_getsocks", "", "Passes the listening sockets to the next process."), Hidden: true, Run: getSocks},
		{Doc: doc("_getstate", "", "Passes counters, health and what was set at runtime to the next process."), Hidden: true, Run: getState},
		{Doc: doc("echo", "<text>", "print text to the output"), Run: echo},
		{Doc: doc("experimental-mode", "[ on | off ]", "Allows experimental commands."), Hidden: true, Level: Admin, Run: experimentalMode},
		{Doc: doc("expert-mode", "[ on | off ]", "Allows commands for experts."), Hidden: true, Level: Admin, Run: expertMode},
		{Doc: doc("help", "[<command>]", "Lists matching or all commands."), Hidden: true, Run: help},
		{Doc: doc("operator", "", "lower the level of the current CLI session to operator"), Level: Operator, Run: lower(Operator)},
		{Doc: doc("prompt", "[help | n | i | p | timed ]*", "Toggles interactive mode with prompt."), Hidden: true, Run: prompt},
		{Doc: doc("quit", "", "Disconnects."), Hidden: true, Run: func(c *Call) { c.Session.Quit = true }},
		{Doc: doc("set severity-output", "[none|number|string]", "set presence of severity level in feedback information"), Run: setSeverity},
		{Doc: doc("set timeout", "[cli] <delay>", "change a timeout setting"), Run: setTimeout},
		{Doc: doc("show cli level", "", "display the level of the current CLI session"), Run: func(c *Call) { c.Info(c.Session.Level.String()) }},
		{Doc: doc("user", "", "lower the level of the current CLI session to user"), Run: lower(User)},
	}
}

// Both need no level: "expose-fd listeners" is what gives the sockets away, on a
// socket of whatever level (observed of HAProxy 3.4), even after "user".
func getSocks(c *Call) { handOver(c, c.Host.GetSocks) }
func getState(c *Call) { handOver(c, c.Host.GetState) }

// handOver lets do write to the connection itself, and ends the session.
func handOver(c *Call, do func(fd int)) {
	c.NoBlank = true
	c.Session.Quit = true
	if do != nil {
		fd := int(c.Session.FD)
		c.Task.Do(func() { do(fd) })
	}
}

func echo(c *Call) { c.Info(strings.Join(c.Args[1:], " ")) }

func expertMode(c *Call)       { mode(c, &c.Session.Expert) }
func experimentalMode(c *Call) { mode(c, &c.Session.Experimental) }

// mode shows a mode, or sets it: anything but "on" is off.
func mode(c *Call, on *bool) {
	if c.Arg(1) != "" {
		*on = c.Arg(1) == "on"
		c.NoBlank = c.Arg(2) == "-"
		return
	}
	if *on {
		c.Info(c.Args[0] + " is ON")
	} else {
		c.Info(c.Args[0] + " is OFF")
	}
}

func help(c *Call) {
	c.Info(string(c.Host.Table.AppendHelp(nil, c.Session, c.Args[1:], true)))
}

// lower gives rights up; none come back.
func lower(to Level) func(*Call) {
	return func(c *Call) {
		c.NoBlank = c.Arg(1) == "-"
		s := c.Session
		s.Level = min(s.Level, to)
		s.Expert, s.Experimental = false, false
	}
}

const promptUsage = `Usage: prompt [help | n | i | p | timed]*
Changes the default prompt and interactive mode. Available options:
  help    display this help
  n       set to single-command mode (no prompt, single command)
  i       set to interactive mode only (no prompt, multi-command)
  p       set to prompt+interactive mode (prompt + multi-command)
  timed   toggle displaying the current date in the prompt
Without any argument, toggles between n/i->p, p->n.
`

func prompt(c *Call) {
	mode, timed := "", false
	for _, a := range c.Args[1:] {
		switch a {
		case "n", "i", "p":
			mode = a
		case "timed":
			timed = true
		case "help":
			c.Info(promptUsage)
			return
		default:
			c.Fail(promptUsage)
			return
		}
	}
	s := c.Session
	if timed {
		s.Timed = !s.Timed
	}
	if mode == "" {
		mode = "p"
		if !timed && s.Prompt && s.Interactive {
			mode = "n"
		}
	}
	s.Prompt, s.Interactive = mode == "p", mode != "n"
}

func setSeverity(c *Call) {
	s, ok := ParseSeverity(c.Arg(2))
	if !ok || c.Arg(2) == "" {
		c.Fail("one of 'none', 'number', 'string' is a required argument")
		return
	}
	c.Session.Severity = s
}

func setTimeout(c *Call) {
	if c.Arg(2) != "cli" {
		c.Fail("'set timeout' only supports 'cli'.")
		return
	}
	if c.Arg(3) == "" {
		c.Fail("Expects an integer value.")
		return
	}
	d, err := unit.ParseTime(c.Arg(3), time.Second)
	if err != nil || d < time.Millisecond {
		c.Fail("Invalid timeout value.")
		return
	}
	c.Session.TimeoutNS = int64(d)
}
