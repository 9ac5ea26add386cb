package actions

import (
	"net/netip"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/rule"
	"segue/internal/sample"
)

// addrRows are the actions on the client connection's addresses and marks.
func addrRows() []rule.Action {
	sets := tcpReq | httpReq
	row := func(name, text string, side side, want sample.Type) rule.Action {
		return rule.Action{Doc: doc(name, "<expr>", text), Sets: sets, Parse: parseAddr(side, want)}
	}
	mark := func(name, text string, apply func(fd int, v int64)) rule.Action {
		return rule.Action{Doc: doc(name, "{ <value> | <expr> }", text), Sets: tcpReq | tcpRes | httpBoth, Parse: parseMark(apply)}
	}
	return []rule.Action{
		row("set-dst", "Changes the destination address that rules see.", destination, sample.Addr),
		row("set-dst-port", "Changes the destination port that rules see.", destination, sample.Int),
		mark("set-fc-mark", "Sets the netfilter mark of packets to the client.", setMark),
		mark("set-fc-tos", "Sets the TOS field of packets to the client.", setTOS),
		mark("set-mark", "Sets the netfilter mark of packets to the client; set-fc-mark is its new name.", setMark),
		row("set-src", "Changes the source address that rules and servers see.", source, sample.Addr),
		row("set-src-port", "Changes the source port that rules and servers see.", source, sample.Int),
		mark("set-tos", "Sets the TOS field of packets to the client; set-fc-tos is its new name.", setTOS),
	}
}

// side is the end of the client's connection whose address is set.
type side uint8

const (
	source side = iota
	destination
)

// setAddr changes the address or, where want is a number, the port of one side.
// The rule set says at which level: see lb.Stream.Client.
type setAddr struct {
	expr *sample.Expr
	want sample.Type
	side side
	set  conf.RuleSet
}

func parseAddr(side side, want sample.Type) func(p *rule.Parser) lb.Action {
	return func(p *rule.Parser) lb.Action {
		e := p.Expr()
		if e == nil {
			return nil
		}
		return &setAddr{e, want, side, p.Set}
	}
}

// Exec implements lb.Action. A value that is no address changes nothing.
func (a *setAddr) Exec(s *lb.Stream) lb.Verdict {
	mark := sample.Mark(s.Thread)
	v := sample.Take(s)
	if a.expr.EvalAs(s, a.want, v) {
		old := s.Client()
		if a.side == destination {
			old = s.Local()
		}
		if a.want == sample.Int {
			a.store(s, netip.AddrPortFrom(orAny(old.Addr()), uint16(v.Int)))
		} else {
			a.store(s, netip.AddrPortFrom(v.IP, old.Port()))
		}
	}
	sample.Give(s)
	sample.Release(s.Thread, mark)
	return lb.Continue
}

// store sets the address at the level of the rule set. Manual 4.3 "set-src".
func (a *setAddr) store(s *lb.Stream, to netip.AddrPort) {
	ss, src := s.Session, a.side == source
	switch {
	case a.set != conf.TCPReqConn && a.set != conf.TCPReqSess:
		if src {
			s.Src = to
		} else {
			s.Dst = to
		}
	case src:
		ss.Src = to
		ss.Flags |= lb.SrcSet
		if a.set == conf.TCPReqConn {
			ss.Peer = to
		}
	default:
		ss.Dst = to
		ss.Flags |= lb.DstSet
		if a.set == conf.TCPReqConn {
			own := to // only this case may cost memory
			ss.ConnDst = &own
		}
	}
}

// orAny is a, or the IPv4 wildcard for an address without ports.
func orAny(a netip.Addr) netip.Addr {
	if !a.IsValid() {
		return netip.IPv4Unspecified()
	}
	return a
}

type mark struct {
	value int64
	expr  *sample.Expr // nil: value
	apply func(fd int, v int64)
}

func parseMark(apply func(fd int, v int64)) func(p *rule.Parser) lb.Action {
	return func(p *rule.Parser) lb.Action {
		if p.Left() == 0 {
			return p.Fail("expects an argument")
		}
		if n, err := strconv.ParseInt(p.Peek(), 0, 64); err == nil {
			p.Next()
			return &mark{value: n, apply: apply}
		}
		e := p.Expr()
		if e == nil {
			return nil
		}
		return &mark{expr: e, apply: apply}
	}
}

// Exec implements lb.Action.
func (a *mark) Exec(s *lb.Stream) lb.Verdict {
	n, ok := number(s, a.expr, a.value)
	if ok && s.Session.Conn.IsOpen() {
		a.apply(int(s.Session.Conn.FD()), n)
	}
	return lb.Continue
}

// number is the value of expr, or fixed without one.
func number(s *lb.Stream, expr *sample.Expr, fixed int64) (int64, bool) {
	if expr == nil {
		return fixed, true
	}
	at := sample.Mark(s.Thread)
	v := sample.Take(s)
	ok := expr.EvalAs(s, sample.Int, v)
	n := v.Int
	sample.Give(s)
	sample.Release(s.Thread, at)
	return n, ok
}

// setMark needs CAP_NET_ADMIN; without it nothing happens, as in HAProxy.
func setMark(fd int, v int64) {
	_ = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, unix.SO_MARK, int(uint32(v)))
}

func setTOS(fd int, v int64) {
	if syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, syscall.IP_TOS, int(v)) != nil {
		_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_IPV6, syscall.IPV6_TCLASS, int(v))
	}
}
