package l4fetch

import (
	"testing"

	"segue/internal/lb"
	"segue/internal/sample"
)

// What HAProxy 3.4.0 answers on a clear connection.
func TestClearConnections(t *testing.T) {
	found := map[string]bool{"ssl_bc": true, "ssl_bc_is_resumed": true, "ssl_fc": true, "ssl_fc_has_sni": true, "ssl_fc_is_resumed": true}
	for _, row := range clearRows() {
		v := sample.Value{Type: sample.Bool, Int: 1}
		ok := row.Eval(new(lb.Stream), nil, &v)
		if ok != found[row.Name] {
			t.Errorf("%s has a value: %v, want %v", row.Name, ok, found[row.Name])
		}
		if ok && v.Int != 0 {
			t.Errorf("%s = %d, want 0", row.Name, v.Int)
		}
		delete(found, row.Name)
	}
	for name := range found {
		t.Errorf("%s has no row", name)
	}
}

// The ACL keywords of the server name stand for its fetch.
func TestClearAliasesHaveTheirFetch(t *testing.T) {
	want := map[string]string{"ssl_fc_sni_end": "end", "ssl_fc_sni_reg": "reg"}
	for _, a := range aliasRows() {
		method, ours := want[a.Name]
		if ours && (a.Fetch != "ssl_fc_sni" || a.Method != method) {
			t.Errorf("%s = %s -m %s, want ssl_fc_sni -m %s", a.Name, a.Fetch, a.Method, method)
		}
		delete(want, a.Name)
	}
	for name := range want {
		t.Errorf("%s has no row", name)
	}
}
