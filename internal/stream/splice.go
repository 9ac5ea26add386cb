package stream

import (
	"math"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
)

// spliceMode is when a direction goes through a kernel pipe.
type spliceMode uint8

const (
	spliceNever spliceMode = iota
	spliceBulk             // while the source sends much at a time: "option splice-auto"
	spliceAll              // whenever there is enough to come
)

const (
	// minSplice is how many bytes must be to come: fewer are copied faster than
	// a pipe is filled and drained.
	minSplice = 16 << 10
	maxSplice = 1 << 20
	// bulkRead is how much a read returns when the source is faster than its
	// reader: splicing then moves large pieces.
	bulkRead = 32 << 10
	// framingRead is the read behind a spliced chunk: room for the line feed and
	// the next chunk's line, and little of its payload.
	framingRead = 256
)

// splicing is what the proxies' options say about one direction. Manual 4.2
// "option splice-request", "option splice-response", "option splice-auto".
func splicing(s *lb.Stream, up bool) spliceMode {
	o := s.Front.Options | s.Back.Options
	const any = conf.OptSpliceRequest | conf.OptSpliceResponse | conf.OptSpliceAuto
	switch {
	case o&any == 0:
		return spliceNever
	case up && o&conf.OptSpliceRequest != 0, !up && o&conf.OptSpliceResponse != 0:
		return spliceAll
	case o&conf.OptSpliceAuto != 0:
		return spliceBulk
	}
	return spliceNever
}

// canSplice says whether what comes next goes through the pipe. Framing is read
// in user space, and so is what may have to be sent once more ("retry-on").
func (f *flow) canSplice() bool {
	if f.splices == spliceBulk && !f.bulk {
		return false
	}
	if f.toCome() < minSplice {
		return false
	}
	if f.up && f.coding != plain && f.s.Back.RetryOn && f.s.Flags&lb.NoL7Retry == 0 && replayable(f.s) {
		return false
	}
	if !f.pipe.Open(f.s.Thread.Loop) {
		f.splices = spliceNever // too many pipes, or too few descriptors
		return false
	}
	return true
}

// toCome is how many bytes may be forwarded unseen.
func (f *flow) toCome() int64 {
	switch f.coding {
	case plain:
		return math.MaxInt64
	case dropped:
		return 0
	}
	return f.body.Remaining()
}

// fill takes payload into the pipe.
func (f *flow) fill() sched.Status {
	n, st := f.pipe.Fill(f.src, int(min(f.toCome(), maxSplice)))
	switch st {
	case sched.OK:
		f.bulk = n >= minSplice || int64(n) == f.toCome()
		f.filled(n)
	case sched.EOF:
		return f.atEOF()
	case sched.Broken:
		f.srcFailed = true
	}
	return st
}

// filled accounts for n bytes of payload that nobody has looked at.
func (f *flow) filled(n int) {
	f.count(n)
	if f.s.Flags&lb.IsTCP == 0 {
		f.from().SplicedIn.Add(int64(n))
	}
	if f.coding == plain {
		return
	}
	f.body.Skip(int64(n))
	f.finished = f.body.Done()
	f.framing = f.body.Remaining() == 0
}

// drain sends what the pipe holds; moved says that some of it went.
func (f *flow) drain() (moved bool, st sched.Status) {
	n, st := f.pipe.Drain(f.dst, false)
	f.moved += int64(n)
	if st == sched.Broken {
		f.dstFailed = true
	}
	if n > 0 && f.s.Flags&lb.IsTCP == 0 {
		f.to().SplicedOut.Add(int64(n))
	}
	return n > 0, st
}

// from is where bytes are counted that come in, to where those that go out.
func (f *flow) from() *lb.Counters {
	if f.up {
		return &f.s.Front.Front.Counters
	}
	return &f.s.Back.Back.Counters
}

func (f *flow) to() *lb.Counters {
	if f.up {
		return &f.s.Back.Back.Counters
	}
	return &f.s.Front.Front.Counters
}

// free gives the pipe back; what it still holds is lost.
func (f *flow) free() { f.pipe.Release(f.s.Thread.Loop) }
