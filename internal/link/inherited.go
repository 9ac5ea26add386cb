package link

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
)

// checkInherited reports bind lines whose descriptor or network namespace this
// process does not have. It is for "-c" alone: a start that fails says so by
// itself, and a master's validator does not get the descriptors.
func checkInherited(binds []*lb.Bind, d *diag.List) {
	for _, b := range binds {
		c := b.Conf
		what, pos := "'bind' : ", c.Line.Pos(1)
		if b.Stats {
			what, pos = "'stats socket' : ", c.Line.Pos(2)
		}
		if c.Addr.Kind == conf.AddrFD || c.Addr.Kind == conf.AddrSockpair {
			if _, err := unix.GetsockoptInt(c.Addr.FD, unix.SOL_SOCKET, unix.SO_TYPE); err != nil {
				d.Alertf(pos, "%scannot use file descriptor '%d' : %s.", what, c.Addr.FD, errnoText(err))
			}
		}
		if c.Namespace == "" {
			continue
		}
		if _, err := os.Stat(namespaces + c.Namespace); err != nil {
			d.Add(diag.Entry{Sev: diag.Alert, Pos: pos, Form: diag.FormHidden, Msg: fmt.Sprintf("Cannot open namespace '%s'.", c.Namespace)})
		}
	}
}

// checkServersInherited is checkInherited for the lines of servers.
func checkServersInherited(m *conf.Model, d *diag.List) {
	for _, px := range m.Proxies {
		for _, s := range px.Servers {
			if s.Addr.Kind != conf.AddrSockpair {
				continue
			}
			if _, err := unix.GetsockoptInt(s.Addr.FD, unix.SOL_SOCKET, unix.SO_TYPE); err != nil {
				d.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormBracket, Pos: s.Line.Pos(2), Msg: fmt.Sprintf(
					"'server %s/%s' : cannot use file descriptor '%d' : %s.", px.Name, s.Name, s.Addr.FD, errnoText(err))})
			}
		}
	}
}

// defaultNamespace reports a default-server line whose network namespace is not
// there. That of a server is opened when the server is linked.
func (l *linker) defaultNamespace(c *conf.Proxy) {
	name := c.DefServer.Namespace
	line, ok := c.FirstLine["default-server namespace"]
	if l.check == nil || !ok || name == "*" {
		return
	}
	if _, err := os.Stat(namespaces + name); err != nil {
		l.d.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormBracket, Pos: line.Pos(0), Msg: "Cannot open namespace '" + name + "'."})
	}
}

// errnoText is how the C library words the errors that a descriptor can have.
func errnoText(err error) string {
	switch err { //nolint:errorlint // a bare errno
	case unix.EBADF:
		return "Bad file descriptor"
	case unix.ENOTSOCK:
		return "Socket operation on non-socket"
	}
	return err.Error()
}
