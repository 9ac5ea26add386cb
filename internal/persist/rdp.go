package persist

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/wire/rdp"
)

// Connect pins a TCP stream by the RDP cookie at the start of s.Input. Manual
// 4.2 "persist rdp-cookie".
func (p *Plan) Connect(s *lb.Stream) {
	if p.RDP == "" || s.Flags&(lb.Direct|lb.IgnorePersist) != 0 {
		return
	}
	cookie, _, _ := rdp.Cookie(s.Input, p.RDP)
	to, ok := rdpTarget(cookie)
	if !ok {
		return
	}
	for _, srv := range s.Back.Servers {
		a := srv.State.Addr.Load()
		if a == nil || a.Addr().Unmap() != to.Addr() || a.Port() != to.Port() {
			continue
		}
		if srv.Up() || s.Back.Options&conf.OptPersist != 0 || s.Flags&lb.ForcePersist != 0 {
			s.Pinned = srv
			s.Flags |= lb.Direct
			return
		}
	}
}

// rdpTarget reads "address.port.0000": decimal numbers whose bytes are in
// network order when the number is stored little-endian.
func rdpTarget(v []byte) (netip.AddrPort, bool) {
	addr, rest, ok := bytes.Cut(v, []byte("."))
	if !ok {
		return netip.AddrPort{}, false
	}
	port, _, ok := bytes.Cut(rest, []byte("."))
	a, err := strconv.ParseUint(string(addr), 10, 32)
	n, err2 := strconv.ParseUint(string(port), 10, 16)
	if !ok || err != nil || err2 != nil {
		return netip.AddrPort{}, false
	}
	var ip [4]byte
	binary.LittleEndian.PutUint32(ip[:], uint32(a))
	return netip.AddrPortFrom(netip.AddrFrom4(ip), uint16(n>>8|n<<8)), true
}
