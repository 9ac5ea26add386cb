package lb

// CarriedHealth is what is known of a server's checks when its state comes from
// elsewhere: another process, or a state file.
type CarriedHealth struct {
	Check, Agent CarriedCheck
	Downs        int64 // chkdown
	FailedHana   int64 // hanafail
	Errors       int32 // consecutive, of observe
	// FromFile says that a state file told it: how the checks were configured
	// and when they are due is not known.
	FromFile bool
}

// CarriedCheck is one check. The settings are those it ran with, so that what
// the configuration changed can be told from what stayed. Durations in ns.
type CarriedCheck struct {
	Configured, Enabled, Paused bool

	Inter, Fast, Down int64
	Rise, Fall        int
	Addr, Send        string
	Port              int

	// Set at runtime; they hold while the settings above do.
	SetAddr, SetSend       string
	SetPort                int
	AddrWasSet, SendWasSet bool

	Health   int
	Status   int // as "show servers state" numbers it
	Result   int // the same
	Code     int
	Desc     string
	Duration int64 // ms
	Fails    int64
	Due      int64 // next run, unix ns; 0 = not planned
}
