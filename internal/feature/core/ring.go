package core

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/keyword"
	"segue/internal/unit"
)

// ringRow is the section that declares a ring. Manual 12.5.
func ringRow() catalog.Section {
	word := func(name, args, text string) keyword.Doc {
		return keyword.Doc{Name: name, Args: args, Section: "12.5", Text: text}
	}
	backing := word("backing-file", "<path>", "Keeps the ring in a file.")
	backing.Effect, backing.Why = keyword.Inert, "rings are only in memory"
	return catalog.Section{
		Doc: word("ring", "<name>", "Declares a ring for log lines, and servers that get them."),
		Words: []keyword.Doc{
			backing,
			word("description", "<text>", "Says in show events what the ring is for."),
			word("format", "<format>", "Sets the format of its messages."),
			word("maxlen", "<length>", "Sets the length at which messages are cut."),
			word("server", "<name> <address> [param*]", "Adds a server that gets the messages over TCP."),
			word("size", "<size>", "Sets how many bytes the ring holds."),
			word("timeout connect", "<timeout>", "Sets how long a connection to a server may take."),
			word("timeout server", "<timeout>", "Sets how long a server may take nothing."),
		},
		Parse: ringSection,
	}
}

func ringSection(c *conf.Context, s *cfg.Section) {
	name := s.Head.Text(1)
	switch {
	case name == "":
		c.Diag.Alertf(s.Head.Pos(1), "missing ring name.")
		return
	case badGUID(name) != "":
		c.Diag.Alertf(s.Head.Pos(1), "character '%s' is not permitted in ring name '%s'.", badGUID(name), name)
		return
	case slices.Contains([]string{"buf0", "stdout", "stderr"}, name) || slices.ContainsFunc(c.Model.Rings, func(r *conf.Ring) bool { return r.Name == name }):
		c.Diag.Alertf(s.Head.Pos(1), "sink named '%s' already exists.", name)
		return
	}
	px := &conf.Proxy{}
	px.SetDefaults()
	px.Name, px.Kind, px.Caps, px.Mode, px.Line = name, "backend", conf.BackCap, conf.Log, s.Head
	r := &conf.Ring{Name: name, Desc: name, Line: s.Head, Proxy: px}
	c.Model.Rings = append(c.Model.Rings, r)
	outer := c.Proxy
	defer func() { c.Proxy = outer }()
	for i := range s.Lines {
		c.Line, c.Arg, c.Proxy = &s.Lines[i], 1, px
		ringLine(c, r)
	}
}

func ringLine(c *conf.Context, r *conf.Ring) {
	switch c.Line.Text(0) {
	case "size":
		r.Size = ringSize(c, r.Size)
	case "maxlen":
		r.MaxLen = ringSize(c, r.MaxLen)
	case "format":
		if !slices.Contains(logFormats[:], c.Text(0)) {
			c.Unknownf(c.Arg, logFormats[:], "unknown format '%s'.", c.Text(0))
			return
		}
		spare(c, 1)
		r.Format = c.Text(0)
	case "description":
		if c.Text(0) == "" {
			c.Alertf(c.Arg, "missing ring description text.")
			return
		}
		r.Desc = strings.Join(c.Args(), " ")
	case "timeout":
		ringTimeout(c, &r.Proxy.Timeouts)
	case "server":
		ringServer(c, r.Proxy)
	case "backing-file":
		c.Warnf(0, "'backing-file' is accepted and has no effect in this version: rings are only in memory.")
	default:
		unknownWord(c, "ring", firstWords(ringRow().Words))
	}
}

// ringServer reads a server of the Internet: a ring reaches no others.
func ringServer(c *conf.Context, px *conf.Proxy) {
	before := len(px.Servers)
	server(c)
	if len(px.Servers) == before {
		return
	}
	if s := px.Servers[before]; s.Addr.Kind != conf.AddrIP && s.Addr.Kind != conf.AddrHost {
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormBracket, Pos: c.Line.Pos(2),
			Msg: "log server address family not supported for log backend server."})
	}
}

// ringTimeout reads "timeout connect" and "timeout server"; HAProxy takes others
// without a word.
func ringTimeout(c *conf.Context, t *conf.Timeouts) {
	into := map[string]*time.Duration{"connect": &t.Connect, "server": &t.Server}[c.Text(0)]
	if into == nil {
		c.Warnf(c.Arg, "'timeout %s' has no effect in a ring: there are 'connect' and 'server'.", c.Text(0))
		return
	}
	text := c.Text(1)
	if text == "" {
		c.Alertf(c.Arg+1, "'timeout %s' expects <time> as argument.", c.Text(0))
		return
	}
	d, err := unit.ParseTime(text, time.Millisecond)
	if err != nil {
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormTight, Pos: c.Line.Pos(c.Arg + 1), Msg: fmt.Sprintf(
			"unexpected character in argument <%s> to <timeout %s>: %v.", text, c.Text(0), err)})
		return
	}
	*into = d
}

// maxRing is the largest ring in bytes, a quarter of the machine's memory: what
// the system has no memory for would end the process, and HAProxy refuses it. A
// ring that changes its size is there twice for a moment.
func maxRing() int64 {
	var m syscall.Sysinfo_t
	if syscall.Sysinfo(&m) != nil {
		return 1 << 30
	}
	return int64(m.Totalram) * int64(m.Unit) / 4
}

// ringSize reads "size" and "maxlen" of a ring; old stays after an error.
func ringSize(c *conf.Context, old int) int {
	n, err := unit.ParseSize(c.Text(0))
	switch {
	case err != nil || n == 0:
		c.Alertf(c.Arg, "invalid size '%s' for new sink buffer.", c.Text(0))
	case n > maxRing():
		c.Alertf(c.Arg, "fail to set sink buffer size '%s' for ring '%s'.", c.Text(0), c.Section.Name())
	default:
		return int(n)
	}
	return old
}
