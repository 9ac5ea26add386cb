package main

import (
	"fmt"
	"os"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/link"
	"segue/internal/process/flags"
)

// condition is -cc: exit 0 when the condition holds.
func condition(opt *flags.Options, ix *catalog.Index) int {
	ok, err := cfg.EvalCondition(opt.Condition, link.ReadOptions(text(opt), ix))
	if err != nil {
		fmt.Fprintf(os.Stderr, "[ALERT]    (%d) : config : %s\n", os.Getpid(), err)
		return 1
	}
	if !ok {
		return 1
	}
	return 0
}

func text(opt *flags.Options) link.Text {
	return link.Text{Files: opt.Files, Stdin: os.Stdin, Env: link.Environ(opt.Files, opt.LocalPeer), Features: hasFeature}
}

// load reads and links the configuration against st and prints what there is to
// say. It returns nil when there were errors.
func load(opt *flags.Options, ix *catalog.Index, st *lb.State, check bool) (*conf.Model, *link.Result) {
	d := &diag.List{}
	m := link.Load(text(opt), ix, d)
	r := link.Link(m, link.Input{State: st, Index: ix, Diag: d, Tag: opt.Program, Check: check})
	d.Print(os.Stderr, diag.PrintOptions{PID: os.Getpid(), Version: link.Level, Path: os.Args[0], Quiet: opt.Quiet, Diag: opt.Diagnostic})
	if d.Errors() > 0 || opt.ZeroWarning && d.Warnings() > 0 {
		fmt.Fprintf(os.Stderr, "[ALERT]    (%d) : config : Fatal errors found in configuration.\n", os.Getpid())
		return nil, nil
	}
	return m, r
}

// check is -c: nothing is bound, the exit status says what was found.
func check(opt *flags.Options, ix *catalog.Index) int {
	_, r := load(opt, ix, lb.NewState(), true)
	switch {
	case r == nil:
		return 1
	case len(r.Binds) == 0:
		if !opt.Quiet {
			fmt.Println("Configuration file has no error but will not start (no listener) => exit(2).")
		}
		return 2
	}
	if opt.Verbose {
		fmt.Println("Configuration file is valid")
	}
	return 0
}
