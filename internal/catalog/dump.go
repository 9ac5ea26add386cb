package catalog

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"segue/internal/command"
	"segue/internal/keyword"
	"segue/internal/rule"
	"segue/internal/sample"
)

// classes are the listings of -dK in the order of -dKall.
var classes = []struct {
	name, heading string
	print         func(ix *Index, w *bufio.Writer)
}{
	{"acl", "ACL keywords", dumpACL},
	{"cfg", "configuration keywords", dumpConfig},
	{"cli", "CLI keywords", dumpCommands},
	{"cnv", "sample converter functions", dumpConverters},
	{"flt", "filter names", func(ix *Index, w *bufio.Writer) { dumpDocs(ix, w, func(f *Feature) []keyword.Doc { return f.Filters }) }},
	{"log", "log aliases", func(ix *Index, w *bufio.Writer) {
		dumpDocs(ix, w, func(f *Feature) []keyword.Doc { return f.LogAliases })
	}},
	{"smp", "sample fetch functions", dumpFetches},
	{"svc", "service names", func(ix *Index, w *bufio.Writer) {
		dumpDocs(ix, w, func(f *Feature) []keyword.Doc { return f.Services })
	}},
}

// Dump writes the words of a class as "-dK<class>" does: acl, cfg, cli, cnv,
// flt, log (ours), smp, svc, or all. It reports whether there is such a class.
func (ix *Index) Dump(out io.Writer, class string) (known bool, err error) {
	w := bufio.NewWriter(out)
	for _, c := range classes {
		if class != "all" && class != c.name {
			continue
		}
		known = true
		fmt.Fprintf(w, "# List of registered %s:\n", c.heading)
		c.print(ix, w)
	}
	return known, w.Flush()
}

// lines writes sorted lines, each once.
func lines(w *bufio.Writer, list []string) {
	slices.Sort(list)
	for _, l := range slices.Compact(list) {
		w.WriteString(l)
		w.WriteByte('\n')
	}
}

func dumpACL(ix *Index, w *bufio.Writer) {
	var list []string
	for _, a := range ix.aliases {
		method := a.Method
		if a.Dotted {
			method = "int"
		}
		list = append(list, a.Name+" = "+a.Fetch+" -m "+method)
	}
	lines(w, list)
}

// Signature is how a row's arguments are listed: "(string[,integer])".
func Signature(specs []sample.ArgSpec) string {
	if len(specs) == 0 {
		return ""
	}
	b := []byte{'('}
	for i, a := range specs {
		if a.Optional && (i == 0 || !specs[i-1].Optional) {
			b = append(b, '[')
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, a.Type.String()...)
	}
	if specs[len(specs)-1].Optional {
		b = append(b, ']')
	}
	return string(append(b, ')'))
}

func dumpConverters(ix *Index, w *bufio.Writer) {
	var list []string
	for _, c := range ix.converters {
		// The reference has the result first.
		list = append(list, c.Name+Signature(c.Args)+": "+c.Out.String()+" => "+c.In.String())
	}
	lines(w, list)
}

// dumpFetches writes the matrix of places above the rows.
func dumpFetches(ix *Index, w *bufio.Writer) {
	for i := range sample.Places {
		fmt.Fprintf(w, "#%s%s_.%s %s\n", strings.Repeat(" ", sample.Places+1-i), strings.Repeat("/ ", i),
			strings.Repeat("-", sample.Places-i), sample.Place(1)<<i)
	}
	fmt.Fprintf(w, "# %s \n# %s\n", strings.Repeat("/ ", sample.Places), strings.Repeat("| ", sample.Places))
	for _, name := range ix.FetchNames() {
		f := ix.fetches[name]
		w.Write(f.Use.Where().Matrix(nil))
		fmt.Fprintf(w, " %s%s: %s\n", f.Name, Signature(f.Args), f.Out)
	}
}

func dumpDocs(ix *Index, w *bufio.Writer, of func(*Feature) []keyword.Doc) {
	var list []string
	for _, f := range ix.features {
		for _, d := range of(f) {
			list = append(list, d.Name)
		}
	}
	lines(w, list)
}

// dumpCommands marks each command with the processes that answer it; one that
// only says that it is not built is not listed.
func dumpCommands(ix *Index, w *bufio.Writer) {
	marks := map[string]string{}
	for i := range ix.Master {
		marks[ix.Master[i].Name] = " [MASTER]"
	}
	own := func(rows []command.Command) {
		for i := range rows {
			if rows[i].Effect != keyword.Unbuilt {
				marks[rows[i].Name] += " [WORKER]" + modeMarks(&rows[i])
			}
		}
	}
	own(command.Builtin())
	for _, f := range ix.features {
		own(f.Commands)
	}
	list := make([]string, 0, len(marks))
	for name, m := range marks {
		list = append(list, name+m+" ")
	}
	lines(w, list)
}

func modeMarks(c *command.Command) string {
	marks := ""
	if c.Expert {
		marks += " [EXPERT]"
	}
	if c.Experimental {
		marks += " [EXPERIM]"
	}
	return marks
}

// dumpConfig writes the words by section: global, then all of the proxies as
// "listen", then the others.
func dumpConfig(ix *Index, w *bufio.Writer) {
	var global, listen []string
	for _, f := range ix.features {
		for i := range f.Directives {
			d := &f.Directives[i]
			name := d.Name
			if d.Listed != "" {
				name = d.Listed
			}
			if d.In&Global != 0 {
				global = append(global, "\t"+name)
			}
			if d.In&Proxies != 0 {
				listen = append(listen, "\t"+name)
			}
		}
		for i := range f.BindWords {
			listen = append(listen, "\tbind <addr> "+f.BindWords[i].Name+argCount(f.BindWords[i].NArgs))
		}
		for i := range f.ServerWords {
			listen = append(listen, "\tserver <name> <addr> "+f.ServerWords[i].Name+argCount(f.ServerWords[i].NArgs))
		}
		for i := range f.Actions {
			listen = appendActions(listen, &f.Actions[i])
		}
	}
	w.WriteString("global\n")
	lines(w, global)
	w.WriteString("listen\n")
	lines(w, listen)
	for _, name := range names(ix.sections) {
		w.WriteString(name + "\n")
		var list []string
		for _, d := range ix.sections[name].Words {
			list = append(list, "\t"+d.Name)
		}
		lines(w, list)
	}
}

func argCount(n int) string {
	if n == 0 {
		return ""
	}
	return " +" + strconv.Itoa(max(n, 1))
}

// appendActions lists an action under each of its rule sets; "*" stands for what
// may follow the name.
func appendActions(list []string, a *rule.Action) []string {
	star := ""
	if a.Prefix {
		star = "*"
	}
	for _, s := range rule.ActionSets {
		if a.Sets&rule.In(s) != 0 {
			list = append(list, "\t"+rule.Phrase(s)+" "+strings.TrimSuffix(a.Name, "*")+star)
		}
	}
	return list
}
