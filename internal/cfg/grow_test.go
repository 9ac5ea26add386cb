package cfg

import (
	"strings"
	"testing"

	"segue/internal/diag"
)

func TestVariablesCannotGrowForEver(t *testing.T) {
	double := strings.Repeat(" setenv A \"$A$A\"\n", 40)
	use := strings.Repeat(" log \"$A\"\n", 200)
	tests := []struct{ name, text, want string }{
		{"a variable that doubles itself", "global\n setenv A aaaaaaaaaaaaaaaa\n" + double, "line too long, cannot allocate memory."},
		{"many lines with a long variable", "global\n presetenv A " + strings.Repeat("a", maxExpanded-1) + "\n" + use, "line too long, cannot allocate memory."},
		{"a long variable", "global\n presetenv A " + strings.Repeat("a", maxExpanded-1) + "\n log \"$A\"\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d diag.List
			Read([]Source{{Name: "f", Data: []byte(tt.text)}, {Name: "g", Data: []byte("foo\n")}}, &Options{Sections: []string{"global"}}, &d)
			got := ""
			for _, e := range d.Entries() {
				if e.Pos.File == "f" {
					got += e.Msg
				}
			}
			if got != tt.want {
				t.Errorf("said %q, want %q", got, tt.want)
			}
			if after := tt.want == ""; d.Errors() != 1 {
				t.Errorf("%d errors, want 1 (the other file is read: %v)", d.Errors(), after)
			}
		})
	}
}
