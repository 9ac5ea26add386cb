package admin

import (
	"fmt"
	"slices"
	"strings"

	"segue/internal/command"
)

// eventRows show what the process has to say about itself. Management guide 9.3
// "show events", "show pools", "trace".
func eventRows() []command.Command {
	return []command.Command{
		{Doc: doc("show events", "[<sink>] [-w] [-n] [-0]", "show event sink state"), Run: showEvents},
		{Doc: doc("show trace", "[<module>]", "show live tracing state"), Hidden: true, Run: showTrace},
		{Doc: doc("trace", "[<module>|0] [cmd [args...]]", "manage live tracing (empty to list, 0 to stop all)"), Level: command.Operator, Hidden: true, Run: trace},
		{Doc: doc("show pools", "[by*] [match <pfx>] [nb]", "report information about the memory pools usage"), Run: showPools},
	}
}

// eventPollNS is how long "show events -w" sleeps between two looks.
const eventPollNS = 100e6

const eventSinks = `Supported events sinks are listed below. Add -0(zero), -w(wait), -n(new). Any key to stop.
    stdout     : type=fd, 0 dropped, standard output (fd#1)
    stderr     : type=fd, 0 dropped, standard output (fd#2)
    buf0       : type=buffer, 0 dropped, in-memory ring buffer`

// showEvents lists the sinks or prints one. In the buffer are the changes of
// servers' states and what is said when the process stops.
func showEvents(c *command.Call) {
	switch c.Arg(2) {
	case "":
		c.Info(listSinks(c))
		return
	default:
		if c.Level < command.Operator {
			c.Fail("Permission denied")
			return
		}
	}
	since := c.Process.Events.Since
	switch c.Arg(2) {
	case "stdout", "stderr":
		c.Fail("Nothing to report for this sink")
		return
	case "buf0":
	default:
		if since = ringOf(c, c.Arg(2)); since == nil {
			c.Fail("No such event sink")
			return
		}
	}
	wait, fresh, end := false, false, byte('\n')
	for _, a := range c.Args[3:] {
		if !slices.Contains([]string{"-w", "-n", "-wn", "-nw", "-0"}, a) {
			c.Fail("unknown option")
			return
		}
		wait = wait || strings.Contains(a, "w")
		fresh = fresh || strings.Contains(a, "n")
		if strings.Contains(a, "0") {
			end = 0
		}
	}
	lines, next := since(0)
	if fresh {
		lines = nil
	}
	for {
		for _, line := range lines {
			c.Out = append(append(c.Out, line...), end)
			if !c.Flush(c) {
				return
			}
		}
		if !wait || !c.Listen(c, eventPollNS) {
			return
		}
		lines, next = since(next)
	}
}

// listSinks is the table of sinks: the process's own, then rings as the
// configuration has them.
func listSinks(c *command.Call) string {
	text := eventSinks
	for _, b := range c.Process.Gen.Load().Rings {
		text += fmt.Sprintf("\n    %-10s : type=buffer, %d dropped, %s", b.Name, b.Dropped(), b.Desc())
	}
	return text
}

// ringOf finds a ring and returns what reads it, nil for none.
func ringOf(c *command.Call, name string) func(from uint64) ([]string, uint64) {
	for _, b := range c.Process.Gen.Load().Rings {
		if b.Name == name {
			return b.Since
		}
	}
	return nil
}

// traceSources begins the lists of sources of traces, of which there are none:
// the commands answer what HAProxy answers about unknown ones, and are kept
// out of "help".
const traceSources = "Supported trace sources and states (.=stopped, w=waiting, R=running) :"

func showTrace(c *command.Call) {
	switch {
	case c.Arg(2) == "":
		c.Info(traceSources)
	case c.Level < command.Operator:
		c.Fail("Permission denied")
	default:
		c.Fail("No such trace source")
	}
}

func trace(c *command.Call) {
	switch c.Arg(1) {
	case "":
		c.Info(traceSources + "\n [.] 0          : not a source, will immediately stop all traces")
	case "0":
		c.Note("All traces now stopped")
	default:
		c.Fail("No such trace source '" + c.Arg(1) + "'")
	}
}
