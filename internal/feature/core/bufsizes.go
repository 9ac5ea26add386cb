package core

import (
	"fmt"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/unit"
)

// Manual 3.2 "tune.bufsize.large", "tune.bufsize.small". There is one kind of
// buffers here, so that these words do nothing; what HAProxy says about their
// values is said all the same.

// maxHTTPBuf is the size in bytes that no buffer for HTTP may have.
const maxHTTPBuf = 256 << 20

// otherBuf is the parser of the size of a further kind of buffers.
func otherBuf(field func(t *conf.Tune) (*int64, *cfg.Line)) func(c *conf.Context) {
	return func(c *conf.Context) {
		errors := c.Diag.Errors()
		if someSize(c); c.Diag.Errors() > errors {
			return
		}
		size, line := field(&c.Model.Global.Tune)
		*size, _ = unit.ParseSize(c.Text(0))
		*line = c.Line.Own()
	}
}

func largeBuf(t *conf.Tune) (*int64, *cfg.Line) { return &t.LargeBuf, &t.LargeBufLine }
func smallBuf(t *conf.Tune) (*int64, *cfg.Line) { return &t.SmallBuf, &t.SmallBufLine }

// checkBufSizes compares the sizes with that of ordinary buffers, wherever in
// the file that was set.
func checkBufSizes(c *conf.Context) {
	t := &c.Model.Global.Tune
	usual := int64(t.BufSize)
	say := func(sev diag.Severity, line *cfg.Line, format string, args ...any) {
		c.Diag.Add(diag.Entry{Sev: sev, Bare: true, Form: diag.FormHidden, Pos: line.Pos(1), Msg: fmt.Sprintf(format, args...)})
	}
	if t.LargeBuf >= maxHTTPBuf {
		say(diag.Alert, &t.LargeBufLine, "global.tune.bufsize_large must be below 256 MB when HTTP is in use (current value = %d).", t.LargeBuf)
	}
	if t.LargeBuf > 0 && t.LargeBuf < usual {
		say(diag.Warning, &t.LargeBufLine, "tune.bufsize.large (%d) is lower than tune.bufsize (%d). large buffers support is disabled. Please fix either value to remove this warning.", t.LargeBuf, usual)
	}
	if t.SmallBuf > usual {
		say(diag.Warning, &t.SmallBufLine, "invalid small buffer size %d bytes which is greater than default bufsize %d bytes.", t.SmallBuf, usual)
	}
}
