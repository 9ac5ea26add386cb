package conf

import "segue/internal/cfg"

// Ring is a ring section. Manual 12.5.
type Ring struct {
	Name, Desc string
	Line       cfg.Line
	Size       int    // bytes; 0 = tune.bufsize
	MaxLen     int    // of a message, in bytes; 0 = what fits
	Format     string // "" = what the log line says
	// Proxy holds its servers and timeouts; it is no proxy of the model.
	Proxy *Proxy
}

// LogForward is a log-forward section. Manual 12.6.
type LogForward struct {
	// Proxy holds its name, listeners, log lines, limits and timeouts; it is no
	// proxy of the model. Listeners of datagrams have Addr.Dgram.
	Proxy     *Proxy
	AssumeNTF bool
	DontParse bool
	Host      string // replace, fill, keep, append
}
