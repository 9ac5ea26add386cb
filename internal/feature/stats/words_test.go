package stats

import "testing"

// Where words stand was compared with HAProxy 3.4.0.
func TestWordsBehindTheURI(t *testing.T) {
	p := Page{uri: []byte("/s")}
	for _, c := range []struct {
		tail string
		want words
	}{
		{"", words{}}, {"csv", words{}}, {"x;csv", words{csv: true}}, {";csv;norefresh;", words{csv: true, noRefresh: true}},
		{"?;csv;scope=b", words{csv: true, scope: "b"}}, {"?a=b&scope=c", words{scope: "c"}}, {"?csv", words{}},
		{";st=DONE", words{result: "DONE"}}, {";up;no-maint;typed", words{up: true, noMaint: true, typed: true}}, {";", words{}}, {"?", words{}},
		{"?scope=1234567890123456789012345", words{scope: "12345678901234567890"}}, {"?scope=a%3Ab", words{scope: "a:b"}}, {"?scope=a%zz", words{scope: "a%zz"}},
	} {
		if got := p.words([]byte("/s" + c.tail)); got != c.want {
			t.Errorf("words of %q = %+v, want %+v", c.tail, got, c.want)
		}
	}
}
