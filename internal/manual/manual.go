package manual

import (
	"fmt"
	"slices"
	"strings"

	"segue/internal/catalog"
	"segue/internal/keyword"
	"segue/internal/sample"
)

// entry is one line of a chapter.
type entry struct {
	*keyword.Doc
	where string // the column that the chapter names, see chapter.where
}

// Append appends the page in Markdown to dst.
func Append(dst []byte, features []*catalog.Feature) []byte {
	dst = append(dst, `# Words

Every word that this build of Segue knows, by chapter. The page is generated from
the tables that the parser reads (`+"`make generate`"+`); § is the section of
HAProxy 3.4's configuration manual, or of its management guide for commands,
where the word is described in full. A word marked **no effect yet** is taken with
a warning, a **refused** one is an error.

`...)
	features = append(slices.Clone(features), masterOnly(features))
	entries := make([][]entry, len(chapters))
	for i := range chapters {
		c := &chapters[i]
		for _, f := range features {
			c.rows(f, func(d *keyword.Doc, where string) { entries[i] = append(entries[i], entry{d, where}) })
		}
		slices.SortStableFunc(entries[i], func(a, b entry) int { return strings.Compare(a.Name, b.Name) })
		dst = fmt.Appendf(dst, "- [%s](#%s): %d\n", c.title, anchor(c.title), len(entries[i]))
	}
	for i := range chapters {
		dst = chapters[i].append(dst, entries[i])
	}
	return dst
}

// anchor is what Markdown makes of a heading.
func anchor(title string) string { return strings.ReplaceAll(strings.ToLower(title), " ", "-") }

func (c *chapter) append(dst []byte, entries []entry) []byte {
	dst = fmt.Appendf(dst, "\n## %s\n\n%s\n\n", c.title, c.intro)
	if len(entries) == 0 {
		return append(dst, "None yet.\n"...)
	}
	if c.where == "" {
		dst = append(dst, "| word | § | |\n|---|---|---|\n"...)
	} else {
		dst = fmt.Appendf(dst, "| word | %s | § | |\n|---|---|---|---|\n", c.where)
	}
	for _, e := range entries {
		dst = append(dst, "| "...)
		dst = appendCode(dst, strings.TrimSpace(e.Name+" "+e.Args))
		if c.where != "" {
			dst = append(append(dst, " | "...), cell(e.where)...)
		}
		dst = fmt.Appendf(dst, " | %s | %s |\n", e.Section, cell(e.Text)+effect(e.Doc))
	}
	return dst
}

// effect says what the row's text does not: that the word does nothing yet, or
// is refused.
func effect(d *keyword.Doc) string {
	switch d.Effect {
	case keyword.Moot:
		return " No effect: " + cell(d.Why) + "."
	case keyword.Inert:
		return " **No effect yet**: " + cell(d.Why) + "."
	case keyword.Unbuilt:
		return " **Refused**: " + cell(d.Why) + "."
	}
	return ""
}

// cell makes a text fit for a table's cell.
func cell(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.NewReplacer("|", `\|`, "<", `\<`, "*", `\*`).Replace(s)
}

// appendCode appends s as code in a table's cell, where "|" must be escaped even
// so.
func appendCode(dst []byte, s string) []byte {
	s = strings.ReplaceAll(s, "|", `\|`)
	if strings.Contains(s, "`") {
		return append(append(append(dst, "`` "...), s...), " ``"...)
	}
	return append(append(append(dst, '`'), s...), '`')
}

// withArgs writes the arguments behind the name as they are written in an
// expression, unless the row says it better.
func withArgs(d *keyword.Doc, args []sample.ArgSpec) *keyword.Doc {
	if d.Args != "" || len(args) == 0 {
		return d
	}
	out := *d
	out.Name += catalog.Signature(args)
	return &out
}
