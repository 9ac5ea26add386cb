package manual

import (
	"slices"
	"strings"

	"segue/internal/catalog"
	"segue/internal/command"
	"segue/internal/keyword"
	"segue/internal/process/mcli"
	"segue/internal/rule"
)

// chapter is one table of the page.
type chapter struct {
	title, intro string
	where        string // heading of the column behind the word, "" = none
	// rows calls add for each row of a feature that belongs here.
	rows func(f *catalog.Feature, add func(d *keyword.Doc, where string))
}

// chapters are the tables in the order of the page.
var chapters = []chapter{
	{title: "Directives", where: "sections", rows: directives,
		intro: "Words that begin a line of `global` or of a proxy: **G**lobal, **D**efaults, **F**rontend, **L**isten, **B**ackend."},
	{title: "Bind words", rows: bindWords,
		intro: "Words of a `bind` line."},
	{title: "Server words", rows: serverWords,
		intro: "Words of a `server` line and, but for a few, of `default-server`."},
	{title: "Sections", rows: sections,
		intro: "Sections besides `global` and the proxies."},
	{title: "Actions", where: "rules", rows: actions,
		intro: "What a rule does."},
	{title: "Fetches", where: "type", rows: fetches,
		intro: "Where a sample comes from."},
	{title: "ACL names", where: "stands for", rows: aliases,
		intro: "Short forms of ACLs: a fetch with a match method."},
	{title: "Converters", where: "types", rows: converters,
		intro: "What may be done to a sample."},
	{title: "Commands", where: "process", rows: commands,
		intro: "The runtime API, on stats sockets and on the master's."},
	{title: "Log aliases", rows: docs(func(f *catalog.Feature) []keyword.Doc { return f.LogAliases }),
		intro: "Variables of log formats, written with a percent sign."},
	{title: "Filters", rows: docs(func(f *catalog.Feature) []keyword.Doc { return f.Filters }),
		intro: "Words behind `filter`."},
	{title: "Services", rows: docs(func(f *catalog.Feature) []keyword.Doc { return f.Services }),
		intro: "Words behind `http-request use-service`."},
}

func directives(f *catalog.Feature, add func(*keyword.Doc, string)) {
	for i := range f.Directives {
		add(&f.Directives[i].Doc, inSections(f.Directives[i].In))
	}
}

func bindWords(f *catalog.Feature, add func(*keyword.Doc, string)) {
	for i := range f.BindWords {
		add(&f.BindWords[i].Doc, "")
	}
}

func serverWords(f *catalog.Feature, add func(*keyword.Doc, string)) {
	for i := range f.ServerWords {
		add(&f.ServerWords[i].Doc, "")
	}
}

func sections(f *catalog.Feature, add func(*keyword.Doc, string)) {
	for i := range f.Sections {
		add(&f.Sections[i].Doc, "")
	}
}

func actions(f *catalog.Feature, add func(*keyword.Doc, string)) {
	for i := range f.Actions {
		add(&f.Actions[i].Doc, inRules(f.Actions[i].Sets))
	}
}

func fetches(f *catalog.Feature, add func(*keyword.Doc, string)) {
	for i := range f.Fetches {
		add(withArgs(&f.Fetches[i].Doc, f.Fetches[i].Args), f.Fetches[i].Out.String())
	}
}

func aliases(f *catalog.Feature, add func(*keyword.Doc, string)) {
	for i := range f.Aliases {
		add(&f.Aliases[i].Doc, f.Aliases[i].Fetch+" -m "+f.Aliases[i].Method)
	}
}

func converters(f *catalog.Feature, add func(*keyword.Doc, string)) {
	for i := range f.Converters {
		c := &f.Converters[i]
		add(withArgs(&c.Doc, c.Args), c.In.String()+" to "+c.Out.String())
	}
}

// masterFeature holds the master's own commands in the page.
const masterFeature = "master"

// masterOnly are the master's commands that no worker has.
func masterOnly(features []*catalog.Feature) *catalog.Feature {
	m := &catalog.Feature{Name: masterFeature}
	for _, w := range mcli.Words() {
		if !slices.ContainsFunc(features, func(f *catalog.Feature) bool { return named(f.Commands, w.Name) }) {
			m.Commands = append(m.Commands, w)
		}
	}
	return m
}

func named(rows []command.Command, name string) bool {
	return slices.ContainsFunc(rows, func(c command.Command) bool { return c.Name == name })
}

func commands(f *catalog.Feature, add func(*keyword.Doc, string)) {
	master := mcli.Words()
	for i := range f.Commands {
		process := "worker"
		switch {
		case f.Name == masterFeature && named(command.Builtin(), f.Commands[i].Name), f.Name != masterFeature && named(master, f.Commands[i].Name):
			process = "master, worker"
		case f.Name == masterFeature:
			process = "master"
		}
		add(&f.Commands[i].Doc, process)
	}
}

// docs is for tables whose rows are documentation alone.
func docs(of func(*catalog.Feature) []keyword.Doc) func(*catalog.Feature, func(*keyword.Doc, string)) {
	return func(f *catalog.Feature, add func(*keyword.Doc, string)) {
		list := of(f)
		for i := range list {
			add(&list[i], "")
		}
	}
}

// inSections writes the letters of the chapter's introduction.
func inSections(in catalog.In) string {
	b := []byte("- - - - -")
	for i, s := range []catalog.In{catalog.Global, catalog.Defaults, catalog.Frontend, catalog.Listen, catalog.Backend} {
		if in&s != 0 {
			b[2*i] = "GDFLB"[i]
		}
	}
	return string(b)
}

// inRules names the rule sets that take an action.
func inRules(sets rule.Sets) string {
	var list []string
	for _, s := range rule.ActionSets {
		if sets&rule.In(s) != 0 {
			list = append(list, rule.Phrase(s))
		}
	}
	return strings.Join(list, ", ")
}
