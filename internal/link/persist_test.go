package link

import (
	"testing"

	"segue/internal/persist"
)

// What commands have set of dynamic cookies stays over a reload in place, unless
// the new file says something else.
func TestDynamicCookiesOutliveReloads(t *testing.T) {
	const head = "defaults\n mode http\n timeout client 5s\n timeout server 5s\n timeout connect 5s\n" +
		"frontend f\n bind %[1]s\n default_backend b\nbackend b\n server s %[2]s\n"
	const plain, hashed = " cookie C insert\n", " cookie C insert dynamic\n"
	for _, c := range []struct {
		name, first, next string
		on                bool   // set before the reload
		key               string // as well
		wantValue         bool   // the server has a cookie afterwards
		wantKey           string // whose hash it is
	}{
		{"switched on, with a key", plain, plain, true, "new", true, "new"},
		{"switched off", hashed + " dynamic-cookie-key old\n", hashed + " dynamic-cookie-key old\n", false, "old", false, ""},
		{"the file's key changes", hashed + " dynamic-cookie-key old\n", hashed + " dynamic-cookie-key file\n", true, "new", true, "file"},
		{"the file switches it on", plain + " dynamic-cookie-key k\n", hashed + " dynamic-cookie-key k\n", false, "new", true, "new"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			value := func(p *persist.Plan) string {
				return string(p.AppendValue(nil, r.w.engine.Process.Gen.Load().Backs["b"].Servers[0]))
			}
			plan := func() *persist.Plan { return persist.Of(r.w.engine.Process.Gen.Load().Backs["b"]) }
			r.load(head + c.first)
			plan().SetDynamic(c.on)
			plan().SetSecret(c.key)
			r.load(head + c.next + " retries 1\n")
			got := value(plan())
			plan().SetSecret(c.wantKey)
			if want := value(plan()); got != want || got != "" != c.wantValue {
				t.Errorf("cookie %q, want %q (one at all: %v)", got, want, c.wantValue)
			}
		})
	}
}
