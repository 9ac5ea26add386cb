package htx

// Field is one header field of a Head.
type Field struct {
	Off     uint32 // of the name in Buf
	Val     uint32 // of the value in Buf
	Len     uint32 // of the value, surrounding blanks excluded
	NameLen uint16
	ID      ID
	Flags   FieldFlags
}

// FieldFlags say what may be assumed of a field's bytes.
type FieldFlags uint8

const (
	// Raw: Buf[Off:Val+Len+2] is exactly "Name: value\r\n", so a run of such
	// fields that touch each other is written with one copy.
	Raw FieldFlags = 1 << iota
	// Deleted fields are skipped by everything.
	Deleted
)

// Span is a range of a Head's arena.
type Span struct{ Off, Len uint32 }

// Framing says how the length of a message's body is known (RFC 9112 6).
type Framing uint8

const (
	NoBody  Framing = iota
	Length          // Head.ContentLength bytes follow
	Chunked         // transfer-coded
	ToClose         // a response's body up to the end of the connection
	Tunnel          // after an accepted CONNECT or upgrade: not HTTP any more
)

// Flags are what the fields of a head say about the connection and the body.
type Flags uint16

const (
	ConnClose      Flags = 1 << iota // Connection: close, or HTTP/1.0 without keep-alive
	ConnKeepAlive                    // Connection: keep-alive
	ConnUpgrade                      // Connection: upgrade with an Upgrade field
	Expect100                        // Expect: 100-continue
	HasHost                          // at least one Host field
	BadTransfer                      // Transfer-Encoding is present but does not end in chunked
	ConnOther                        // Connection names other fields
	AbsoluteTarget                   // the target is in absolute-form
	Websocket                        // the Upgrade field is websocket
	NTLM                             // a response asks for connection-bound authentication
	RuleClose                        // a rule wrote close into Connection; known after h1.StripHop
	VainUpgrade                      // Connection: upgrade to nothing that is passed on
)

// Head is the start line and the fields of one message.
type Head struct {
	Buf    []byte  // arena; everything below points into it
	Fields []Field // wire order, deleted ones included

	Method Span // requests
	Target Span // requests: as received or as set by rules
	Reason Span // responses

	Status        uint16 // responses; 0 in a request
	Minor         uint8  // HTTP/1.Minor of the sender (0 or 1): how the message is served
	Claimed       uint8  // the version that the sender wrote, major<<4|minor, where it is another one; else 0
	Wire          int32  // bytes of the head as it was received; 0 for one made here
	Violation     int32  // 1 + where in the received bytes a violation was accepted; 0 for none
	Framing       Framing
	Flags         Flags
	ContentLength int64 // -1 when absent
}

// Reset empties h and keeps its memory.
func (h *Head) Reset() {
	buf, fields := h.Buf[:0], h.Fields[:0]
	*h = Head{Buf: buf, Fields: fields, ContentLength: -1}
}

// Bytes returns the bytes of a span.
func (h *Head) Bytes(s Span) []byte { return h.Buf[s.Off : s.Off+s.Len] }

// Append adds b to the arena and returns where it is.
func (h *Head) Append(b []byte) Span {
	off := len(h.Buf)
	h.Buf = append(h.Buf, b...)
	return Span{uint32(off), uint32(len(b))}
}

// SetMethod replaces the request's method.
func (h *Head) SetMethod(b []byte) { h.Method = h.Append(b) }

// SetTarget replaces the request's target.
func (h *Head) SetTarget(b []byte) { h.Target = h.Append(b) }

// SetReason replaces the response's reason phrase.
func (h *Head) SetReason(b []byte) { h.Reason = h.Append(b) }

// Name returns the name of field i, in the sender's case.
func (h *Head) Name(i int) []byte {
	f := &h.Fields[i]
	return h.Buf[f.Off : f.Off+uint32(f.NameLen)]
}

// Value returns the value of field i.
func (h *Head) Value(i int) []byte {
	f := &h.Fields[i]
	return h.Buf[f.Val : f.Val+f.Len]
}

// Next returns the index of the first field at or after i that is named by id,
// or -1. For id Other it compares with name, which is in lower case.
func (h *Head) Next(i int, id ID, name string) int {
	for ; i < len(h.Fields); i++ {
		f := &h.Fields[i]
		if f.ID != id || f.Flags&Deleted != 0 {
			continue
		}
		if id != Other || EqualFold(h.Name(i), name) {
			return i
		}
	}
	return -1
}

// Get returns the value of the first field named by id; nil if there is none.
func (h *Head) Get(id ID, name string) []byte {
	if i := h.Next(0, id, name); i >= 0 {
		return h.Value(i)
	}
	return nil
}

// Add appends a field.
func (h *Head) Add(id ID, name, value []byte) {
	h.Fields = append(h.Fields, h.line(id, name, value))
}

// AddString is Add for constant names.
func (h *Head) AddString(id ID, name string, value []byte) {
	off := len(h.Buf)
	h.Buf = append(h.Buf, name...)
	h.finish(off, len(name), value)
	h.Fields = append(h.Fields, Field{
		Off: uint32(off), Val: uint32(off + len(name) + 2), Len: uint32(len(value)),
		NameLen: uint16(len(name)), ID: id, Flags: Raw,
	})
}

// Set gives field i another value and keeps its name and place.
func (h *Head) Set(i int, value []byte) {
	h.Fields[i] = h.line(h.Fields[i].ID, h.Name(i), value)
}

// Delete removes field i.
func (h *Head) Delete(i int) { h.Fields[i].Flags |= Deleted }

// DeleteAll removes every field named by id and reports how many there were.
func (h *Head) DeleteAll(id ID, name string) (n int) {
	for i := h.Next(0, id, name); i >= 0; i = h.Next(i+1, id, name) {
		h.Fields[i].Flags |= Deleted
		n++
	}
	return n
}

// line writes a canonical field line into the arena.
func (h *Head) line(id ID, name, value []byte) Field {
	off := len(h.Buf)
	h.Buf = append(h.Buf, name...)
	h.finish(off, len(name), value)
	return Field{
		Off: uint32(off), Val: uint32(off + len(name) + 2), Len: uint32(len(value)),
		NameLen: uint16(len(name)), ID: id, Flags: Raw,
	}
}

// finish completes the line whose name of n bytes was written at off.
func (h *Head) finish(off, n int, value []byte) {
	h.Buf = append(h.Buf, ": "...)
	h.Buf = append(h.Buf, value...)
	h.Buf = append(h.Buf, "\r\n"...)
}

// AppendFields appends the live fields to dst, each as "Name: value\r\n".
//
// Fast path: a run of Raw fields that touch in the arena, which is what a
// message that no rule edits consists of, is one copy (BenchmarkAppendFields).
func (h *Head) AppendFields(dst []byte) []byte {
	var start, end uint32
	for i := range h.Fields {
		f := &h.Fields[i]
		if f.Flags&(Raw|Deleted) == Raw {
			if f.Off != end {
				dst = append(dst, h.Buf[start:end]...)
				start = f.Off
			}
			end = f.Val + f.Len + 2
			continue
		}
		dst = append(dst, h.Buf[start:end]...)
		start, end = 0, 0
		if f.Flags&Deleted == 0 {
			dst = append(dst, h.Name(i)...)
			dst = append(dst, ": "...)
			dst = append(dst, h.Value(i)...)
			dst = append(dst, "\r\n"...)
		}
	}
	return append(dst, h.Buf[start:end]...)
}

// Path returns the path part of the target with its query: what set-path,
// path and the hash of a URI work on. It is empty for the asterisk and the
// authority forms.
func (h *Head) PathQuery() []byte {
	t := h.Bytes(h.Target)
	if len(t) == 0 || t[0] == '/' {
		return t
	}
	for i := 0; i+2 < len(t); i++ {
		if t[i] == ':' && t[i+1] == '/' && t[i+2] == '/' {
			for j := i + 3; j < len(t); j++ {
				if t[j] == '/' || t[j] == '?' {
					return t[j:]
				}
			}
			return nil
		}
	}
	return nil
}

// Path is PathQuery without the query.
func (h *Head) Path() []byte {
	p := h.PathQuery()
	for i, c := range p {
		if c == '?' {
			return p[:i]
		}
	}
	return p
}

// Query returns what follows the target's first "?", nil when there is none.
func (h *Head) Query() []byte {
	p := h.PathQuery()
	for i, c := range p {
		if c == '?' {
			return p[i+1:]
		}
	}
	return nil
}
