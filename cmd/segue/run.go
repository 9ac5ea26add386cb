package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"segue/internal/catalog"
	"segue/internal/lb"
	"segue/internal/link"
	"segue/internal/process/flags"
)

// run serves in this process until a signal ends it.
func run(opt *flags.Options, ix *catalog.Index) int {
	st := lb.NewState()
	m, r := load(opt, ix, st, false)
	if r == nil {
		return 1
	}
	e, err := link.NewEngine(m.Global.NbThread)
	if err != nil {
		fmt.Fprintf(os.Stderr, "[ALERT]    (%d) : cannot start a thread: %s\n", os.Getpid(), err)
		return 1
	}
	e.Process.State = st
	socks, warnings, err := e.Open(r, nil)
	for _, w := range warnings {
		fmt.Fprintf(os.Stderr, "[WARNING]  (%d) : %s\n", os.Getpid(), w)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "[ALERT]    (%d) : %s\n", os.Getpid(), err)
		return 1
	}
	e.Start()
	e.Use(r, socks)
	sig := make(chan os.Signal, 4)
	signal.Notify(sig, syscall.SIGTERM, syscall.SIGINT)
	<-sig
	e.Stop()
	return 0
}
