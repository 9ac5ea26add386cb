package diag

import "testing"

func TestSuggest(t *testing.T) {
	words := []string{"balance", "bind", "backend", "frontend", "mode", "node", "maxconn", "timeout", "option", "set-header", "set-var"}
	tests := []struct{ name, word, want string }{
		{"a letter missing", "balnce", "balance"},
		{"a letter too many", "bindd", "bind"},
		{"a letter wrong", "frontemd", "frontend"},
		{"two swapped", "bakcend", "backend"},
		{"case only", "MaxConn", "maxconn"},
		{"the nearer wins", "nide", "node"},
		{"nothing near", "xyzzy", ""},
		{"empty", "", ""},
		{"the word itself is no suggestion", "mode", "node"},
		{"short words need to be close", "ab", ""},
		{"letters left out", "sethdr", "set-header"},
		{"a part left out beats two wrong letters", "set-hdr", "set-header"},
		{"very long word", string(make([]byte, 100)), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Suggest(tt.word, words); got != tt.want {
				t.Errorf("Suggest(%q) = %q, want %q", tt.word, got, tt.want)
			}
		})
	}
}

func TestDidYouMean(t *testing.T) {
	if got, want := DidYouMean("balnce", []string{"balance"}), "; did you mean 'balance' maybe ?"; got != want {
		t.Errorf("DidYouMean = %q, want %q", got, want)
	}
	if got := DidYouMean("zzzzzz", []string{"balance"}); got != "" {
		t.Errorf("DidYouMean = %q, want nothing", got)
	}
}
