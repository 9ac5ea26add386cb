package conf

import (
	"bytes"
	"strconv"
	"strings"
)

// UserID is the number of the system's user of that name. The list comes
// through ReadFile like any file that the configuration needs: a worker behind
// its chroot finds it in its bundle.
func (c *Context) UserID(name string) (int, bool) { return c.account("/etc/passwd", name) }

// GroupID is UserID for groups.
func (c *Context) GroupID(name string) (int, bool) { return c.account("/etc/group", name) }

// account finds name in a file of lines "name:password:id:..." (passwd(5),
// group(5)).
func (c *Context) account(file, name string) (int, bool) {
	text, err := c.ReadFile(file)
	if err != nil || name == "" {
		return 0, false
	}
	for line := range bytes.Lines(text) {
		f := strings.SplitN(strings.TrimSpace(string(line)), ":", 4)
		if len(f) < 3 || f[0] != name {
			continue
		}
		if id, err := strconv.ParseUint(f[2], 10, 31); err == nil {
			return int(id), true
		}
	}
	return 0, false
}
