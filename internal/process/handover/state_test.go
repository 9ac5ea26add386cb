package handover

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// owner answers one line on each connection to a unix socket.
func owner(t testing.TB, answer func(c *net.UnixConn, line string)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stats")
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { ln.Close(); <-done })
	go func() {
		defer close(done)
		for {
			c, err := ln.AcceptUnix()
			if err != nil {
				return
			}
			var line [64]byte
			n, _ := c.Read(line[:])
			answer(c, string(line[:n]))
			c.Close()
		}
	}()
	return path
}

func TestStateArrivesWhole(t *testing.T) {
	for _, size := range []int{0, 1, stateChunk, 3*stateChunk + 7} {
		state := bytes.Repeat([]byte("segue"), size/5+1)[:size]
		sent := make(chan error, 1)
		path := owner(t, func(c *net.UnixConn, line string) {
			if line != "_getstate\n" {
				t.Errorf("the newcomer says %q", line)
			}
			sent <- SendState(c, state)
		})
		var got bytes.Buffer
		if err := FetchState(t.Context(), path, &got); err != nil || !bytes.Equal(got.Bytes(), state) {
			t.Errorf("%d bytes: %d arrived, %v", size, got.Len(), err)
		}
		if err := <-sent; err != nil {
			t.Errorf("%d bytes: SendState: %v", size, err)
		}
	}
}

func TestStateOfOthers(t *testing.T) {
	head := func(n uint64) []byte { return binary.LittleEndian.AppendUint64([]byte(stateMagic), n) }
	tests := []struct {
		name    string
		answer  func(c *net.UnixConn, line string)
		noState bool
		want    string
	}{
		{name: "HAProxy knows no such command", noState: true, answer: func(c *net.UnixConn, _ string) {
			c.Write([]byte("Unknown command: '_getstate', but maybe one of the following ones is a better match:\n")) //nolint:errcheck // seen below
		}},
		{name: "a short answer", noState: true, answer: func(c *net.UnixConn, _ string) {
			c.Write([]byte("no\n")) //nolint:errcheck // seen below
		}},
		{name: "hangs up", noState: true, answer: func(*net.UnixConn, string) {}},
		{name: "ends within the head", want: "Failed to get the state", answer: func(c *net.UnixConn, _ string) {
			c.Write(head(5)[:10]) //nolint:errcheck // seen below
		}},
		{name: "ends within the state", want: "3 of 5 bytes are missing", answer: func(c *net.UnixConn, _ string) {
			c.Write(append(head(5), 'a', 'b')) //nolint:errcheck // seen below
		}},
		{name: "announces too much", want: "bytes are announced", answer: func(c *net.UnixConn, _ string) {
			c.Write(head(maxState + 1)) //nolint:errcheck // seen below
		}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			path := owner(t, tc.answer)
			before := descriptors(t)
			err := FetchState(t.Context(), path, &bytes.Buffer{})
			if errors.Is(err, ErrNoState) != tc.noState || !tc.noState && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("err = %v, want %q", err, tc.want)
			}
			noMore(t, before)
		})
	}
}

func TestSilentOwnerOfStateIsLeft(t *testing.T) {
	release := make(chan struct{})
	path := owner(t, func(*net.UnixConn, string) { <-release })
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := FetchState(ctx, path, &bytes.Buffer{}); err == nil || errors.Is(err, ErrNoState) {
		t.Errorf("err = %v, want a timeout", err)
	}
	if took := time.Since(start); took > messageTimeout {
		t.Errorf("it took %v", took)
	}
}
