package stats

import (
	"testing"

	"segue/internal/lb"
)

// TestInfoEndsWithOwnVersion: what tells Segue from HAProxy on a socket is the last
// field in every form.
func TestInfoEndsWithOwnVersion(t *testing.T) {
	list := facts()
	p := &process{Process: &lb.Process{Version: "1.2.3"}}
	for _, c := range []struct {
		name string
		form format
		desc bool
		want string
	}{
		{name: "text", form: formatCSV, want: "Segue-Version: 1.2.3\n"},
		{name: "with its description", form: formatCSV, desc: true, want: "Segue-Version: 1.2.3:\"Version of Segue, which this is\"\n"},
		{name: "typed", form: formatTyped, want: "84.Segue-Version.1:POSV:str:1.2.3\n"},
		{name: "json", form: formatJSON, want: `{"field":{"pos":84,"name":"Segue-Version"},"processNum":1,"tags":{"origin":"Product","nature":"Output","scope":"Service"},"value":{"type":"str","value":"1.2.3"}}`},
	} {
		if got := string(appendFact(nil, &list[len(list)-1], p, c.form, c.desc, true)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
