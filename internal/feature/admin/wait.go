package admin

import (
	"strings"
	"time"

	"segue/internal/command"
	"segue/internal/unit"
)

const waitHelp = `Usage: wait {-h|<duration>} [condition [args...]]
  - '-h' displays this help
  - <duration> is the maximum wait time, optionally suffixed by the unit among
    'us', 'ms', 's', 'm', 'h', and 'd'. ; the default unit is milliseconds.
  - <condition> indicates what to wait for, no longer than the specified
    duration. Supported conditions are:
    - <none> : by default, just sleep for the specified duration.
    - srv-removable <px>/<sv> : wait for this server to become removable.
`

// wait sleeps, or waits for something to happen. Management guide 9.3 "wait".
func wait(c *command.Call) {
	args := c.Args[1:]
	if len(args) > 0 && args[0] == "-h" {
		c.Info(waitHelp)
		return
	}
	if len(args) == 0 {
		c.Fail("Expects a duration in milliseconds.")
		return
	}
	d, err := unit.ParseTime(args[0], time.Millisecond)
	if err != nil || d < time.Millisecond {
		c.Fail("Invalid duration.")
		return
	}
	if len(args) == 1 {
		if c.Wait(c, int64(d)) {
			c.Info("Done.")
		}
		return
	}
	arg := c.Arg(3)
	var check func() (ready, never bool, msg string)
	switch args[1] {
	case "srv-removable", "server-removable":
		if arg == "" {
			c.Fail("Missing server name (<backend>/<server>).")
			return
		}
		if !strings.Contains(arg, "/") {
			c.Fail("Require 'backend/server'.")
			return
		}
		check = func() (bool, bool, string) { return serverRemovable(c, arg) }
	case "be-removable":
		if arg == "" {
			c.Fail("Missing backend name.")
			return
		}
		check = func() (bool, bool, string) { return backendRemovable(c, arg) }
	case "-h":
		c.Info(waitHelp)
		return
	default:
		c.Fail(waitHelp)
		return
	}
	await(c, int64(d), check)
}

// await looks again in growing steps, at most a tenth of the time apart.
func await(c *command.Call, total int64, check func() (ready, never bool, msg string)) {
	start := c.Thread.Now()
	for {
		ready, never, msg := check()
		elapsed := c.Thread.Now() - start
		switch {
		case never:
			c.Fail("Failed. " + msg)
			return
		case ready:
			c.Info("Done.")
			return
		case elapsed >= total:
			c.Fail("Wait delay expired. " + msg)
			return
		}
		step := min(elapsed/2+int64(time.Millisecond), max(total/10, int64(time.Millisecond)), total-elapsed)
		if !c.Wait(c, step) {
			return
		}
	}
}
