package serverstate

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"

	"segue/internal/lb"
)

// Record is one server's line.
type Record struct {
	Addr       netip.Addr // invalid when unknown
	Port       int
	Oper       lb.Oper
	Admin      uint32 // bits of srv_admin_state
	Weight     int    // at runtime
	ConfWeight int    // as configured when the file was written
	Since      int64  // s since the last change of state
	FQDN       string
	SRV        string // label of the SRV record that the name came from

	Status, Result, Health int // srv_check_status, _result, _health
	CheckState, AgentState int
	CheckPort              int // 0 = the server's own

	Configured *lb.ServerConf // what the comment line says; nil without one
}

// File is a parsed state file: records by "backend/server".
type File map[string]*Record

// fields is the number of columns of version 1.
const fields = 25

// maxProblems bounds what Parse reports of one file.
const maxProblems = 5

// Parse reads a state file. What it does not understand is left out and named
// in problems, of which there are a few at the most. cut says that the file may
// have had more servers: behind its last line there is no empty one, with which
// every answer to "show servers state" ends.
func Parse(text []byte) (f File, cut bool, problems []string) {
	f = File{}
	if len(text) == 0 {
		return f, false, []string{"it is empty: maintenance and whatever else was set at run time is lost"}
	}
	say := func(line int, msg string) {
		if len(problems) < maxProblems {
			problems = append(problems, fmt.Sprintf("line %d: %s", line, msg))
		}
	}
	var words [][]byte // reused: a file of another kind may have millions of lines
	first, rest, whole := bytes.Cut(text, []byte("\n"))
	if string(bytes.TrimSpace(first)) != "1" {
		return f, false, []string{"line 1: not a state file of version 1"}
	}
	if cut = true; !whole {
		say(1, "cut off")
	}
	for num := 2; len(rest) > 0; num++ {
		var line []byte
		line, rest, whole = bytes.Cut(rest, []byte("\n"))
		words = words[:0]
		for w := range bytes.FieldsSeq(line) {
			words = append(words, w)
		}
		cut = !whole || len(words) > 0
		switch {
		case !whole:
			say(num, "cut off")
		case len(words) == 0:
		case string(words[0]) == mark[:1] && len(words) > 1 && string(words[1]) == mark[2:]:
			f.configured(words[2:])
		case words[0][0] == '#':
		case (len(words) < 19 || len(words) > fields) && len(problems) == maxProblems:
		default:
			if msg := f.record(words); msg != "" {
				say(num, msg)
			}
		}
	}
	return f, cut, problems
}

func (f File) at(back, name []byte) *Record {
	key := string(back) + "/" + string(name)
	r := f[key]
	if r == nil {
		r = &Record{Oper: -1}
		f[key] = r
	}
	return r
}

// record reads a line; it returns what is wrong with it.
func (f File) record(w [][]byte) string {
	if len(w) < 19 || len(w) > fields {
		return strconv.Itoa(len(w)) + " fields, want " + strconv.Itoa(fields)
	}
	oper, ok1 := number(w[5], 0, 3)
	admin, ok2 := number(w[6], 0, 0x7f)
	weight, ok3 := number(w[7], 0, 256)
	iweight, ok4 := number(w[8], 0, 256)
	since, ok5 := number(w[9], 0, 1<<40)
	port, ok6 := number(w[18], 0, 65535)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 {
		return "a number is missing or out of range"
	}
	var of [6]int
	for i, col := range [...]int{10, 11, 12, 13, 14, 21} {
		if col >= len(w) {
			continue // files of older versions end earlier
		}
		n, ok := number(w[col], 0, 65535)
		if !ok {
			return "a number is missing or out of range"
		}
		of[i] = int(n)
	}
	r := f.at(w[1], w[3])
	if r.Oper >= 0 {
		return "server '" + string(w[1]) + "/" + string(w[3]) + "' was there before; its first line counts"
	}
	r.Status, r.Result, r.Health, r.CheckState, r.AgentState, r.CheckPort = of[0], of[1], of[2], of[3], of[4], of[5]
	r.Oper, r.Admin, r.Weight, r.ConfWeight, r.Since, r.Port = lb.Oper(oper), uint32(admin), int(weight), int(iweight), since, int(port)
	if ip, err := netip.ParseAddr(string(w[4])); err == nil {
		r.Addr = ip
	}
	if string(w[17]) != "-" {
		r.FQDN = string(w[17])
	}
	if len(w) > 19 && string(w[19]) != "-" {
		r.SRV = string(w[19])
	}
	return ""
}

func number(b []byte, low, high int64) (int64, bool) {
	n, err := strconv.ParseInt(string(b), 10, 64)
	return n, err == nil && n >= low && n <= high
}

// mark begins the comment lines that keep what was configured.
const mark = "# segue-configured"

// configured reads "backend server addr port weight disabled check-port"; a line
// that is broken counts as absent. Columns may be added.
func (f File) configured(w [][]byte) {
	if len(w) < 6 {
		return
	}
	port, ok1 := number(w[3], -1, 65535)
	weight, ok2 := number(w[4], 0, 256)
	disabled, ok3 := number(w[5], 0, 1)
	if !ok1 || !ok2 || !ok3 {
		return
	}
	c := &lb.ServerConf{Port: int(port), Weight: int(weight), Disabled: disabled == 1}
	if string(w[2]) != "-" {
		c.Addr = string(w[2])
	}
	if len(w) > 6 {
		port, ok := number(w[6], 0, 65535)
		if !ok {
			return
		}
		c.CheckPort = int(port)
	}
	if r := f.at(w[0], w[1]); r.Configured == nil {
		r.Configured = c
	}
}

// AppendConfigured appends the comment line of a server: what its generation's
// text says, whatever was changed since.
func AppendConfigured(dst []byte, srv *lb.Server) []byte {
	st := srv.State
	st.Mu.Lock()
	c := st.Adopted
	st.Mu.Unlock()
	addr := c.Addr
	if addr == "" {
		addr = "-"
	}
	disabled := 0
	if c.Disabled {
		disabled = 1
	}
	return fmt.Appendf(dst, "%s %s %s %s %d %d %d %d\n", mark, srv.Proxy.Name, srv.Name, addr, c.Port, c.Weight, disabled, c.CheckPort)
}
