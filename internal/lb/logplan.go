package lb

import "segue/internal/conf"

// LogPlan says how and where a frontend logs.
type LogPlan struct {
	Format, Error, SD Formatter
	Handshake         Formatter // of connections that fail before a stream. Manual 8.2.5
	Targets           []LogTarget
	// Profiles has the profile of each target, nil where none has one.
	Profiles []*LogProfile
	Tag      []byte
	// Wants says which events the format needs to wait for.
	ASAP  bool
	Early bool // written when the connection is accepted
	// Steps has a bit for each conf.LogOrigin of "log-steps"; 0 = only at the end.
	Steps uint32
	// Stepwise says that lines may be written before the end: Steps or ASAP.
	Stepwise bool
	// Server says that formats show the connection to the server: see Stream.Remember.
	Server bool
	// Skip says that a stream is not logged (dontlognull, dontlog-normal).
	Skip func(s *Stream) bool
	// ErrorLevel raises the level of failed streams (log-separate-errors).
	ErrorLevel bool
}

// LogTarget takes finished log messages; it is implemented by package link over
// the syslog sinks.
type LogTarget interface {
	Send(th *Thread, level int, sd, msg []byte)
	// SendAs is Send under another tag.
	SendAs(th *Thread, level int, tag string, sd, msg []byte)
}

// LogProfile replaces the formats of a target. Manual 8.3.5.
type LogProfile struct {
	Tag   string // of "do-log profile"; targets have their profile's already
	Steps [conf.LogOrigins]*LogStep
}

// LogStep is what a profile says of one origin; nil formats are the proxy's.
type LogStep struct {
	Drop       bool
	Format, SD Formatter
}

// at returns what holds for an origin, nil where the profile says nothing.
func (p *LogProfile) at(o conf.LogOrigin) *LogStep {
	if p == nil {
		return nil
	}
	if step := p.Steps[o]; step != nil {
		return step
	}
	return p.Steps[conf.LogAny]
}

// Write sends the line of s to all targets. own, if not nil, takes the place of
// the targets' profiles.
func (p *LogPlan) Write(s *Stream, origin conf.LogOrigin, level int, own *LogProfile) {
	th := s.Thread
	s.LogOrigin = origin
	format := p.Format
	if origin == conf.LogError && p.Error != nil {
		format = p.Error
	}
	// Fast path: one line for all targets.
	th.LogBuf = format.AppendTo(th.LogBuf[:0], s)
	line := th.LogBuf
	var sd []byte
	if p.SD != nil {
		th.LogBuf = p.SD.AppendTo(th.LogBuf, s)
		sd = th.LogBuf[len(line):]
	}
	plain := own == nil && (p.Profiles == nil || p.Early && origin != conf.LogError)
	for i, t := range p.Targets {
		if plain {
			t.Send(th, level, sd, line)
			continue
		}
		profile := own
		if own == nil {
			profile = p.Profiles[i]
		}
		p.special(s, t, profile, level, sd, line, own != nil)
	}
	s.LogOrigin = conf.LogUnspec
}

// special sends a line as profile has it.
func (p *LogPlan) special(s *Stream, t LogTarget, profile *LogProfile, level int, sd, line []byte, tagged bool) {
	th := s.Thread
	if step := profile.at(s.LogOrigin); step != nil {
		if step.Drop {
			return
		}
		if step.Format != nil {
			n := len(th.LogBuf)
			th.LogBuf = step.Format.AppendTo(th.LogBuf, s)
			line = th.LogBuf[n:]
		}
		if step.SD != nil {
			n := len(th.LogBuf)
			th.LogBuf = step.SD.AppendTo(th.LogBuf, s)
			sd = th.LogBuf[n:]
		}
	}
	if tagged && profile.Tag != "" {
		t.SendAs(th, level, profile.Tag, sd, line)
		return
	}
	t.Send(th, level, sd, line)
}
