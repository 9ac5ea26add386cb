package link

import (
	"net"
	"net/netip"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/sample"
)

// route says how connections to a server are made: from where, in which
// network namespace, through which proxy. Manual 5.2.
func (l *linker) route(px *lb.Proxy, srv *lb.Server) {
	c := srv.Conf.Source
	if c == nil {
		c = px.Conf.Source
	}
	if c != nil {
		srv.Source = &lb.Source{Conf: c}
		if c.Interface != "" {
			if _, err := net.InterfaceByName(c.Interface); err != nil {
				l.warnServer(srv, "'source' : interface '"+c.Interface+"' does not exist (yet): connections leave through any.")
			}
		}
		if a := &c.Addr; a.PortHigh > a.Port && c.UseSrc == conf.UseSrcNone {
			key := "source/" + px.Name + "/" + srv.Name + "/" + strconv.Itoa(a.Port) + "-" + strconv.Itoa(a.PortHigh)
			srv.Source.Ports = l.draft.Object(key, func() any { return lb.NewPorts(uint16(a.Port), uint16(a.PortHigh)) }).(*lb.Ports)
		}
	}
	if a, err := conf.ParseAddr(srv.Conf.Socks4); srv.Conf.Socks4 != "" && err == nil {
		to := netip.AddrPortFrom(a.IP, uint16(a.Port))
		srv.Socks = &to
	}
	l.namespace(srv)
	if srv.Conf.TFO && !retriesConnect(px.Conf.RetryOn) {
		l.warnServer(srv, "server has tfo activated, the backend should be configured with at least 'conn-failure', 'empty-response' and 'response-timeout' or we wouldn't be able to retry the connection on failure.")
	}
}

// retriesConnect says whether retry-on covers what a lost SYN with data looks
// like. Manual 5.2 "tfo".
func retriesConnect(on []string) bool {
	for _, w := range []string{"conn-failure", "empty-response", "response-timeout"} {
		if !slices.Contains(on, w) && !slices.Contains(on, "all-retryable-errors") {
			return false
		}
	}
	return true
}

func (l *linker) warnServer(srv *lb.Server, text string) {
	l.d.Add(diag.Entry{Sev: diag.Warning, Bare: true, Pos: srv.Conf.Line.Pos(0), Form: diag.FormBracket,
		Msg: "'server " + srv.Proxy.Name + "/" + srv.Name + "' : " + text})
}

// foreign compiles "usesrc hdr_ip(name,occurrence)".
func (l *linker) foreign(srv *lb.Server, sc *sample.Scope) {
	if srv.Source == nil || srv.Source.Conf.UseSrc != conf.UseSrcHdr {
		return
	}
	c := srv.Source.Conf
	own := *sc
	at(&own, &srv.Conf.Line)
	own.Place = sample.BackPick
	e, _, err := sample.Parse("req.hdr_ip("+c.Header+","+strconv.Itoa(c.Occur)+")", &own)
	if err != nil {
		l.d.Alertf(srv.Conf.Line.Pos(0), "'server %s/%s' : error detected while parsing 'usesrc' : %s.", srv.Proxy.Name, srv.Name, err)
		return
	}
	srv.Source.Hdr = exprText{e}
}

// namespaces is where "ip netns" keeps their names.
const namespaces = "/var/run/netns/"

// namespace opens the server's network namespace. Descriptors are shared by all
// servers that name it and stay open with the process.
func (l *linker) namespace(srv *lb.Server) {
	name := srv.Conf.Namespace
	switch name {
	case "":
		return
	case "*":
		l.warnServer(srv, "'namespace *' is ignored: the process's own namespace is used, whatever a PROXY header names.")
		return
	}
	ns, _ := l.draft.Object("netns/"+name, func() any {
		home, err := l.openNamespace("", "/proc/self/ns/net")
		if err != nil {
			return (*lb.Namespace)(nil)
		}
		fd, err := l.openNamespace(name, namespaces+name)
		if err != nil {
			unix.Close(home) //nolint:errcheck // nothing is left to do
			return (*lb.Namespace)(nil)
		}
		return &lb.Namespace{FD: fd, Home: home}
	}).(*lb.Namespace)
	if ns == nil {
		l.d.Add(diag.Entry{Sev: diag.Alert, Pos: srv.Conf.Line.Pos(0), Form: diag.FormBracket,
			Msg: "'server " + srv.Proxy.Name + "/" + srv.Name + "' : Cannot open namespace '" + name + "'."})
		return
	}
	srv.Namespace = ns
}

// openNamespace opens a namespace, or another descriptor of one that is open.
func (l *linker) openNamespace(name, path string) (int, error) {
	if fd, ok := l.spaces[name]; ok {
		return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	}
	return unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
}
