package admin

import "testing"

func TestShowFDFilter(t *testing.T) {
	tests := []struct {
		name  string
		words []string
		kinds string
		only  int
		fail  bool
	}{
		{name: "all", kinds: "plfso", only: -1},
		{name: "one", words: []string{"7"}, kinds: "plfso", only: 7},
		{name: "one of any group", words: []string{"/7"}, kinds: "plfso", only: 7},
		{name: "a group", words: []string{"1/"}, kinds: "plfso", only: -1},
		{name: "connections", words: []string{"-c"}, kinds: "fs", only: -1},
		{name: "connections but for clients", words: []string{"-c!f"}, kinds: "s", only: -1},
		{name: "no listeners", words: []string{"!l"}, kinds: "pfso", only: -1},
		{name: "no listeners, the other sign", words: []string{"--l"}, kinds: "pfso", only: -1},
		{name: "unknown letter", words: []string{"-x"}, fail: true},
		{name: "no number", words: []string{"foo"}, fail: true},
		{name: "negative", words: []string{"1/-7"}, fail: true},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			kinds, only, err := fdFilter(append([]string(nil), tc.words...))
			if (err != "") != tc.fail || kinds != tc.kinds && !tc.fail || only != tc.only && !tc.fail {
				t.Errorf("fdFilter(%q) = %q, %d, %q; want %q, %d", tc.words, kinds, only, err, tc.kinds, tc.only)
			}
		})
	}
}
