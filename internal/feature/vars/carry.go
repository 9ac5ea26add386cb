package vars

import (
	"bytes"
	"encoding/gob"
	"net/netip"

	"segue/internal/lb"
	"segue/internal/sample"
)

// A process variable goes to the process that takes over; HAProxy's begin anew
// there.
var _ lb.Carrier = (*procVar)(nil)

// carried is a procVar's value as it travels.
type carried struct {
	Set   bool
	Type  sample.Type
	Int   int64
	Bytes []byte
	IP    netip.Addr
}

// Export implements lb.Carrier.
func (p *procVar) Export() []byte {
	var c carried
	var v sample.Value
	if p.get(&v) {
		c = carried{Set: true, Type: v.Type, Int: v.Int, Bytes: v.Bytes, IP: v.IP}
	}
	var out bytes.Buffer
	if gob.NewEncoder(&out).Encode(&c) != nil {
		return nil
	}
	return out.Bytes()
}

// Import implements lb.Carrier. What another version wrote and we cannot read
// leaves the variable unset.
func (p *procVar) Import(data []byte) {
	var c carried
	if gob.NewDecoder(bytes.NewReader(data)).Decode(&c) != nil || !c.Set {
		return
	}
	p.set(&sample.Value{Type: c.Type, Int: c.Int, Bytes: c.Bytes, IP: c.IP})
}
