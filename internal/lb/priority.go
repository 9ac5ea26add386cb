package lb

// Stream.Priority holds two numbers: the class in the upper half, the offset in
// ms in the lower. Manual 4.3 "set-priority-class" and "set-priority-offset".
const (
	maxPriorityClass  = 2047
	maxPriorityOffset = 524287
)

// PriorityClass comes first in the order of a queue: lower is served earlier.
func (s *Stream) PriorityClass() int64 { return s.Priority >> 32 }

// PriorityOffset is added to the time of arrival, in ms.
func (s *Stream) PriorityOffset() int64 { return int64(int32(s.Priority)) }

// SetPriorityClass sets the class, cut to -2047..2047.
func (s *Stream) SetPriorityClass(class int64) {
	class = min(max(class, -maxPriorityClass), maxPriorityClass)
	s.Priority = class<<32 | s.Priority&0xffffffff
}

// SetPriorityOffset sets the offset, cut to -524287..524287.
func (s *Stream) SetPriorityOffset(ms int64) {
	ms = min(max(ms, -maxPriorityOffset), maxPriorityOffset)
	s.Priority = s.Priority&^0xffffffff | ms&0xffffffff
}
