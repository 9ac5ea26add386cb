package manual

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"segue/internal/catalog"
	"segue/internal/features"
	"segue/internal/keyword"
)

var update = flag.Bool("update", false, "write the page")

// page is where the repository keeps it.
const page = "../../doc/manual/keywords.md"

func TestPageIsCurrent(t *testing.T) {
	want := Append(nil, features.All())
	if *update {
		if err := os.WriteFile(page, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Errorf("%s is not what the tables say: run `make generate`\n%s", page, firstDifference(have, want))
	}
}

// firstDifference shows the first line that differs.
func firstDifference(have, want []byte) string {
	a, b := strings.Split(string(have), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return "have: " + a[i] + "\nwant: " + b[i]
		}
	}
	return "one has more lines than the other"
}

func TestRowsSurviveMarkdown(t *testing.T) {
	f := &catalog.Feature{
		BindWords: []catalog.BindWord{
			{Doc: keyword.Doc{Name: "zeta", Args: "<a|b>", Section: "5.1", Text: "Takes a|b\n  and <c>."}},
			{Doc: keyword.Doc{Name: "alpha", Section: "5.1", Text: "First."}},
		},
		Directives: []catalog.Directive{{Doc: keyword.Doc{Name: "maxconn", Section: "3.2", Text: "Bounds."}, In: catalog.Global | catalog.FrontSide}},
	}
	got := string(Append(nil, []*catalog.Feature{f}))
	for _, want := range []string{
		"| `alpha` | 5.1 | First. |\n| `zeta <a\\|b>` | 5.1 | Takes a\\|b and \\<c>. |\n",
		"| `maxconn` | G D F L - | 3.2 | Bounds. |\n",
		"- [Bind words](#bind-words): 2\n",
		"## Filters\n\nWords behind `filter`.\n\nNone yet.\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("page has no %q:\n%s", want, got)
		}
	}
}
