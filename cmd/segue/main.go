// Command segue is a TCP and HTTP load balancer that reads HAProxy's
// configuration, command line and runtime API.
package main

import (
	"io"
	"os"
	"strings"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/diag"
	"segue/internal/features"
	"segue/internal/link"
	"segue/internal/process"
	"segue/internal/process/flags"
	"segue/internal/process/mcli"
)

func main() {
	early := process.Begin() // before anything that takes time
	ix := catalog.New(features.All()...)
	dumpWords(ix)
	os.Exit(process.Run(&process.Program{
		Early:   early,
		Version: link.Level,
		NewEngine: func() process.Engine {
			w := link.NewWorker(ix, hasFeature)
			w.Version = Version
			return w
		},
		VersionText: func(f flags.VersionForm) string { return string(version(f)) },
		PrintConfig: func(w io.Writer, opt *flags.Options, stdin io.Reader) *diag.List {
			return link.PrintConfig(w, opt, stdin, ix, hasFeature)
		},
		Condition: func(expr string) (bool, error) {
			return cfg.EvalCondition(expr, link.ReadOptions(link.Text{Env: os.Environ(), Features: hasFeature}, ix))
		},
	}, os.Args))
}

// dumpWords answers -dK: the words are listed, then the process goes on as
// without the option.
func dumpWords(ix *catalog.Index) {
	opt, exit := flags.Parse(os.Args)
	if exit != nil || opt.DumpKeywords == "" || process.IsChild() {
		return
	}
	ix.Master = mcli.Words()
	for class := range strings.SplitSeq(opt.DumpKeywords, ",") {
		ix.Dump(os.Stdout, class) //nolint:errcheck // a reader that left has seen enough
	}
}
