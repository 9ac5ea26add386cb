package handover

import (
	"encoding/binary"
	"errors"
)

// maxBatch is the number of descriptors in one message. The kernel's limit is
// 253; HAProxy's receiver makes room for this many.
const maxBatch = 252

// Options of a record, as HAProxy has used them over time. The receivers of
// 2.6 and 3.4 ask the kernel instead and ignore the field.
type record struct {
	namespace string
	iface     string
	options   uint32
}

// errShort says that the payload ends within a record.
var errShort = errors.New("payload ends within a record")

// appendRecord appends r in wire form. Names longer than 255 bytes cannot be
// sent and do not exist.
func appendRecord(dst []byte, r record) []byte {
	dst = append(dst, byte(len(r.namespace)))
	dst = append(dst, r.namespace...)
	dst = append(dst, byte(len(r.iface)))
	dst = append(dst, r.iface...)
	return binary.NativeEndian.AppendUint32(dst, r.options)
}

// readRecord reads one record from the front of b. It returns errShort when
// more bytes must arrive first.
func readRecord(b []byte) (r record, rest []byte, err error) {
	if r.namespace, b, err = readName(b); err != nil {
		return record{}, nil, err
	}
	if r.iface, b, err = readName(b); err != nil {
		return record{}, nil, err
	}
	if len(b) < 4 {
		return record{}, nil, errShort
	}
	r.options = binary.NativeEndian.Uint32(b)
	return r, b[4:], nil
}

func readName(b []byte) (string, []byte, error) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", nil, errShort
	}
	n := 1 + int(b[0])
	return string(b[1:n]), b[n:], nil
}
