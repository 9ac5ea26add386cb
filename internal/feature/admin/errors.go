package admin

import (
	"strconv"
	"time"

	"segue/internal/lb"
)

// appendStamp appends a time as logs write it, in brackets: [day/Mon/year:h:m:s.ms].
func appendStamp(dst []byte, unixNS int64) []byte {
	return time.Unix(0, unixNS).AppendFormat(dst, "[02/Jan/2006:15:04:05.000]")
}

// appendError appends a captured message. The first lines and the dump are as
// tools know them; what describes HAProxy's own parser is left out.
func appendError(dst []byte, g *lb.Generation, px *lb.Proxy, e *lb.Capture1) []byte {
	dst = append(appendStamp(append(dst, " \n"...), e.When), ' ')
	if e.Back {
		dst = append(append(dst, "backend "...), px.Name...)
		dst = append(strconv.AppendInt(append(dst, " (#"...), int64(px.ID), 10), "): invalid response\n  frontend "...)
	} else {
		dst = append(append(dst, "frontend "...), px.Name...)
		dst = append(strconv.AppendInt(append(dst, " (#"...), int64(px.ID), 10), "): invalid request\n  backend "...)
	}
	other, id := "<NONE>", -1
	if e.Other != "" {
		other = e.Other
		for _, p := range g.Proxies {
			if p.Name == other && (p.Back != nil) == !e.Back {
				id = p.ID
			}
		}
	}
	dst = append(strconv.AppendInt(append(append(dst, other...), " (#"...), int64(id), 10), "), server "...)
	name, sid := "<NONE>", -1
	if srv := px.ByName[e.Server]; srv != nil {
		name, sid = srv.Name, srv.ID
	} else if e.Server != "" {
		name = e.Server
	}
	dst = append(strconv.AppendInt(append(append(dst, name...), " (#"...), int64(sid), 10), "), event #"...)
	dst = append(append(strconv.AppendInt(dst, e.Num, 10), ", src "...), e.Src...)
	size := g.Conf.Global.Tune.BufSize
	dst = strconv.AppendInt(append(dst, "\n  buffer starts at 0 (including 0 out), "...), int64(max(size-len(e.Bytes), 0)), 10)
	dst = strconv.AppendInt(append(dst, " free,\n  len "...), int64(len(e.Bytes)), 10)
	dst = strconv.AppendInt(append(dst, ", wraps at "...), int64(size), 10)
	dst = strconv.AppendInt(append(dst, ", error at position "...), int64(e.Pos), 10)
	if e.Status != "" {
		dst = append(append(dst, "\n  reason: "...), e.Status...)
	}
	dst = append(dst, "\n  \n"...)
	return appendDump(dst, e.Bytes)
}

// dumpWidth is how many characters of a message stand in a line of a dump.
const dumpWidth = 70

// appendDump appends bytes as a text: lines end where the message's lines do,
// or when they are full, which the "+" behind the next offset says.
func appendDump(dst []byte, b []byte) []byte {
	full := false
	for at := 0; at < len(b); {
		dst = append(dst, "  "...)
		dst = appendOffset(dst, at)
		if full {
			dst = append(dst, "+ "...)
		} else {
			dst = append(dst, "  "...)
		}
		start := len(dst)
		full = true
		for at < len(b) {
			n := len(dst)
			dst = appendChar(dst, b[at])
			if len(dst)-start > dumpWidth {
				dst = dst[:n]
				break
			}
			at++
			if b[at-1] == '\n' {
				full = false
				break
			}
		}
		dst = append(dst, '\n')
	}
	return dst
}

func appendOffset(dst []byte, n int) []byte {
	for unit := 10000; unit > 0; unit /= 10 {
		dst = append(dst, byte('0'+n/unit%10))
	}
	return dst
}

func appendChar(dst []byte, c byte) []byte {
	const hex = "0123456789ABCDEF"
	switch c {
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	case '\v':
		return append(dst, `\v`...)
	case '\x1b':
		return append(dst, `\e`...)
	case '\\':
		return append(dst, `\\`...)
	}
	if c < ' ' || c > '~' {
		return append(dst, '\\', 'x', hex[c>>4], hex[c&15])
	}
	return append(dst, c)
}
