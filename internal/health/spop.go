package health

// spopSteps is "option spop-check": a HAPROXY-HELLO frame with the healthcheck
// item. Manual "SPOE" 3.2.
func spopSteps(*compiler) []step {
	b := []byte{0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0} // length, type, flags, stream and frame id
	b = appendSpopText(b, "supported-versions", "2.0")
	b = append(append(append(b, 14), "max-frame-size"...), 3, 0xfc, 0xf0, 6) // uint32 16380
	b = appendSpopText(b, "capabilities", "")
	b = append(append(append(b, 11), "healthcheck"...), 0x11) // true
	put32(b, len(b)-4)
	hello := sending(b)
	return []step{{kind: doConnect, connect: connect{implicit: true, standard: true}}, hello, expecting(spopReply)}
}

// appendSpopText appends an item whose value is a string.
func appendSpopText(b []byte, name, text string) []byte {
	b = append(append(b, byte(len(name))), name...)
	return append(append(b, spopString, byte(len(text))), text...)
}

// Types of values. Manual "SPOE" 3.1.
const (
	spopNull   = 0
	spopBool   = 1
	spopInt32  = 2
	spopUint64 = 5
	spopIPv4   = 6
	spopIPv6   = 7
	spopString = 8
	spopBinary = 9
)

// Frame types.
const (
	agentHello      = 101
	agentDisconnect = 102
)

// Reasons of failures. Manual "SPOE" 3.5.
const (
	spopInvalid  = "invalid frame received"
	spopNoVsn    = "version value not found"
	spopNoSize   = "max-frame-size value not found"
	spopNoCaps   = "capabilities value not found"
	spopBadVsn   = "unsupported version"
	spopBadSize  = "max-frame-size too big or too small"
	spopMinFrame = 256
	spopMaxFrame = bufferSize - 4
)

// spopReply judges the agent's answer.
func spopReply(in []byte, last bool) verdict {
	if len(in) == 0 && last {
		return verdict{status: L7Response}
	}
	why, wait := spopJudge(in, last)
	switch {
	case wait:
		return verdict{wait: true}
	case why != "":
		return verdict{status: L7Response, desc: why}
	}
	return verdict{pass: true, final: true, status: L7OK, desc: "SPOA server is ok"}
}

// spopJudge returns what is wrong with the frame, "" = nothing.
func spopJudge(in []byte, last bool) (why string, wait bool) {
	if len(in) >= 4 && len(in) < 11 && int(in[0])<<24|int(in[1])<<16|int(in[2])<<8|int(in[3]) < 7 {
		return spopInvalid, false
	}
	if len(in) < 11 {
		return spopInvalid, !last
	}
	size := int(in[0])<<24 | int(in[1])<<16 | int(in[2])<<8 | int(in[3])
	kind := in[4]
	final := in[5]|in[6]|in[7] == 0 && in[8] == 1
	if kind != agentHello && kind != agentDisconnect || !final || in[9]|in[10] != 0 || size < 7 || size > spopMaxFrame {
		return spopInvalid, false
	}
	if len(in) < 4+size {
		return spopInvalid, !last
	}
	r := spopReader{b: in[11 : 4+size]}
	if kind == agentDisconnect {
		return r.disconnect(), false
	}
	return r.hello(), false
}

// spopReader walks through the items of a frame.
type spopReader struct{ b []byte }

// varint reads an integer of SPOP: below 240 one byte, else the rest in groups
// of seven bits from bit 4 on.
func (r *spopReader) varint() (v uint64, ok bool) {
	if len(r.b) == 0 {
		return 0, false
	}
	v = uint64(r.b[0])
	r.b = r.b[1:]
	if v < 240 {
		return v, true
	}
	for shift := uint(4); shift < 64; shift += 7 {
		if len(r.b) == 0 {
			return 0, false
		}
		x := r.b[0]
		r.b = r.b[1:]
		v += uint64(x) << shift
		if x < 128 {
			return v, true
		}
	}
	return 0, false
}

// text reads a length and as many bytes.
func (r *spopReader) text() (string, bool) {
	n, ok := r.varint()
	if !ok || n > uint64(len(r.b)) {
		return "", false
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s, true
}

// value reads a typed value: a number or a text.
func (r *spopReader) value() (kind byte, n uint64, s string, ok bool) {
	if len(r.b) == 0 {
		return 0, 0, "", false
	}
	kind = r.b[0] & 15
	r.b = r.b[1:]
	switch {
	case kind == spopNull || kind == spopBool:
		return kind, 0, "", true
	case kind >= spopInt32 && kind <= spopUint64:
		n, ok = r.varint()
	case kind == spopString || kind == spopBinary:
		s, ok = r.text()
	case kind == spopIPv4 || kind == spopIPv6:
		size := 4 + 12*int(kind-spopIPv4)
		if ok = len(r.b) >= size; ok {
			r.b = r.b[size:]
		}
	}
	return kind, n, s, ok
}

// hello reads the items of an AGENT-HELLO frame.
func (r *spopReader) hello() string {
	var vsn, caps bool
	var size uint64
	for len(r.b) > 0 {
		name, ok := r.text()
		if !ok || name == "" {
			return spopInvalid
		}
		kind, n, s, ok := r.value()
		isInt := kind >= spopInt32 && kind <= spopUint64
		switch {
		case !ok, name == "max-frame-size" && !isInt, (name == "version" || name == "capabilities") && kind != spopString:
			return spopInvalid
		case name == "version" && s != "2.0":
			return spopBadVsn
		case name == "max-frame-size" && (n < spopMinFrame || n > spopMaxFrame):
			return spopBadSize
		}
		switch name {
		case "version":
			vsn = true
		case "max-frame-size":
			size = n
		case "capabilities":
			caps = true
		}
	}
	switch {
	case !vsn:
		return spopNoVsn
	case size == 0:
		return spopNoSize
	case !caps:
		return spopNoCaps
	}
	return ""
}

// disconnect reads the message of an AGENT-DISCONNECT frame.
func (r *spopReader) disconnect() string {
	for len(r.b) > 0 {
		name, ok := r.text()
		if !ok || name == "" {
			return spopInvalid
		}
		_, _, s, ok := r.value()
		if !ok {
			return spopInvalid
		}
		if name == "message" && s != "" {
			return s
		}
	}
	return "unknown error"
}
