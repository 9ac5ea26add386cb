package actions

import (
	"net/netip"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"segue/internal/lb"
	"segue/internal/rule"
	"segue/internal/sample"
)

// addrRows are the actions on the client connection's addresses and marks.
func addrRows() []rule.Action {
	sets := tcpReq | httpReq
	row := func(name, text string, set func(*lb.Session, *sample.Value), want sample.Type) rule.Action {
		return rule.Action{Doc: doc(name, "<expr>", text), Sets: sets, Parse: parseAddr(set, want)}
	}
	mark := func(name, text string, apply func(fd int, v int64)) rule.Action {
		return rule.Action{Doc: doc(name, "{ <value> | <expr> }", text), Sets: tcpReq | tcpRes | httpBoth, Parse: parseMark(apply)}
	}
	return []rule.Action{
		row("set-dst", "Changes the destination address that rules see.", setDst, sample.Addr),
		row("set-dst-port", "Changes the destination port that rules see.", setDstPort, sample.Int),
		mark("set-fc-mark", "Sets the netfilter mark of packets to the client.", setMark),
		mark("set-fc-tos", "Sets the TOS field of packets to the client.", setTOS),
		mark("set-mark", "Sets the netfilter mark of packets to the client; set-fc-mark is its new name.", setMark),
		row("set-src", "Changes the source address that rules and servers see.", setSrc, sample.Addr),
		row("set-src-port", "Changes the source port that rules and servers see.", setSrcPort, sample.Int),
		mark("set-tos", "Sets the TOS field of packets to the client; set-fc-tos is its new name.", setTOS),
	}
}

type setAddr struct {
	expr *sample.Expr
	want sample.Type
	set  func(*lb.Session, *sample.Value)
}

func parseAddr(set func(*lb.Session, *sample.Value), want sample.Type) func(p *rule.Parser) lb.Action {
	return func(p *rule.Parser) lb.Action {
		e := p.Expr()
		if e == nil {
			return nil
		}
		return &setAddr{e, want, set}
	}
}

// Exec implements lb.Action. A value that is no address changes nothing.
func (a *setAddr) Exec(s *lb.Stream) lb.Verdict {
	mark := sample.Mark(s.Thread)
	v := sample.Take(s)
	if a.expr.EvalAs(s, a.want, v) {
		a.set(s.Session, v)
	}
	sample.Give(s)
	sample.Release(s.Thread, mark)
	return lb.Continue
}

func setSrc(ss *lb.Session, v *sample.Value) {
	ss.Src = netip.AddrPortFrom(v.IP, ss.Src.Port())
	ss.Flags |= lb.SrcSet
}

func setSrcPort(ss *lb.Session, v *sample.Value) {
	ss.Src = netip.AddrPortFrom(orAny(ss.Src.Addr()), uint16(v.Int))
	ss.Flags |= lb.SrcSet
}

func setDst(ss *lb.Session, v *sample.Value) {
	ss.Dst = netip.AddrPortFrom(v.IP, ss.Local().Port())
	ss.Flags |= lb.DstSet
}

func setDstPort(ss *lb.Session, v *sample.Value) {
	ss.Dst = netip.AddrPortFrom(orAny(ss.Local().Addr()), uint16(v.Int))
	ss.Flags |= lb.DstSet
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
