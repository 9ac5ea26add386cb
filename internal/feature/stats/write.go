package stats

import (
	"strconv"
	"strings"
)

// format is how lines are written.
type format uint8

const (
	formatCSV format = iota
	formatTyped
	formatJSON
)

// writer writes lines in a format. It is used for one answer.
type writer struct {
	cols   []column
	format format
	desc   bool
	lines  int
}

func newWriter(f format, desc bool) *writer { return &writer{cols: columns(), format: f, desc: desc} }

// begin appends what stands before the first line.
func (w *writer) begin(dst []byte) []byte {
	switch w.format {
	case formatCSV:
		dst = append(dst, "# "...)
		for i := range w.cols {
			if w.cols[i].name == firstProtocol {
				dst = append(dst, "-,"...)
			}
			dst = append(append(dst, w.cols[i].name...), ',')
		}
		return append(dst, '\n')
	case formatJSON:
		return append(dst, '[')
	}
	return dst
}

// firstProtocol is the column behind the separator "-", which counts as a
// column in CSV but not in the numbers of the other formats.
const firstProtocol = "ssl_sess"

// end appends what stands behind the last line.
func (w *writer) end(dst []byte) []byte {
	if w.format == formatJSON {
		dst = append(dst, ']', '\n')
	}
	return dst
}

// line appends a line.
func (w *writer) line(dst []byte, l *line) []byte {
	w.lines++
	switch w.format {
	case formatCSV:
		return w.csv(dst, l)
	case formatTyped:
		return w.typed(dst, l)
	}
	return w.json(dst, l)
}

func (w *writer) csv(dst []byte, l *line) []byte {
	for i := range w.cols {
		c := &w.cols[i]
		if c.name == firstProtocol {
			dst = append(dst, "-,"...)
		}
		if c.has(l) {
			if c.str != nil {
				dst = appendCSV(dst, c.str(l))
			} else {
				dst = strconv.AppendInt(dst, c.num(l), 10)
			}
		}
		dst = append(dst, ',')
	}
	return append(dst, '\n')
}

// appendCSV quotes a text that would break the line. RFC 4180.
func appendCSV(dst []byte, s string) []byte {
	if !strings.ContainsAny(s, "\",\r\n") {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

// typed is one column a line: "F.2.0.4.scur.1:MGPV:u32:0".
func (w *writer) typed(dst []byte, l *line) []byte {
	for i := range w.cols {
		c := &w.cols[i]
		if !c.has(l) {
			continue
		}
		dst = append(dst, "FBSL"[l.kind], '.')
		dst = strconv.AppendInt(dst, int64(l.px.ID), 10)
		dst = append(dst, '.')
		dst = strconv.AppendInt(dst, objectID(l), 10)
		dst = append(dst, '.')
		dst = strconv.AppendInt(dst, int64(i), 10)
		dst = append(dst, '.')
		dst = append(dst, c.name...)
		dst = append(dst, ".1:"...)
		dst = append(dst, c.tagOf(l.kind)...)
		dst = append(append(append(dst, ':'), c.typ...), ':')
		if c.str != nil {
			dst = append(dst, c.str(l)...)
		} else {
			dst = strconv.AppendInt(dst, c.num(l), 10)
		}
		if w.desc {
			dst = append(append(append(dst, ":\""...), c.text...), '"')
		}
		dst = append(dst, '\n')
	}
	return dst
}

func (w *writer) json(dst []byte, l *line) []byte {
	if w.lines > 1 {
		dst = append(dst, ',')
	}
	dst = append(dst, '[')
	first := true
	for i := range w.cols {
		c := &w.cols[i]
		if !c.has(l) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, `{"objType":"`...)
		dst = append(dst, [...]string{"Frontend", "Backend", "Server", "Listener"}[l.kind]...)
		dst = append(dst, `","proxyId":`...)
		dst = strconv.AppendInt(dst, int64(l.px.ID), 10)
		dst = append(dst, `,"id":`...)
		dst = strconv.AppendInt(dst, objectID(l), 10)
		dst = append(dst, ',')
		var text string
		var n int64
		if c.str != nil {
			text = c.str(l)
		} else {
			n = c.num(l)
		}
		dst = appendField(dst, i, c.name, c.tagOf(l.kind), c.typ, text, n)
	}
	return append(dst, ']')
}

// appendField appends the rest of a JSON object that shows one value.
func appendField(dst []byte, pos int, name, tag, typ, text string, n int64) []byte {
	dst = append(dst, `"field":{"pos":`...)
	dst = strconv.AppendInt(dst, int64(pos), 10)
	dst = append(append(append(dst, `,"name":"`...), name...), `"},"processNum":1,"tags":{"origin":"`...)
	dst = append(dst, origin(tag[0])...)
	dst = append(append(dst, `","nature":"`...), nature(tag[1])...)
	dst = append(append(dst, `","scope":"`...), scope(tag[2])...)
	dst = append(append(dst, `"},"value":{"type":"`...), typ...)
	dst = append(dst, `","value":`...)
	switch typ {
	case "str":
		dst = appendJSON(dst, text)
	case "flt":
		dst = append(dst, text...)
	default:
		dst = strconv.AppendInt(dst, n, 10)
	}
	return append(dst, "}}"...)
}

// appendJSON appends a quoted string. RFC 8259 7.
func appendJSON(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

func origin(c byte) string {
	switch c {
	case 'S':
		return "Status"
	case 'K':
		return "Key"
	case 'C':
		return "Config"
	case 'P':
		return "Product"
	}
	return "Metric"
}

func nature(c byte) string {
	switch c {
	case 'L':
		return "Limit"
	case 'm':
		return "Min"
	case 'M':
		return "Max"
	case 'R':
		return "Rate"
	case 'C':
		return "Counter"
	case 'D':
		return "Duration"
	case 'A':
		return "Age"
	case 'T':
		return "Time"
	case 'N':
		return "Name"
	case 'O':
		return "Output"
	case 'a':
		return "Avg"
	}
	return "Gauge"
}

func scope(c byte) string {
	switch c {
	case 'C':
		return "Cluster"
	case 'S':
		return "Service"
	case 's':
		return "System"
	}
	return "Process"
}
