package catalog

import (
	"fmt"
	"strings"

	"segue/internal/keyword"
	"segue/internal/sample"
)

// Vocabulary is the part of the index that expressions are made of. It
// implements sample.Words.
type Vocabulary struct {
	fetches    map[string]*sample.Fetch
	converters map[string]*sample.Converter
	aliases    map[string]*sample.Alias
}

var _ sample.Words = (*Vocabulary)(nil)

func newVocabulary(features []*Feature) Vocabulary {
	v := Vocabulary{map[string]*sample.Fetch{}, map[string]*sample.Converter{}, map[string]*sample.Alias{}}
	for _, f := range features {
		for i := range f.Fetches {
			v.fetches[f.Fetches[i].Name] = &f.Fetches[i]
		}
		for i := range f.Converters {
			v.converters[f.Converters[i].Name] = &f.Converters[i]
		}
		for i := range f.Aliases {
			v.aliases[f.Aliases[i].Name] = &f.Aliases[i]
		}
	}
	return v
}

// Fetch implements sample.Words.
func (v *Vocabulary) Fetch(name string) *sample.Fetch { return v.fetches[name] }

// Converter implements sample.Words.
func (v *Vocabulary) Converter(name string) *sample.Converter { return v.converters[name] }

// Alias implements sample.Words.
func (v *Vocabulary) Alias(name string) *sample.Alias { return v.aliases[name] }

// AliasNames implements sample.Words.
func (v *Vocabulary) AliasNames() []string { return names(v.aliases) }

// FetchNames implements sample.Words.
func (v *Vocabulary) FetchNames() []string { return names(v.fetches) }

// ConverterNames implements sample.Words.
func (v *Vocabulary) ConverterNames() []string { return names(v.converters) }

// Verify reports what is wrong with the tables: names that two rows have, rows
// without a text or function, tables that are not in alphabetical order, aliases
// of unknown fetches. It is for tests; a table cannot go wrong at run time.
func Verify(features ...*Feature) (errs []error) {
	bad := func(f *Feature, what, name, why string) {
		errs = append(errs, fmt.Errorf("feature %s: %s %q %s", f.Name, what, name, why))
	}
	vocabulary := newVocabulary(features)
	seen := map[string]string{}
	for _, f := range features {
		last := ""
		check := func(what string, d *keyword.Doc, works bool) {
			key := what + " " + d.Name
			if seen[key] != "" {
				bad(f, what, d.Name, "is also in feature "+seen[key])
			}
			seen[key] = f.Name
			if d.Text == "" || d.Section == "" {
				bad(f, what, d.Name, "is not documented")
			}
			if !works {
				bad(f, what, d.Name, "has no function")
			}
			if strings.Compare(last, key) > 0 {
				bad(f, what, d.Name, "is not in alphabetical order")
			}
			last = key
		}
		for i := range f.Aliases {
			a := &f.Aliases[i]
			check("alias", &a.Doc, vocabulary.fetches[a.Fetch] != nil)
		}
		for i := range f.Converters {
			check("converter", &f.Converters[i].Doc, f.Converters[i].Eval != nil)
		}
		for i := range f.Fetches {
			check("fetch", &f.Fetches[i].Doc, f.Fetches[i].Eval != nil && f.Fetches[i].Use != 0)
		}
	}
	return errs
}
