package rate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"unsafe"
)

// TestCounterStory walks one counter through time; every row is an event or a
// reading at a time after start.
func TestCounterStory(t *testing.T) {
	for _, start := range []int64{0, 5_000_000, 1<<32 - 700, 1<<40 + 3} {
		t.Run(fmt.Sprint("start=", start), func(t *testing.T) {
			var c PeriodCounter
			const period = 1000
			for _, row := range []struct {
				name       string
				after      int64 // ms
				add        uint32
				read, left uint32 // of a limit of 10
				wait, over uint32
			}{
				{"first event opens a period", 0, 1, 1, 9, 0, 1},
				{"more in the same period", 300, 5, 6, 4, 0, 3},
				{"up to the limit", 900, 4, 10, 0, 1, 1},
				{"next period starts with all of the previous", 1000, 0, 10, 0, 1, 0},
				{"half of it later", 1500, 0, 5, 5, 0, 0},
				{"an event then counts with that half", 1500, 2, 7, 3, 0, 0},
				{"no event since", 1999, 0, 2, 8, 0, 0},
				{"previous period is read without a new one", 2500, 0, 1, 9, 0, 0},
				{"one period of silence", 2999, 0, 0, 10, 0, 0},
				{"long silence", 100_000, 0, 0, 10, 0, 0},
				{"a burst after it opens a period there", 100_300, 30, 30, 0, 2000, 30},
				{"and fades", 101_800, 0, 15, 0, 500, 0},
			} {
				now := start + 1_000_000 + row.after
				if row.add > 0 {
					c.Add(now, period, row.add)
				}
				if got := c.Read(now, period); got != row.read {
					t.Errorf("%s: Read = %d, want %d", row.name, got, row.read)
				}
				if got := c.Remaining(now, period, 10, 0); got != row.left {
					t.Errorf("%s: Remaining = %d, want %d", row.name, got, row.left)
				}
				if got := c.NextDelay(now, period, 10, 0); got != row.wait {
					t.Errorf("%s: NextDelay = %d, want %d", row.name, got, row.wait)
				}
				if got := c.Overshoot(now, period, 10); got != row.over {
					t.Errorf("%s: Overshoot = %d, want %d", row.name, got, row.over)
				}
			}
		})
	}
}

func TestLowRateDoesNotFlap(t *testing.T) {
	var c Counter
	c.Add(10_000, 1)
	for _, now := range []int64{10_500, 11_000, 11_001, 11_999} {
		if got := c.Read(now); got != 1 {
			t.Errorf("Read at %d = %d, want 1", now, got)
		}
	}
	// The limit check takes no such liberty: half an event leaves room for one.
	if got := c.Remaining(11_500, 1, 0); got != 1 {
		t.Errorf("Remaining = %d, want 1", got)
	}
	if got := c.Read(12_001); got != 0 {
		t.Errorf("Read after two periods = %d, want 0", got)
	}
	var p PeriodCounter
	p.Add(10_000, 1000, 3)
	if got := p.ReadFloat(11_500, 1000); got != 1.5 {
		t.Errorf("ReadFloat = %v, want 1.5", got)
	}
}

func TestPendingEventsCount(t *testing.T) {
	var c Counter
	c.Add(10_000, 3)
	if got := c.Remaining(10_000, 10, 5); got != 2 {
		t.Errorf("Remaining = %d, want 2", got)
	}
	if got := c.Remaining(10_000, 10, 50); got != 0 {
		t.Errorf("Remaining with many pending = %d, want 0", got)
	}
	if got := c.NextDelay(10_000, 10, 12); got != 500 {
		t.Errorf("NextDelay = %d, want 500: five too many at ten a second", got)
	}
	if got := c.NextDelay(10_000, 0, 0); got != 3000 {
		t.Errorf("NextDelay with limit 0 = %d, want 3000", got)
	}
}

func TestClockThatLagsStaysInPeriod(t *testing.T) {
	var c Counter
	c.Add(50_000, 4)
	if got := c.Add(49_990, 1); got != 5 {
		t.Errorf("Add from a lagging clock = %d, want 5", got)
	}
	if got := c.Read(49_000); got != 5 {
		t.Errorf("Read from a lagging clock = %d, want 5", got)
	}
}

func TestSumsStopAtTheirLimit(t *testing.T) {
	var c PeriodCounter
	c.Add(1000, 1000, math.MaxUint32-1)
	if got := c.Add(1000, 1000, 10); got != math.MaxUint32 {
		t.Errorf("Add = %d, want the largest number", got)
	}
	if got := c.Read(1000, 1000); got != math.MaxUint32 {
		t.Errorf("Read = %d, want the largest number", got)
	}
}

func TestZeroValueIsEmpty(t *testing.T) {
	for _, now := range []int64{0, 1, 999, 1000, 1 << 31, 1<<32 - 5000, 1<<32 - 1, 1 << 50} {
		var c Counter
		if c.Read(now) != 0 || c.Remaining(now, 7, 0) != 7 || c.NextDelay(now, 7, 0) != 0 {
			t.Errorf("a new counter at %d is not empty", now)
		}
		if got := c.Add(now, 2); got != 2 || c.Read(now) != 2 {
			t.Errorf("Add at %d = %d, Read = %d, want 2", now, got, c.Read(now))
		}
	}
}

func TestStateMovesToAnotherClock(t *testing.T) {
	var a, b Counter
	a.Add(5_000, 8)
	a.Add(6_200, 4)
	age, curr, prev := a.State(6_300)
	if age != 300 || curr != 4 || prev != 8 {
		t.Fatalf("State = %d, %d, %d, want 300, 4, 8", age, curr, prev)
	}
	b.SetState(77, age, curr, prev)
	for d := range int64(3000) {
		if x, y := a.Read(6_300+d), b.Read(77+d); x != y {
			t.Fatalf("%d ms later: %d and %d", d, x, y)
		}
	}
}

// TestAgainstPlainModel compares with the definition, written plainly.
func TestAgainstPlainModel(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		period := uint32(1 + rnd.IntN(5000))
		now := int64(1<<32 - 20_000 + rnd.IntN(10_000))
		var c PeriodCounter
		start, curr, past := now, uint64(0), uint64(0)
		for i := range 60 {
			now += int64(rnd.IntN(int(period)))
			if rnd.IntN(8) == 0 {
				now += int64(period) * int64(rnd.IntN(4))
			}
			n := uint64(rnd.IntN(20))
			switch d := now - start; {
			case i == 0 || d >= 2*int64(period):
				start, curr, past = now, 0, 0
			case d >= int64(period):
				start, curr, past = start+int64(period), 0, curr
			}
			curr += n
			c.Add(now, period, uint32(n))
			want := (past*uint64(int64(period)-(now-start)) + curr*uint64(period)) / uint64(period)
			if curr == 0 && past <= 1 {
				want = past
			}
			if got := c.Read(now, period); uint64(got) != want {
				t.Fatalf("period %d, event %d: Read = %d, want %d", period, i, got, want)
			}
		}
	}
}

// TestConcurrentAddsAreAllCounted has threads whose clocks start periods all
// the time; every event must be in exactly one period.
func TestConcurrentAddsAreAllCounted(t *testing.T) {
	const threads, adds, period = 4, 20_000, 1000
	var c PeriodCounter
	var all sync.WaitGroup
	for range threads {
		all.Go(func() {
			for i := range adds {
				now := int64(100_000 + i/100)
				c.Add(now, period, 1)
				if n := c.Read(now, period); n > threads*adds {
					t.Errorf("Read = %d, more than was ever added", n)
				}
			}
		})
	}
	all.Wait()
	if got := c.Read(100_000+adds/100, period); got != threads*adds {
		t.Errorf("Read = %d, want %d", got, threads*adds)
	}
	// Now with periods of 1 ms, so that they are started all the time: the
	// sum cannot be known, but it must settle and stay bounded.
	for range threads {
		all.Go(func() {
			for i := range adds {
				c.Add(int64(200_000+i), 2, 1)
			}
		})
	}
	all.Wait()
	end := int64(200_000 + adds)
	if age, curr, prev := c.State(end); age > 3 || curr > threads*adds || prev > threads*adds {
		t.Errorf("State = %d, %d, %d", age, curr, prev)
	}
	if got := c.Read(end+10, 2); got != 0 {
		t.Errorf("Read after silence = %d, want 0", got)
	}
}

func TestSize(t *testing.T) {
	if n := unsafe.Sizeof(PeriodCounter{}); n != 16 {
		t.Errorf("a counter is %d bytes, want 16: stick tables hold millions", n)
	}
}

func TestAverage(t *testing.T) {
	var a Average
	for range 5000 {
		a.Add(512, 100)
	}
	if got := a.Get(512); got != 100 {
		t.Errorf("mean of a constant = %d, want 100", got)
	}
	var got []string
	for range 4 {
		for range 512 {
			a.Add(512, 0)
		}
		got = append(got, fmt.Sprint(a.Get(512)))
	}
	// After n values of zero, about 1/e of the old mean is left, and so on.
	if s := strings.Join(got, " "); s != "37 13 5 2" {
		t.Errorf("fading mean = %s, want 37 13 5 2", s)
	}
	var few Average
	few.Add(512, 10)
	few.Add(512, 20)
	if got := few.Get(2); got != 15 {
		t.Errorf("mean of two values = %d, want 15", got)
	}
}

func TestNothingAllocates(t *testing.T) {
	var c Counter
	var a Average
	now := int64(0)
	if n := testing.AllocsPerRun(100, func() {
		now += 300
		c.Add(now, 1)
		c.Read(now)
		c.Remaining(now, 10, 0)
		c.NextDelay(now, 10, 0)
		a.Add(512, 3)
		a.Get(512)
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzPeriodCounter(f *testing.F) {
	f.Add(int64(0), uint32(1000), uint32(3), int64(500), uint32(10))
	f.Add(int64(1<<32-1), uint32(1), uint32(math.MaxUint32), int64(2), uint32(0))
	f.Add(int64(1<<40), uint32(1<<31-1), uint32(7), int64(1<<31), uint32(math.MaxUint32))
	f.Fuzz(func(t *testing.T, now int64, period, n uint32, later int64, limit uint32) {
		if now < 0 || later < 0 || later > 1<<31 || period == 0 || period > 1<<31-1 {
			t.Skip()
		}
		var c PeriodCounter
		c.Add(now, period, n)
		now += later
		c.Add(now, period, n)
		if got := c.Read(now, period); uint64(got) > 2*uint64(n) || got < n {
			t.Fatalf("Read = %d after twice %d", got, n)
		}
		left, wait := c.Remaining(now, period, limit, 0), c.NextDelay(now, period, limit, 0)
		if left > limit || left > 0 && wait > 0 {
			t.Fatalf("Remaining = %d of %d, NextDelay = %d", left, limit, wait)
		}
		if over := c.Overshoot(now, period, limit); uint64(over) > 2*uint64(n) {
			t.Fatalf("Overshoot = %d", over)
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	var c Counter
	b.ReportAllocs()
	for i := int64(0); b.Loop(); i++ {
		c.Add(i>>10, 1)
	}
}

func BenchmarkRead(b *testing.B) {
	var c Counter
	c.Add(1000, 100)
	b.ReportAllocs()
	for b.Loop() {
		c.Read(1500)
	}
}
