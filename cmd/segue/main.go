// Command segue is a TCP and HTTP load balancer that reads HAProxy's
// configuration, command line and runtime API.
package main

import (
	"fmt"
	"os"

	"segue/internal/catalog"
	"segue/internal/features"
	"segue/internal/process/flags"
)

func main() {
	opt, exit := flags.Parse(os.Args)
	if exit != nil {
		if exit.Alert != "" {
			fmt.Fprintf(os.Stderr, "[ALERT]    (%d) : %s\n", os.Getpid(), exit.Alert)
		}
		if exit.Usage {
			os.Stderr.Write(flags.AppendUsage(versionLines(nil), opt.Program))
		}
		os.Exit(exit.Status)
	}
	if opt.VersionPrinting {
		os.Stdout.Write(version(opt.VersionForm))
		return
	}
	if opt.Dir != "" {
		if err := os.Chdir(opt.Dir); err != nil {
			fmt.Fprintf(os.Stderr, "[ALERT]    (%d) : Could not change to directory %s : %s\n", os.Getpid(), opt.Dir, err)
			os.Exit(1)
		}
	}
	ix := catalog.New(features.All()...)
	switch {
	case opt.HasCondition:
		os.Exit(condition(opt, ix))
	case opt.Check:
		os.Exit(check(opt, ix))
	}
	os.Exit(run(opt, ix))
}
