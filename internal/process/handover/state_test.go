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
		if _, err := FetchState(t.Context(), path, &got); err != nil || !bytes.Equal(got.Bytes(), state) {
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
			_, err := FetchState(t.Context(), path, &bytes.Buffer{})
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
	if _, err := FetchState(ctx, path, &bytes.Buffer{}); err == nil || errors.Is(err, ErrNoState) {
		t.Errorf("err = %v, want a timeout", err)
	}
	if took := time.Since(start); took > messageTimeout {
		t.Errorf("it took %v", took)
	}
}

// TestRestComesLater: after the state, the newcomer hears at the old process's
// end what that has counted, if it says so.
func TestRestComesLater(t *testing.T) {
	tests := []struct {
		name string
		end  func(c *net.UnixConn)
		want string
		err  string
	}{
		{name: "told", want: "counted", end: func(c *net.UnixConn) {
			SendRest(c, []byte("counted")) //nolint:errcheck // seen below
		}},
		{name: "nothing to tell", end: func(c *net.UnixConn) {
			SendRest(c, nil) //nolint:errcheck // seen below
		}},
		{name: "an old version", end: func(*net.UnixConn) {}},
		{name: "killed while it told", err: "unexpected EOF", end: func(c *net.UnixConn) {
			c.Write(append(binary.LittleEndian.AppendUint64(nil, 7), "coun"...)) //nolint:errcheck // seen below
		}},
		{name: "too much", err: "bytes are announced", end: func(c *net.UnixConn) {
			c.Write(binary.LittleEndian.AppendUint64(nil, maxState+1)) //nolint:errcheck // seen below
		}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			ended := make(chan struct{})
			path := owner(t, func(c *net.UnixConn, _ string) {
				SendState(c, []byte("state")) //nolint:errcheck // seen below
				<-ended
				tc.end(c)
			})
			before := descriptors(t)
			var state bytes.Buffer
			rest, err := FetchState(t.Context(), path, &state)
			if err != nil || state.String() != "state" {
				t.Fatalf("the state: %q, %v", state.String(), err)
			}
			close(ended)
			got, err := rest.Wait()
			if string(got) != tc.want || (err != nil) != (tc.err != "") || err != nil && !strings.Contains(err.Error(), tc.err) {
				t.Errorf("the rest: %q, %v, want %q, %q", got, err, tc.want, tc.err)
			}
			noMore(t, before)
		})
	}
}
