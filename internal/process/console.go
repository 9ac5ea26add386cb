package process

import (
	"io"
	"os"
	"strings"
	"sync"

	"segue/internal/diag"
)

// console prints what the process has to say and remembers it for "show
// startup-logs". It may be used by any goroutine.
type console struct {
	mu    sync.Mutex
	w     io.Writer
	quiet bool
	log   []byte
	null  *os.File // /dev/null, from openNull until detach
}

// maxLog bounds what is remembered, in bytes.
const maxLog = 1 << 20

// Write prints what a child said; "show startup-logs" has it even when we are quiet.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.log)+len(p) <= maxLog {
		c.log = append(c.log, p...)
	}
	if c.quiet {
		return len(p), nil
	}
	return c.w.Write(p)
}

// say prints a message and returns it as printed.
func (c *console) say(sev diag.Severity, text string) string {
	e := diag.Entry{Sev: sev, Bare: true, Msg: text}
	line := diag.AppendEntry(nil, &e, diag.PrintOptions{PID: os.Getpid()})
	c.Write(line) //nolint:errcheck // there is nowhere to complain
	return string(line)
}

// alert says what went wrong. What a worker could not do comes as it printed it.
func (c *console) alert(text string) {
	if strings.HasPrefix(text, "[ALERT] ") || strings.HasPrefix(text, "[WARNING] ") || strings.HasPrefix(text, "[NOTICE] ") {
		io.WriteString(c, strings.TrimSuffix(text, "\n")+"\n") //nolint:errcheck // as in say
		return
	}
	c.say(diag.Alert, text)
}

func (c *console) warn(text string) string { return c.say(diag.Warning, text) }
func (c *console) notice(text string)      { c.say(diag.Notice, text) }

// reset forgets what was said.
func (c *console) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = nil
}

// text returns what was said since reset.
func (c *console) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.log)
}
