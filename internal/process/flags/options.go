package flags

// Signal is what the processes named by -sf and -st are told once the new one
// serves.
type Signal string

// The two ways to end an old process.
const (
	Finish    Signal = "finish"    // -sf: SIGUSR1, end when the last stream has ended
	Terminate Signal = "terminate" // -st: SIGTERM, end at once
)

// Options are the command line. The zero value is a command line without
// options.
type Options struct {
	Program string   // last element of argv[0], as log tag and in the usage text
	Files   []string // of -f and --, in order; directories are not yet expanded
	Dir     string   // -C: working directory while starting
	HasDir  bool     // -C was given; an empty Dir is then an error of chdir

	Check        bool   // -c: check and exit
	Condition    string // -cc: the condition to evaluate
	HasCondition bool   // -cc was given

	Daemon     bool // -D
	Foreground bool // -db, -d: never daemonize
	Debug      bool // -d
	Quiet      bool // -q
	Verbose    bool // -V; undoes Quiet
	Master     bool // -W, -Ws
	Systemd    bool // -Ws

	MaxConn      int // -n: connections of the process; 0 if not given
	ProxyMaxConn int // -N: connections of a proxy by default; 0 if not given
	MaxMemory    int // -m: megabytes; 0 if not given

	LocalPeer string // -L
	PidFile   string // -p

	OldPIDs    []int    // -sf, -st
	OldSignal  Signal   // of the last -sf or -st; "" if there was none
	Takeover   string   // -x: socket of the process whose listeners to take
	MasterCLIs []string // -S: "address,option,option"

	IPv4Only        bool   // -4
	NoEpoll         bool   // -de; accepted, there is no other poller
	NoPoll          bool   // -dp
	NoSplice        bool   // -dS
	NoGetaddrinfo   bool   // -dG
	NoReusePort     bool   // -dR
	NoFastForward   bool   // -dF
	NoZeroCopy      bool   // -dZ
	NoKTLS          bool   // -dT
	IgnoreResolve   bool   // -dr
	NoServerVerify  bool   // -dV
	ZeroWarning     bool   // -dW
	Diagnostic      bool   // -dD
	InsecureFork    bool   // -dI
	ShowCPUs        bool   // -dc
	DumpLibs        bool   // -dL
	LibsArchive     string // -dA: tar file to write
	DumpKeywords    string // -dK: comma-separated classes
	DumpConfig      bool   // -dC
	DumpConfigKey   string // key of -dC; anonymised when not "" and not "0"
	Memory          string // -dM: what follows the letters
	HasMemory       bool   // -dM was given
	Trace           string // -dt: comma-separated traces
	HasTrace        bool   // -dt was given
	Warnings        []string
	Notices         []string    // what was read and has no effect
	VersionForm     VersionForm // -v, -vv, -vq...; ends the process
	VersionPrinting bool        // one of the -v options was given
}

// VersionForm is how much of the version is asked for.
type VersionForm uint8

// The forms of -v.
const (
	VersionLong   VersionForm = iota // -v: four lines
	VersionBuild                     // -vv: and how it was built
	VersionPlain                     // -vq: "3.4.0-abc"
	VersionShort                     // -vqs: "3.4.0"
	VersionBranch                    // -vqb: "3.4"
)

// Exit is an early end of the process that the command line asks for or makes
// necessary.
type Exit struct {
	Status int
	Usage  bool   // print the version and the usage text
	Quiet  bool   // -q silences the alert
	Text   string // print this to the standard output; nothing is wrong
	Alert  string // print this as an alert; without line feed
}

// Error returns the alert, or "usage".
func (e *Exit) Error() string {
	if e.Alert != "" {
		return e.Alert
	}
	return "usage"
}
