package l4fetch

import (
	"errors"
	"os"
	"time"

	"segue/internal/lb"
	"segue/internal/sample"
)

// processRows are the fetches of the process and of time.
func processRows() []sample.Fetch {
	host, _ := os.Hostname()
	hostname := []byte(host)
	use, in := sample.UseConst, sample.UseInternal
	unit := []sample.ArgSpec{optional("unit", sample.ArgStr)}
	row := func(name string, use sample.Use, f func(*lb.Stream) int64, text string) sample.Fetch {
		return sample.Fetch{Doc: doc(name, internal, text), Out: sample.Int, Use: use, Eval: integer(f)}
	}
	return []sample.Fetch{
		{Doc: docArgs("accept_date", "[unit]", layer4, "When the connection was accepted, in s, ms or us since 1970."),
			Args: unit, Out: sample.Int, Use: sample.UseClient4, Check: checkUnit, Eval: acceptDate},
		row("act_conn", use, func(s *lb.Stream) int64 { return process(s).Conns.Load() }, "Client connections of the process."),
		{Doc: docArgs("date", "[offset[,unit]]", internal, "The time of day in s, ms or us since 1970, with an offset added."),
			Args: []sample.ArgSpec{optional("offset", sample.ArgInt), optional("unit", sample.ArgStr)},
			Out:  sample.Int, Use: use, Check: checkDate, Eval: date},
		row("date_us", use, func(s *lb.Stream) int64 { return wall(s) / 1e3 % 1e6 }, "The microseconds within the current second."),
		{Doc: doc("hostname", internal, "The system's host name."), Out: sample.Str, Use: use,
			Eval: func(_ *lb.Stream, _ []sample.Arg, v *sample.Value) bool { return text(v, hostname) }},
		row("nbproc", use, func(*lb.Stream) int64 { return 1 }, "1: there is one process."),
		row("pid", use, func(s *lb.Stream) int64 { return int64(process(s).PID) }, "The process number."),
		row("proc", use, func(*lb.Stream) int64 { return 1 }, "1: there is one process."),
		{Doc: docArgs("request_date", "[unit]", "7.3.6", "When the request began, in s, ms or us since 1970."),
			Args: unit, Out: sample.Int, Use: sample.UseReqMeta, Check: checkUnit, Eval: requestDate},
		{Doc: doc("stopping", internal, "True while the process stops softly."), Out: sample.Bool, Use: in,
			Eval: boolean(func(s *lb.Stream) bool { p := process(s); return p.Stopping.Load() || p.Announced.Load() })},
		row("tgroup", use, func(*lb.Stream) int64 { return 0 }, "0: there is one thread group."),
		row("thread", use, func(s *lb.Stream) int64 { return int64(s.Thread.Index) }, "The index of the thread."),
		row("uptime", use, func(s *lb.Stream) int64 { return (wall(s) - process(s).Started) / 1e9 }, "Seconds since the process started."),
	}
}

// nothing stands for the process where there is none: while parsing.
var nothing lb.Process

func process(s *lb.Stream) *lb.Process {
	if s.Thread.Process == nil {
		return &nothing
	}
	return s.Thread.Process
}

// wall is the time of day in unix ns, as the loop knows it.
func wall(s *lb.Stream) int64 {
	if s.Thread.Loop == nil { // while parsing
		return time.Now().UnixNano()
	}
	return s.Thread.WallNow()
}

// divisor returns the ns of a unit of dates, 0 for an unknown one.
func divisor(unit string) int64 {
	switch unit {
	case "", "s":
		return 1e9
	case "ms":
		return 1e6
	case "us":
		return 1e3
	}
	return 0
}

func parseUnit(a *sample.Arg) (err error) {
	if a.Int = divisor(a.Str); a.Int == 0 || a.Str == "" && a.Type != sample.ArgNone {
		err = errors.New("expects 's', 'ms' or 'us', got '" + a.Str + "'")
	}
	return err
}

func checkUnit(args []sample.Arg, _ *sample.Scope) error { return parseUnit(&args[0]) }
func checkDate(args []sample.Arg, _ *sample.Scope) error { return parseUnit(&args[1]) }

func date(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	v.SetInt(wall(s)/args[1].Int + args[0].Int)
	return true
}

func acceptDate(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	if s.Session == nil {
		return false
	}
	v.SetInt(s.Session.AcceptWall / args[0].Int)
	return true
}

func requestDate(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	v.SetInt(s.StartWall / args[0].Int)
	return true
}
