package catalog_test

import (
	"strings"
	"testing"

	"segue/internal/catalog"
	"segue/internal/feature/convert"
	"segue/internal/feature/httpfetch"
	"segue/internal/feature/l4fetch"
)

func features() []*catalog.Feature {
	return []*catalog.Feature{convert.Feature(), httpfetch.Feature(), l4fetch.Feature()}
}

func TestTablesAreWellFormed(t *testing.T) {
	for _, err := range catalog.Verify(features()...) {
		t.Error(err)
	}
}

func TestDumpHasTheFormOfTheReference(t *testing.T) {
	var out strings.Builder
	known, err := catalog.New(features()...).Dump(&out, "all")
	if !known || err != nil {
		t.Fatalf("Dump(all) = %v, %v, want true, nil", known, err)
	}
	for _, want := range []string{
		"# List of registered ACL keywords:\nbase = base -m str\n",
		"\nlower: str => str\n",
		"\nmap_int_ip(string[,string]): addr => sint\n",
		"\n[ Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y . Y ] nbsrv(backend): sint\n",
		"\n[ . . Y Y Y Y Y Y Y Y Y . . . . . . . . . . . ] req.hdr([string,integer]): str\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("Dump(all) lacks %q", want)
		}
	}
	if known, _ := catalog.New().Dump(&out, "xyz"); known {
		t.Error("Dump(xyz) knows a class that does not exist")
	}
}
