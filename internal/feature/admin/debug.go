package admin

import (
	"bytes"
	"os"
	"strings"
	"time"

	"segue/internal/command"
)

// debugRows are commands for who tests the process itself. They need
// expert-mode. Management guide 9.3 "debug dev".
func debugRows() []command.Command {
	row := func(name, args, text string, run func(c *command.Call)) command.Command {
		counted := func(c *command.Call) {
			c.Process.DebugCalls.Add(1)
			run(c)
		}
		return command.Command{Doc: doc("debug dev "+name, args, text), Level: command.Admin, Expert: true, Run: counted}
	}
	return []command.Command{
		row("delay", " [ms]", "sleep this long", debugDelay),
		row("exit", "  [code]", "immediately exit the process", debugExit),
		row("log", "   [msg] ...", "send this msg to global logs", debugLog),
		row("loop", "  <ms>", "loop this long", debugLoop),
		row("panic", "", "immediately trigger a panic", func(*command.Call) { panic("by 'debug dev panic'") }),
		row("write", " [size]", "write that many bytes in return", debugWrite),
	}
}

// debugDelay sleeps in the session's task; nobody else waits.
func debugDelay(c *command.Call) {
	c.Wait(c, int64(max(atoi(c.Arg(3)), 0))*int64(time.Millisecond))
}

func debugExit(c *command.Call) { os.Exit(atoi(c.Arg(3))) }

func debugLog(c *command.Call) {
	e, ok := engine(c)
	if !ok {
		return
	}
	if len(c.Args) > 3 {
		e.Log(c.Thread, []byte(strings.Join(c.Args[3:], " ")))
	}
}

// maxLoop bounds "debug dev loop": all connections of the thread wait meanwhile.
const maxLoop = time.Minute

// debugLoop keeps the thread busy, as a bug would.
func debugLoop(c *command.Call) {
	d := min(time.Duration(atoi(c.Arg(3)))*time.Millisecond, maxLoop)
	for end := time.Now().Add(d); time.Now().Before(end); {
	}
}

// debugWrite answers with that many bytes, which shows how a slow reader is
// treated.
func debugWrite(c *command.Call) {
	const piece = 16 << 10
	for left := max(atoi(c.Arg(3)), 0); left > 0; left -= piece {
		c.Out = append(c.Out, bytes.Repeat([]byte{'.'}, min(left, piece))...)
		if !c.Flush(c) {
			return
		}
	}
	c.Out = append(c.Out, '\n')
}

// showStartupLogs repeats what was said when the configuration was read.
func showStartupLogs(c *command.Call) {
	if e, ok := engine(c); ok {
		c.Out = append(c.Out, e.StartupLogs()...)
	}
}
