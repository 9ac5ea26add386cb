package catalog

import (
	"maps"
	"slices"
	"strings"

	"segue/internal/command"
	"segue/internal/conf"
)

// Index finds rows by name. It is built once at start, is not changed after
// that, and may be shared.
type Index struct {
	Vocabulary
	features   []*Feature
	directives map[string][]*Directive // several rows where sections differ
	bind       map[string]*BindWord
	server     map[string]*ServerWord
	sections   map[string]*Section
	// Master are the words of the master's command line, which has a table of
	// its own; only -dKcli reads them. May be set before the first Dump.
	Master []command.Command
}

// New builds the index of the features' words.
func New(features ...*Feature) *Index {
	ix := &Index{
		Vocabulary: newVocabulary(features),
		features:   features,
		directives: make(map[string][]*Directive),
		bind:       make(map[string]*BindWord),
		server:     make(map[string]*ServerWord),
		sections:   make(map[string]*Section),
	}
	for _, f := range features {
		for i := range f.Directives {
			row := &f.Directives[i]
			ix.directives[row.Name] = append(ix.directives[row.Name], row)
		}
		for i := range f.BindWords {
			ix.bind[f.BindWords[i].Name] = &f.BindWords[i]
		}
		for i := range f.ServerWords {
			ix.server[f.ServerWords[i].Name] = &f.ServerWords[i]
		}
		for i := range f.Sections {
			ix.sections[f.Sections[i].Name] = &f.Sections[i]
		}
	}
	return ix
}

// Features returns the features in the order given to New.
func (ix *Index) Features() []*Feature { return ix.features }

// Directive finds the row of a name for a section. Without a row for this
// section it returns one for another, and false.
func (ix *Index) Directive(name string, in In) (row *Directive, here bool) {
	for _, row = range ix.directives[name] {
		if row.In&in != 0 {
			return row, true
		}
	}
	return row, false
}

// BindWord finds a word of bind lines, nil if there is none.
func (ix *Index) BindWord(name string) *BindWord { return ix.bind[name] }

// ServerWord finds a word of server lines, nil if there is none. Words with
// an argument in parentheses, "set-proxy-v2-tlv-fmt(0x20)", are found by
// what stands before.
func (ix *Index) ServerWord(name string) *ServerWord {
	base, _, _ := strings.Cut(name, "(")
	return ix.server[base]
}

// ServerWordNames returns the words of server lines, sorted.
func (ix *Index) ServerWordNames() []string { return slices.Sorted(maps.Keys(ix.server)) }

// Section finds a kind of section other than global and the proxies.
func (ix *Index) Section(kind string) *Section { return ix.sections[kind] }

// SectionNames returns all section keywords, sorted.
func (ix *Index) SectionNames() []string {
	names := []string{"backend", "defaults", "frontend", "global", "listen"}
	for name := range ix.sections {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Second returns, sorted, the words that may follow first in the section of
// c, or with "" those that may begin a line. The words of all proxies count for each of them:
// a word on the wrong side of a pair is nearer to what was meant than another.
func (ix *Index) Second(c *conf.Context, first string) []string {
	in := Global
	if c.Proxy != nil {
		in = Proxies
	}
	var words []string
	for name, rows := range ix.directives {
		if !slices.ContainsFunc(rows, func(d *Directive) bool { return d.In&in != 0 }) {
			continue
		}
		head, tail, two := strings.Cut(name, " ")
		switch {
		case first == "":
			words = append(words, head)
		case two && head == first:
			words = append(words, tail)
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

func (ix *Index) bindNames() []string   { return names(ix.bind) }
func (ix *Index) serverNames() []string { return names(ix.server) }

func names[T any](rows map[string]T) []string {
	out := make([]string, 0, len(rows))
	for name := range rows {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
