package core

import (
	"bufio"
	"bytes"
	"strconv"
	"strings"

	"segue/internal/conf"
)

// globalUnixBind reads the defaults of unix sockets.
func globalUnixBind(c *conf.Context) {
	g := &c.Model.Global
	for i := 0; i < c.NArgs(); i += 2 {
		word, value := c.Text(i), c.Text(i+1)
		switch word {
		case "prefix":
			if value == "" {
				c.Alertf(c.Arg+i, "unix_bind 'prefix' expects a path as an argument.")
				return
			}
			g.UnixBindPrefix = value
		case "mode":
			g.UnixBind.Mode = leadingOctal(c, c.Arg+i+1)
		case "user":
			id, ok := c.UserID(value)
			if !ok {
				c.Alertf(c.Arg+i+1, "'unix-bind' : '%s' unknown user.", value)
				return
			}
			g.UnixBind.User, g.UnixBind.UID, g.UnixBind.UIDSet = value, id, true
		case "uid":
			g.UnixBind.UID, g.UnixBind.UIDSet = number(c, c.Arg+i+1), true
		case "group":
			id, ok := c.GroupID(value)
			if !ok {
				c.Alertf(c.Arg+i+1, "'unix-bind' : '%s' unknown group.", value)
				return
			}
			g.UnixBind.Group, g.UnixBind.GID, g.UnixBind.GIDSet = value, id, true
		case "gid":
			g.UnixBind.GID, g.UnixBind.GIDSet = number(c, c.Arg+i+1), true
		default:
			c.Alertf(c.Arg+i, "'unix-bind' only supports the 'prefix', 'mode', 'uid', 'gid', 'user' and 'group' options.")
			return
		}
	}
}

// leadingOctal reads word i as number does, in octal, for permissions. What has
// no digits or does not fit into them is 0, which leaves them to the umask.
func leadingOctal(c *conf.Context, i int) uint32 {
	s := c.Line.Text(i)
	digits := s[:len(s)-len(strings.TrimLeft(s, "01234567"))]
	n, err := strconv.ParseUint(digits, 8, 12)
	if err != nil {
		n = 0
	}
	if err != nil || digits != s {
		c.Warnf(i, "'%s' is not an octal integer; it is read as %o.", s, n)
	}
	return uint32(n)
}

// globalCaseAdjust keeps a pair; the key is the name in lower case.
func globalCaseAdjust(c *conf.Context) {
	if !atMost(c, 2) {
		return
	}
	if c.NArgs() < 2 {
		c.Alertf(c.Arg, "'h1-case-adjust' expects <from> and <to> as argument.")
		return
	}
	addCase(c, c.Arg+1, c.Text(0), c.Text(1))
}

// addCase adds one pair and reports what is wrong with it at word i.
func addCase(c *conf.Context, i int, from, to string) {
	g := &c.Model.Global
	switch {
	case strings.ToLower(to) != from:
		c.Alertf(i, "'%s' : <from> and <to> must not differ by anything else than the case", c.Name())
		return
	case g.H1CaseAdjust[from] != "":
		c.Alertf(i, "'%s' : header <from> already has an adjusted name", c.Name())
		return
	case g.H1CaseAdjust == nil:
		g.H1CaseAdjust = make(map[string]string)
	}
	g.H1CaseAdjust[from] = to
}

// globalCaseAdjustFile reads pairs from a file: one a line, "#" comments.
func globalCaseAdjustFile(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'h1-case-adjust-file' expects <file> as argument.")
		return
	}
	data, err := c.ReadFile(c.Text(0))
	if err != nil {
		c.Alertf(c.Arg, "'h1-case-adjust-file' : cannot open file '%s'.", c.Text(0))
		return
	}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		text, _, _ := strings.Cut(lines.Text(), "#")
		if f := strings.Fields(text); len(f) >= 2 {
			addCase(c, c.Arg, f[0], f[1])
		}
	}
}
