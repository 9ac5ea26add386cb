package process

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"segue/internal/diag"
	"segue/internal/process/flags"
	"segue/internal/process/listen"
	"segue/internal/process/privs"
)

// Program is what a main function passes to Run.
type Program struct {
	Version string // "3.4.0-segue1", for messages and "show proc"
	// NewEngine is called once in each process that needs one.
	NewEngine func() Engine
	// VersionText answers -v, -vv and so on.
	VersionText func(flags.VersionForm) string
	// Condition evaluates the argument of -cc.
	Condition func(expr string) (bool, error)
	// PrintConfig answers -dC; nil when there is no such option.
	PrintConfig func(w io.Writer, opt *flags.Options, stdin io.Reader) *diag.List
	// Early is what Begin returned, nil if it was not called.
	Early chan os.Signal
}

// noListener is what "-c" says of a valid configuration without listeners.
const noListener = "Configuration file has no error but will not start (no listener) => exit(2)."

// exitNoListener is the status of a valid configuration without listeners.
const exitNoListener = 2

// validatorOut is where a validator says everything: its master keeps it for
// "show startup-logs" and for the answer to "reload", and prints it unless quiet.
var validatorOut io.Writer = stderr{}

// stderr is the standard error output, told apart from that of other processes.
type stderr struct{}

func (stderr) Write(p []byte) (int, error) { return os.Stderr.Write(p) }

// noMaster is what is said to -S without a master.
const noMaster = "a master CLI socket was defined, but master-worker mode (-W) is not enabled."

// Run does what the command line asks for and returns the exit status. It must
// be called on the main goroutine, which should have called Begin first.
func Run(p *Program, argv []string) int {
	if p.Early == nil {
		p.Early = Begin()
	}
	as := role(os.Getenv(roleEnv))
	if as != roleNone {
		nameThread(filepath.Base(argv[0]))
	}
	opt, exit := flags.Parse(argv)
	con := &console{w: os.Stderr, quiet: opt.Quiet}
	if exit != nil {
		return p.leave(con, opt, exit)
	}
	for _, w := range opt.Warnings {
		if as == roleNone {
			con.warn(w)
		}
	}
	for _, n := range opt.Notices {
		if as == roleNone && !opt.VersionPrinting && !opt.HasCondition {
			con.notice(n)
		}
	}
	switch {
	case opt.VersionPrinting:
		fmt.Print(p.VersionText(opt.VersionForm))
		return 0
	case opt.HasCondition:
		return p.condition(con, opt.Condition)
	case as == roleWorker:
		return runWorker(p, con)
	case as == roleValidator:
		return runValidator(p, opt)
	}
	if opt.HasDir && os.Getenv(dirEnv) == "" {
		if err := os.Chdir(opt.Dir); err != nil {
			con.alert("Could not change to directory " + opt.Dir + " : " + listen.Reason(err))
			return 1
		}
		os.Setenv(dirEnv, "1")
	}
	if opt.DumpConfig && p.PrintConfig != nil {
		return p.printConfig(opt)
	}
	if opt.Check {
		return p.check(con, opt)
	}
	return p.serve(con, opt, as)
}

// leave ends a process whose command line is wrong.
func (p *Program) leave(con *console, opt *flags.Options, exit *flags.Exit) int {
	con.quiet = opt.Quiet && exit.Quiet // what is wrong with the command line is always said, as HAProxy does
	if exit.Alert != "" {
		con.alert(exit.Alert)
	}
	os.Stdout.WriteString(exit.Text) //nolint:errcheck // as for every message
	if exit.Usage {
		fmt.Print(p.VersionText(flags.VersionLong))
		os.Stderr.Write(flags.AppendUsage(nil, opt.Program)) //nolint:errcheck // as for every message
	}
	return exit.Status
}

func (p *Program) condition(con *console, expr string) int {
	yes, err := p.Condition(expr)
	switch {
	case err != nil:
		con.alert(err.Error())
		return 2
	case yes:
		return 0
	}
	return 1
}

// plan reads the configuration and prints what there is to say about it.
func (p *Program) plan(e Engine, opt *flags.Options, w io.Writer) (*Bundle, int) {
	path, _ := os.Executable()
	b, list := e.Plan(opt, os.Stdin)
	if b != nil {
		opt.Quiet = opt.Quiet || b.Settings.Quiet && !opt.Verbose
		opt.ZeroWarning = opt.ZeroWarning || b.Settings.ZeroWarning
	}
	if opt.ZeroWarning && list.Warnings() > 0 && list.Errors() == 0 {
		list.Add(diag.Entry{Sev: diag.Alert, Bare: true, Msg: "Some warnings were found and 'zero-warning' is set. Aborting."})
	}
	if opt.Quiet && w != validatorOut {
		w = io.Discard // the exit status has to do. Management manual, chapter 3 "-q"
	}
	// A message that cannot be written must not keep the service from starting.
	var said strings.Builder
	list.Print(io.MultiWriter(w, &said), diag.PrintOptions{PID: os.Getpid(), Diag: opt.Diagnostic, Version: p.Version, Path: path, Quiet: opt.Quiet}) //nolint:errcheck
	if b == nil || list.Errors() > 0 {
		return nil, 1
	}
	b.Version, b.Said, b.Warnings = p.Version, said.String(), list.Warnings()
	b.Options = *opt
	if opt.PidFile != "" {
		b.Settings.PidFile = opt.PidFile
	}
	return b, 0
}

// printConfig is -dC, which ends the process as in HAProxy 3.4: nothing was
// interpreted, so that there is no listener.
func (p *Program) printConfig(opt *flags.Options) int {
	var out, said io.Writer = os.Stdout, os.Stderr
	if opt.Quiet {
		out, said = io.Discard, io.Discard
	}
	list := p.PrintConfig(out, opt, os.Stdin)
	list.Print(said, diag.PrintOptions{PID: os.Getpid(), Version: p.Version}) //nolint:errcheck // as for every message
	switch {
	case list.Errors() > 0:
		return 1
	case opt.Check:
		fmt.Fprintln(out, noListener) //nolint:errcheck // as above
		return exitNoListener
	}
	return 0
}

// check is "-c".
func (p *Program) check(con *console, opt *flags.Options) int {
	b, status := p.plan(p.NewEngine(), opt, os.Stderr)
	if status == 0 && b.Warnings > 0 && !opt.Quiet {
		fmt.Println("Warnings were found.")
	}
	switch {
	case status != 0:
		return status
	case len(opt.MasterCLIs) > 0 && !opt.Master && !b.Settings.MasterWorker:
		con.quiet = opt.Quiet
		con.alert(noMaster)
		return 1
	}
	if status := dumps(con, opt); status != 0 {
		return status
	}
	switch {
	case len(b.Listeners) == 0:
		if !opt.Quiet {
			fmt.Println(noListener)
		}
		return exitNoListener
	case opt.Verbose:
		fmt.Println("Configuration file is valid")
	}
	return 0
}

// dumps is what -dL, -dA and -dc print when the configuration has been read.
func dumps(con *console, opt *flags.Options) int {
	err := dumpLibs(os.Stdout, opt)
	if opt.ShowCPUs {
		err = errors.Join(err, dumpCPUs(os.Stdout))
	}
	if err != nil {
		con.alert(err.Error())
		return 1
	}
	return 0
}

// runValidator is the validator: it checks everything that can be checked
// without changing anything, and writes the bundle.
func runValidator(p *Program, opt *flags.Options) int {
	con := &console{w: validatorOut} // the master prints it or not
	parent := os.Getenv(parentEnv)
	if !dieWithParent(parent) {
		return 1
	}
	out := os.NewFile(childFD, "bundle")
	b, status := p.plan(p.NewEngine(), opt, validatorOut)
	if status != 0 {
		return status
	}
	if err := checkSettings(con, b); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			con.alert(line)
		}
		return 1
	}
	if len(b.Listeners) == 0 {
		con.alert("Configuration file has no error but will not start (no listener).")
		return exitNoListener
	}
	if _, err := b.WriteTo(out); err != nil {
		con.alert(err.Error())
		return 1
	}
	return 0
}

// checkSettings tells whether the process could run with the bundle's
// settings.
func checkSettings(con *console, b *Bundle) error {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return fmt.Errorf("cannot read the limit of descriptors: %w", err)
	}
	need := b.Settings.Need
	need.MayRaise = privs.MayRaise()
	warn := func(text string) {
		b.Warnings++
		b.Said += con.warn(text)
	}
	_, _, warning, err := need.Limit(r.Cur, r.Max)
	if warning != "" {
		warn(warning)
	}
	if b.Settings.Privs.Landlock && privs.LandlockABI() == 0 {
		warn("'landlock' has no effect: the kernel has no Landlock (CONFIG_SECURITY_LANDLOCK, 'lsm=').")
	}
	warning, lacks := b.Settings.Rights.Suit(&b.Settings.Privs)
	if warning != "" {
		warn(warning)
	}
	if err = errors.Join(err, lacks, privs.Check(&b.Settings.Privs)); err == nil {
		for _, line := range b.Settings.Privs.Advice() {
			warn(line)
		}
	}
	return err
}

// serve is every start that is meant to last.
func (p *Program) serve(con *console, opt *flags.Options, as role) int {
	if as == roleMaster {
		return runMaster(p, opt, con, nil, true)
	}
	var ready *os.File
	switch {
	case as == roleDaemon:
		ready = os.NewFile(childFD, "ready")
		if err := con.openNull(); err != nil {
			con.alert(err.Error())
			return 1
		}
		opt.Daemon = true // whoever asked for it
	case opt.Daemon && !opt.Foreground:
		return launch(con, opt.OldPIDs)
	case opt.Master && !opt.Foreground && !opt.Systemd && saysDaemon(opt.Files):
		return launch(con, opt.OldPIDs)
	}
	if opt.Master {
		if status := dumps(con, opt); status != 0 {
			return status
		}
		return runMaster(p, opt, con, ready, false)
	}
	signal.Notify(p.Early, standaloneSignals...)
	e := p.NewEngine()
	var said bytes.Buffer
	b, status := p.plan(e, opt, &said)
	background := status == 0 && b.Settings.Daemon && !opt.Foreground && ready == nil && len(opt.MasterCLIs) == 0 && len(b.Listeners) > 0
	switch { // who reads the file once more says what there is to say
	case status == 0 && b.Settings.MasterWorker:
		// Only now do we know. Start over, so that the master's memory has
		// not seen the file.
		return becomeMaster(con)
	case background:
		return launch(con, opt.OldPIDs)
	}
	os.Stderr.Write(said.Bytes()) //nolint:errcheck // as for every message
	switch {
	case status != 0:
		return status
	case len(opt.MasterCLIs) > 0:
		con.quiet = opt.Quiet
		con.alert(noMaster)
		return 1
	case len(b.Listeners) == 0:
		con.quiet = opt.Quiet
		con.alert("[" + os.Args[0] + ".main()] No enabled listener found (check for 'bind' directives) ! Exiting.")
		return 1
	}
	con.quiet = opt.Quiet
	if status := dumps(con, opt); status != 0 {
		return status
	}
	return runStandalone(e, b, con, ready, p.Early)
}

// becomeMaster executes the binary again in the same process. A daemon's pipe
// and role stay with it.
func becomeMaster(con *console) int {
	self, err := openProgram()
	if err == nil {
		err = unix.Exec("/proc/self/fd/"+fmt.Sprint(self.fd), append([]string{os.Args[0], "-W"}, os.Args[1:]...), os.Environ())
	}
	con.alert("cannot start the master: " + err.Error())
	return 1
}
