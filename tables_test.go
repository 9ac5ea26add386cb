package segue_test

import (
	"strings"
	"testing"

	"segue/internal/catalog"
	"segue/internal/features"
	"segue/internal/keyword"
	"segue/internal/rule"
)

// TestTablesAreInOrder checks what the tables of fetches, converters and aliases
// promise: see catalog.Verify.
func TestTablesAreInOrder(t *testing.T) {
	for _, err := range catalog.Verify(features.All()...) {
		t.Error(err)
	}
}

// row is what the tables have in common. Key tells two rows of one name apart.
type row struct {
	doc *keyword.Doc
	key string
}

// tables returns the tables of a feature that catalog.Verify does not look at.
func tables(f *catalog.Feature) map[string][]row {
	m := map[string][]row{}
	add := func(table string, d *keyword.Doc, key string) { m[table] = append(m[table], row{d, key}) }
	for i := range f.Directives {
		d := &f.Directives[i]
		// A word may have a row in global and another in the proxies.
		side := "proxies"
		if d.In == catalog.Global {
			side = "global"
		}
		add("directives", &d.Doc, d.Name+" "+side)
	}
	for i := range f.BindWords {
		add("bind words", &f.BindWords[i].Doc, f.BindWords[i].Name)
	}
	for i := range f.ServerWords {
		add("server words", &f.ServerWords[i].Doc, f.ServerWords[i].Name)
	}
	for i := range f.Sections {
		add("sections", &f.Sections[i].Doc, f.Sections[i].Name)
	}
	for i := range f.Actions {
		add("actions", &f.Actions[i].Doc, f.Actions[i].Name)
	}
	for i := range f.Commands {
		add("commands", &f.Commands[i].Doc, f.Commands[i].Name)
	}
	for table, docs := range map[string][]keyword.Doc{"log aliases": f.LogAliases, "filters": f.Filters, "services": f.Services} {
		for i := range docs {
			add(table, &docs[i], docs[i].Name)
		}
	}
	return m
}

// TestLaterNamesAreNotBuilt keeps the table of what is not built yet true: a name
// leaves it with the row that builds it.
func TestLaterNamesAreNotBuilt(t *testing.T) {
	ix := catalog.New(features.All()...)
	var rows [][]rule.Action
	services := map[string]bool{}
	for _, f := range features.All() {
		rows = append(rows, f.Actions)
		for _, d := range f.Services {
			services[d.Name] = true
		}
	}
	built := map[string]func(name string) bool{
		"acl":       func(name string) bool { return ix.Alias(name) != nil },
		"converter": func(name string) bool { return ix.Converter(name) != nil },
		"fetch":     func(name string) bool { return ix.Fetch(name) != nil },
		"service":   func(name string) bool { return services[name] },
	}
	actions := rule.NewTable(rows...)
	for _, set := range rule.ActionSets {
		built[rule.Phrase(set)] = func(name string) bool { return actions.Action(name, set) != nil }
	}
	for class, is := range built {
		seen := map[string]bool{}
		for _, name := range keyword.LaterNames(class) {
			if is(name) {
				t.Errorf("%s %q is built: remove it from internal/keyword/later.go", class, name)
			}
			if d, ok := keyword.Later(class, name); !ok || d.Effect != keyword.Unbuilt || seen[name] {
				t.Errorf("%s %q: Later = %+v, %v; twice in the table: %v", class, name, d, ok, seen[name])
			}
			seen[name] = true
		}
	}
	if _, ok := keyword.Later("fetch", "no_such_fetch"); ok {
		t.Error("a name that HAProxy does not have is in the table")
	}
}

func TestWordsAreSortedUniqueDocumented(t *testing.T) {
	owner := map[string]string{}
	for _, f := range features.All() {
		for table, rows := range tables(f) {
			last := ""
			for _, r := range rows {
				if r.doc.Name < last {
					t.Errorf("feature %s, %s: %q stands behind %q", f.Name, table, r.doc.Name, last)
				}
				last = r.doc.Name
				key := table + ": " + r.key
				if owner[key] != "" {
					t.Errorf("%s is in the features %s and %s", key, owner[key], f.Name)
				}
				owner[key] = f.Name
				if strings.TrimSpace(r.doc.Text) == "" || r.doc.Section == "" {
					t.Errorf("feature %s, %s: %q says nothing about itself (Text %q, Section %q)", f.Name, table, r.doc.Name, r.doc.Text, r.doc.Section)
				}
			}
		}
	}
}
