package hash

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
)

// functions are the columns of testdata/observed.csv after the key. Converters
// answer with signed 64-bit numbers; 32-bit hashes are never negative there.
var functions = []struct {
	name string
	f    func(key []byte) int64
}{
	{"sdbm", func(k []byte) int64 { return int64(SDBM(k)) }},
	{"djb2", func(k []byte) int64 { return int64(DJB2(k)) }},
	{"wt6", func(k []byte) int64 { return int64(WT6(k)) }},
	{"crc32", func(k []byte) int64 { return int64(CRC32(k)) }},
	{"crc32c", func(k []byte) int64 { return int64(CRC32C(k)) }},
	{"sdbm(1)", func(k []byte) int64 { return int64(Avalanche(SDBM(k))) }},
	{"djb2(1)", func(k []byte) int64 { return int64(Avalanche(DJB2(k))) }},
	{"wt6(1)", func(k []byte) int64 { return int64(Avalanche(WT6(k))) }},
	{"crc32(1)", func(k []byte) int64 { return int64(Avalanche(CRC32(k))) }},
	{"crc32c(1)", func(k []byte) int64 { return int64(Avalanche(CRC32C(k))) }},
	{"xxh32", func(k []byte) int64 { return int64(XXH32(k, 0)) }},
	{"xxh32(7)", func(k []byte) int64 { return int64(XXH32(k, 7)) }},
	{"xxh64", func(k []byte) int64 { return int64(XXH64(k, 0)) }},
	{"xxh64(7)", func(k []byte) int64 { return int64(XXH64(k, 7)) }},
	{"xxh3", func(k []byte) int64 { return int64(XXH3(k, 0)) }},
	{"xxh3(7)", func(k []byte) int64 { return int64(XXH3(k, 7)) }},
}

func TestHashesEqualHAProxy(t *testing.T) {
	f, err := os.Open("testdata/observed.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	keys := 0
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if strings.HasPrefix(sc.Text(), "#") {
			continue
		}
		cols := strings.Split(sc.Text(), ",")
		key, err := hex.DecodeString(cols[0])
		if err != nil || len(cols) != 1+len(functions) {
			t.Fatalf("bad row %q", sc.Text())
		}
		keys++
		for i, fn := range functions {
			if got := fmt.Sprint(fn.f(key)); got != cols[1+i] {
				t.Errorf("%s of %d bytes %.20x = %s, want %s", fn.name, len(key), key, got, cols[1+i])
			}
		}
	}
	if keys < 90 {
		t.Errorf("only %d keys were compared", keys)
	}
}

func TestHashesDoNotAllocate(t *testing.T) {
	key := []byte(strings.Repeat("/static/picture.png", 20))
	for _, fn := range functions {
		if n := testing.AllocsPerRun(100, func() { fn.f(key) }); n != 0 {
			t.Errorf("%s: %v allocations, want 0", fn.name, n)
		}
	}
}

func TestAvalancheMapsNoTwoNeighboursTogether(t *testing.T) {
	seen := make(map[uint32]uint32)
	for i := range uint32(100000) {
		h := Avalanche(i)
		if j, ok := seen[h]; ok {
			t.Fatalf("Avalanche(%d) = Avalanche(%d) = %d", i, j, h)
		}
		seen[h] = i
	}
}

// FuzzHashes looks for keys on which a function fails or depends on what lies
// around the key.
func FuzzHashes(f *testing.F) {
	for _, n := range []int{0, 1, 3, 4, 8, 9, 16, 17, 128, 129, 240, 241, 1024, 1025, 2100} {
		f.Add([]byte(strings.Repeat("k", n)))
	}
	f.Fuzz(func(t *testing.T, key []byte) {
		padded := append([]byte("before"), key...)
		padded = append(padded, "after"...)
		inside := padded[6 : 6+len(key) : 6+len(key)]
		for _, fn := range functions {
			if a, b := fn.f(key), fn.f(inside); a != b {
				t.Fatalf("%s(%q) = %d, elsewhere %d", fn.name, key, a, b)
			}
		}
	})
}

func BenchmarkHash(b *testing.B) {
	for _, n := range []int{16, 64, 512} {
		key := []byte(strings.Repeat("k", n))
		for _, fn := range functions {
			if strings.HasSuffix(fn.name, ")") {
				continue
			}
			b.Run(fmt.Sprint(fn.name, "/", n), func(b *testing.B) {
				b.SetBytes(int64(n))
				for b.Loop() {
					fn.f(key)
				}
			})
		}
	}
}
