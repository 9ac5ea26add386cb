package convert

import (
	"net/netip"

	"segue/internal/lb"
	"segue/internal/pattern"
	"segue/internal/sample"
)

// addrRows are the converters of addresses.
func addrRows() []sample.Converter {
	return []sample.Converter{
		{Doc: docArgs("ipmask", "mask4[,mask6]", "Clears the bits outside a mask; IPv6 addresses need the second one."),
			Args: []sample.ArgSpec{need("mask4", sample.ArgMask), may("mask6", sample.ArgMask6)}, In: sample.Addr, Out: sample.Addr, Eval: ipmask},
	}
}

// ipmask treats an IPv6 address that holds an IPv4 one (::ffff:a.b.c.d,
// ::a.b.c.d, 2002:a.b.c.d::) as that.
func ipmask(_ *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	if v.Type == sample.IPv6 {
		if a, ok := pattern.EmbeddedIPv4(v.IP); ok {
			v.SetAddr(a)
		}
	}
	if v.Type == sample.IPv4 {
		a, m := v.IP.As4(), args[0].IP.Addr().As4()
		for i := range a {
			a[i] &= m[i]
		}
		v.SetAddr(netip.AddrFrom4(a))
		return true
	}
	if args[1].Type == sample.ArgNone {
		return false
	}
	a, m := v.IP.As16(), args[1].IP.Addr().As16()
	for i := range a {
		a[i] &= m[i]
	}
	v.SetAddr(netip.AddrFrom16(a))
	return true
}
