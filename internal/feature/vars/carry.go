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

// carried is a procVar as it travels.
type carried struct {
	Set   bool
	Type  sample.Type
	Int   int64
	Bytes []byte
	IP    netip.Addr
	Said  *carried // what the global section set; nil: nothing
}

// pack is nil for a value that is not set.
func pack(v *sample.Value) *carried {
	if v == nil {
		return nil
	}
	return &carried{Set: true, Type: v.Type, Int: v.Int, Bytes: v.Bytes, IP: v.IP}
}

func (c *carried) value() *sample.Value {
	if c == nil || !c.Set {
		return nil
	}
	return &sample.Value{Type: c.Type, Int: c.Int, Bytes: c.Bytes, IP: c.IP, Flags: sample.Const}
}

// Export implements lb.Carrier.
func (p *procVar) Export() []byte {
	c := pack(p.v.Load())
	if c == nil {
		c = new(carried)
	}
	c.Said = pack(p.said.Load())
	var out bytes.Buffer
	if gob.NewEncoder(&out).Encode(c) != nil {
		return nil
	}
	return out.Bytes()
}

// Import implements lb.Carrier. What another version wrote and we cannot read
// leaves the variable unset.
func (p *procVar) Import(data []byte) {
	var c carried
	if gob.NewDecoder(bytes.NewReader(data)).Decode(&c) != nil {
		return
	}
	p.v.Store(c.value())
	p.said.Store(c.Said.value())
}
