package persist

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"sync/atomic"

	"segue/internal/conf"
	"segue/internal/hash"
	"segue/internal/lb"
)

// Plan is how one backend keeps its clients.
type Plan struct {
	Cookie *conf.Cookie // nil: none
	Rules  []Rule       // force-persist and ignore-persist, in their order
	RDP    string       // name of the RDP cookie, "" = none

	tail   string                  // attributes behind the value of a cookie that is set
	static map[string][]*lb.Server // by cookie, nil when few has it all
	linked int                     // servers when static was made
	secret atomic.Pointer[string]
	key    string // the configuration's secret

	dynamic atomic.Bool // servers without a cookie of their own get a hash
}

// Rule is one force-persist or ignore-persist line.
type Rule struct {
	Cond   lb.Cond
	Unless bool
	Force  bool
}

// few is up to how many servers a look at each costs less than a table, whose
// memory counts where there are thousands of backends.
const few = 8

// New makes the plan of px. It returns nil when nothing persists there.
func New(px *lb.Proxy, rules []Rule, rdp string) *Plan {
	p := &Plan{Rules: rules, RDP: rdp}
	if px.Mode == conf.HTTP {
		p.Cookie = px.Conf.Cookie
	}
	if p.Cookie == nil && len(rules) == 0 && rdp == "" {
		return nil
	}
	if c := p.Cookie; c != nil {
		p.tail = attributes(c)
		p.dynamic.Store(c.Dynamic)
		p.key = px.Conf.DynamicCookieKey
		p.SetSecret(p.key)
		if p.linked = len(px.Servers); p.linked > few {
			p.static = map[string][]*lb.Server{}
			for _, srv := range px.Servers {
				if v := srv.Conf.Cookie; v != "" {
					p.static[v] = append(p.static[v], srv)
				}
			}
		}
	}
	return p
}

// Of is the plan of a linked backend, nil for none.
func Of(px *lb.Proxy) *Plan {
	p, _ := px.Persist.(*Plan)
	return p
}

// EditsResponse implements lb.Persister.
func (p *Plan) EditsResponse() bool { return p.Cookie != nil }

// SetDynamic switches dynamic cookies: "enable dynamic-cookie backend".
func (p *Plan) SetDynamic(on bool) { p.dynamic.Store(on) }

// SetSecret changes the key of dynamic cookies: "set dynamic-cookie-key".
func (p *Plan) SetSecret(key string) { p.secret.Store(&key) }

// Follow takes what commands have set of the same backend's plan before, unless
// the configuration says something else now.
func (p *Plan) Follow(old *Plan) {
	if p.Cookie == nil || old == nil || old.Cookie == nil {
		return
	}
	if p.key == old.key {
		p.secret.Store(old.secret.Load())
	}
	if p.Cookie.Dynamic == old.Cookie.Dynamic {
		p.dynamic.Store(old.dynamic.Load())
	}
}

// attributes is what follows the value of a Set-Cookie field.
func attributes(c *conf.Cookie) string {
	s := "; path=/"
	if c.Domain != "" {
		s += "; domain=" + c.Domain
	}
	if c.HTTPOnly {
		s += "; HttpOnly"
	}
	if c.Secure {
		s += "; Secure"
	}
	for _, a := range c.Attrs {
		s += "; " + a
	}
	return s
}

// AppendValue appends the server's cookie: its own, or with "dynamic" the hash
// of its address. Nothing is appended for a server without one.
func (p *Plan) AppendValue(dst []byte, srv *lb.Server) []byte {
	if srv.Conf.Cookie != "" {
		return append(dst, srv.Conf.Cookie...)
	}
	if !p.dynamic.Load() {
		return dst
	}
	secret := *p.secret.Load()
	addr := srv.State.Addr.Load()
	if secret == "" || addr == nil || !addr.Addr().IsValid() {
		return dst
	}
	return appendDynamic(dst, secret, *addr)
}

// appendDynamic is XXH64 with seed 0 over the key, the address in network
// order and the port in four bytes, in hexadecimal. Fact: HAProxy 3.4
// src/server.c srv_set_dyncookie.
func appendDynamic(dst []byte, secret string, addr netip.AddrPort) []byte {
	var room [128]byte
	b := append(room[:0], secret...)
	b = append(b, addr.Addr().Unmap().AsSlice()...)
	b = binary.BigEndian.AppendUint32(b, uint32(addr.Port()))
	var hex [16]byte
	text := strconv.AppendUint(hex[:0], hash.XXH64(b, 0), 16)
	dst = append(dst, "0000000000000000"[len(text):]...)
	return append(dst, text...)
}

// each yields the servers that own a cookie's value, in the order of the text.
//
// Fast path: a value that the configuration names is one map access, or a look at
// a few servers; only dynamic cookies and servers added at runtime are looked for
// one by one.
func (p *Plan) each(px *lb.Proxy, value []byte, yield func(*lb.Server) bool) {
	list, found := px.Servers, false
	if p.static != nil {
		list = p.static[string(value)]
	}
	for _, srv := range list {
		if v := srv.Conf.Cookie; v == "" || v != string(value) {
			continue
		}
		if found = true; !yield(srv) {
			return
		}
	}
	if found || !p.dynamic.Load() && len(px.Servers) == p.linked {
		return
	}
	var room [64]byte
	for _, srv := range px.Servers {
		if string(p.AppendValue(room[:0], srv)) == string(value) && !yield(srv) {
			return
		}
	}
}
