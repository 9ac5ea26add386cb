package reload

import (
	"testing"
	"time"
)

func TestGenerationSaysWhyItIsThere(t *testing.T) {
	const now = int64(100e9)
	tests := []struct {
		name string
		g    Generation
		want string
	}{
		{"serving", Generation{Num: 3, Born: 90e9, Streams: 2}, "3 10 - 0 2 0 serving"},
		{"tunnels and streams", Generation{Num: 1, Born: 10e9, Retired: 95e9, Tunnels: 7, Streams: 1}, "1 90 5 7 1 0 tunnels,streams"},
		{"until hard-stop-after", Generation{Num: 1, Born: 10e9, Retired: 95e9, Tunnels: 1, HardStop: 20 * time.Second}, "1 90 5 1 0 0 tunnels until 15s"},
		{"nothing left", Generation{Num: 1, Born: 10e9, Retired: 95e9, Left: true}, "1 90 5 0 0 0 freed-soon"},
		{"about to be", Generation{Num: 1, Born: 10e9, Retired: 99e9}, "1 90 1 0 0 0 ending"},
		{"idle connections", Generation{Num: 1, Born: 10e9, Retired: 99e9, Idle: 4}, "1 90 1 0 0 4 connections"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.g.appendTo(nil, now)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
