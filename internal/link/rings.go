package link

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/syslog"
)

// ring is a ring with those that send its messages to servers. It is found again
// by its identity when the configuration is read anew, so that a reload loses no
// message and no connection.
type ring struct {
	buf *syslog.Buffer
	mu  sync.Mutex // guards to; held while forwarders are started, not while they end
	to  map[string]*syslog.Forwarder
	off bool // closed: no generation has it
	// gone is what those have lost that were removed.
	gone int64
}

// ringPlan is what a generation wants of a ring.
type ringPlan struct {
	ring   *ring
	desc   string
	size   int
	format syslog.Format // of the ring; Auto: what the log line says
	maxLen int           // of its messages, 0 = what fits
	to     map[string]syslog.Forward
}

// apply makes the ring what the generation wants. It runs at activation.
func (p *ringPlan) apply() {
	r := p.ring
	r.buf.Describe(p.desc)
	r.buf.Resize(p.size)
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, how := range p.to {
		if f := r.to[name]; f != nil {
			f.Update(how)
		} else {
			r.to[name] = syslog.NewForwarder(r.buf, how)
		}
	}
	for name, f := range r.to {
		if _, ok := p.to[name]; !ok {
			delete(r.to, name)
			r.gone += int64(f.Lost())
			go f.Close(ringPatience)
		}
	}
}

// ringPatience is how long a ring that is not wanted any more may go on sending
// what it has.
const ringPatience = time.Second

// lost counts what was overwritten before it could be sent.
func (r *ring) lost() (n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.to {
		n += int64(f.Lost())
	}
	return n + r.gone
}

// closeRings ends those that send for rings, all at once, and waits. It returns
// what they have lost, for each ring once.
func closeRings(rings []*ring, patience time.Duration) (lost int64) {
	var wg sync.WaitGroup
	fresh := rings[:0]
	for _, r := range rings {
		r.mu.Lock()
		if !r.off {
			fresh = append(fresh, r)
		}
		r.off = true
		for _, f := range r.to {
			wg.Add(1)
			go func() {
				defer wg.Done()
				f.Close(patience)
			}()
		}
		r.mu.Unlock()
	}
	wg.Wait()
	for _, r := range fresh {
		lost += r.lost()
	}
	return lost
}

// ring finds or makes the ring of an identity and notes that the generation
// wants it.
func (l *linker) ring(key, name, desc string, size int) *ringPlan {
	if p := l.sinks.rings[key]; p != nil {
		return p
	}
	r, _ := l.draft.Object("ring/"+key, func() any {
		return &ring{buf: syslog.NewBuffer(name, size), to: map[string]*syslog.Forwarder{}}
	}).(*ring)
	p := &ringPlan{ring: r, desc: desc, size: size, to: map[string]syslog.Forward{}}
	l.sinks.rings[key] = p
	l.gen.Rings = append(l.gen.Rings, r.buf)
	l.adopt = append(l.adopt, p.apply)
	return p
}

// defaultRing is the size of rings in bytes: tune.bufsize.
func (l *linker) defaultRing() int { return l.m.Global.Tune.BufSize }

// ringSections makes the rings of ring sections. Manual 12.5.
func (l *linker) ringSections() {
	for _, c := range l.m.Rings {
		size := c.Size
		if size == 0 {
			size = l.defaultRing()
		}
		p := l.ring("section/"+c.Name, c.Name, c.Desc, size)
		p.format, _ = syslog.ParseFormat(c.Format)
		p.maxLen = syslog.MaxPayload(size)
		if c.MaxLen > p.maxLen {
			l.d.Add(diag.Entry{Sev: diag.Warning, Bare: true, Form: diag.FormHidden, Pos: c.Line.Pos(1), Msg: fmt.Sprintf(
				"ring '%s' event max length '%d' exceeds max payload size, forced to '%d'.", c.Name, c.MaxLen, p.maxLen)})
		} else if c.MaxLen > 0 {
			p.maxLen = c.MaxLen
		}
		for _, s := range c.Proxy.Servers {
			how := l.forward(s, nil)
			how.Connect, how.Timeout = c.Proxy.Timeouts.Connect, c.Proxy.Timeouts.Server
			p.to[s.Name] = how
		}
	}
}

// forward says how messages get to a server over a connection. srv is the running
// server, which may move; nil: the address is the configuration's.
func (l *linker) forward(c *conf.Server, srv *lb.Server) syslog.Forward {
	how := syslog.Forward{Network: "tcp", OctetCount: c.LogProto == "octet-count"}
	switch {
	case srv != nil:
		st := srv.State // not srv: a connection outlives the generation
		how.Address = func() string {
			if ap := st.Addr.Load(); ap != nil {
				return withPort(ap.Addr().Unmap().String(), int(ap.Port()))
			}
			return ""
		}
		how.Connected = func() { st.CumSess.Add(1) }
	case c.Addr.Kind == conf.AddrUnix || c.Addr.Kind == conf.AddrAbns || c.Addr.Kind == conf.AddrAbnsz:
		how.Network = "unix"
		path := unixPath(&c.Addr)
		how.Address = func() string { return path }
	default:
		host := c.Addr.Host
		if c.Addr.Kind == conf.AddrIP {
			host = "0.0.0.0"
			if c.Addr.IP.IsValid() {
				host = c.Addr.IP.Unmap().String()
			}
		} else if ips, err := l.ask("ip", host); err == nil {
			host = ips[0].String()
		} else if !l.lenient {
			l.d.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormBracket, Pos: c.Line.Pos(2),
				Msg: "'server " + c.Name + "' : could not resolve address '" + host + "'."})
		}
		at := withPort(host, c.Addr.Port)
		how.Address = func() string { return at }
	}
	return how
}

// withPort joins a host and a port, syslog's where none is given.
func withPort(host string, port int) string {
	if port <= 0 {
		port = syslog.Port
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// unixPath is a socket's name as package net writes it.
func unixPath(a *conf.Addr) string {
	t, ok := syslog.ParseTarget(map[conf.AddrKind]string{conf.AddrUnix: "unix@", conf.AddrAbns: "abns@", conf.AddrAbnsz: "abnsz@"}[a.Kind] + a.Host)
	if !ok || a.Kind == conf.AddrUnix {
		return a.Host
	}
	return "@" + t.Path[1:]
}

// streamTarget makes the ring behind "log tcp@address". Manual 4.2 "log".
func (l *linker) streamTarget(c *conf.LogTarget, a *conf.Addr) *ringPlan {
	name := c.Addr
	p := l.ring("log/"+name, name, fmt.Sprintf("created from log directive declared into '%s' at line %d", c.Pos.File, c.Pos.Num), l.defaultRing())
	s := &conf.Server{Name: name, Addr: *a, ServerWords: &conf.ServerWords{}, Line: c.Pos}
	how := l.forward(s, nil)
	how.Connect = implicitConnect
	p.to[name] = how
	return p
}

// implicitConnect is how long a connection for a "log tcp@address" line may take
// to be made; it has no timeout line of its own.
const implicitConnect = time.Second

// refused is what is wrong with a log line's target, in HAProxy's words.
type refused string

// Error implements error.
func (r refused) Error() string { return string(r) }

// outlet finds what is inside the process: a ring, a backend, or the ring that a
// stream address stands for. ok is false for other targets.
func (l *linker) outlet(c *conf.LogTarget, cfg *syslog.Config) (ok bool, err error) {
	kind, name, _ := strings.Cut(c.Addr, "@")
	switch kind {
	case "ring":
		return true, l.toRing(name, c, cfg)
	case "backend":
		return true, l.toBackend(name, cfg)
	}
	a, err := conf.ParseAddr(c.Addr)
	if err != nil || !a.Stream || a.Kind == conf.AddrFD {
		return false, nil //nolint:nilerr // somebody else reads it
	}
	p := l.streamTarget(c, &a)
	cfg.Outlet = p.ring.buf
	cfg.MaxLen = min(cfg.MaxLen, syslog.MaxPayload(p.size))
	return true, nil
}

func (l *linker) toRing(name string, c *conf.LogTarget, cfg *syslog.Config) error {
	if name == "buf0" {
		cfg.Outlet, cfg.Format = l.sinks.events, syslog.Timed
		return nil
	}
	if name == "stdout" || name == "stderr" {
		return refused("incompatible ring '" + name + "'")
	}
	p := l.sinks.rings["section/"+name]
	if p == nil {
		return refused("unknown ring named '" + name + "'")
	}
	cfg.Outlet = p.ring.buf
	cfg.MaxLen = min(max(cfg.MaxLen, syslog.MinLen), max(p.maxLen, syslog.MinLen))
	switch {
	case p.format != syslog.Auto:
		cfg.Format = p.format
	case c.Format == "":
		cfg.Format = syslog.Raw
	}
	return nil
}

func (l *linker) toBackend(name string, cfg *syslog.Config) error {
	px := l.gen.Backs[name]
	switch {
	case px == nil:
		return refused("unknown log backend '" + name + "'")
	case px.Mode != conf.Log:
		return refused("incompatible log backend '" + name + "'")
	}
	cfg.Outlet = l.sinks.backends[px]
	if cfg.Outlet == nil { // it is disabled
		cfg.Outlet = nowhere{}
	}
	return nil
}

// events is the process's own ring, which is known once there are threads.
type events struct{ ring *syslog.Ring }

// Deliver implements syslog.Outlet.
func (e *events) Deliver(loop int, buf []byte, ends []int) int {
	return e.ring.Deliver(loop, buf, ends)
}

// nowhere takes nothing.
type nowhere struct{}

// Deliver implements syslog.Outlet.
func (nowhere) Deliver(_ int, _ []byte, ends []int) int { return len(ends) }
