package vars

import (
	"errors"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/sample"
)

// SetGlobal carries out the "set-var" and "set-var-fmt" lines of the global
// section. Manual 3.1. Words[0] of a line is the directive. sc.Gen must have a
// State; nothing is set when there were errors.
func SetGlobal(lines []conf.RuleLine, sc *sample.Scope, d *diag.List) {
	// Constants need no connection, only somewhere to compute.
	s := &lb.Stream{Thread: &lb.Thread{Process: &lb.Process{}}, Session: &lb.Session{}, Gen: sc.Gen, Final: true}
	for i := range lines {
		rl := &lines[i]
		if at, err := setGlobal(rl, sc, s); err != nil {
			report(rl, at, err, d)
		}
	}
}

// setGlobal carries out one line. An error is about word at.
func setGlobal(rl *conf.RuleLine, sc *sample.Scope, s *lb.Stream) (at int, err error) {
	words := make([]string, 0, 4)
	for _, w := range rl.Words() {
		words = append(words, w.Text)
	}
	directive, what := words[0], "a sample expression"
	if directive == "set-var-fmt" {
		what = "a format string"
	}
	if len(words) < 3 {
		return len(words), errors.New("'" + directive + "' requires a process-wide variable name ('proc.<name>') and " + what + ".")
	}
	v, err := Find(words[1], sc)
	if err != nil {
		return 1, err
	}
	if v.scope != proc {
		return 1, errors.New("'" + directive + "': cannot set variable '" + v.Name + "', only scope 'proc' is permitted in the global section.")
	}
	own := *sc
	own.File, own.Line, own.Place = rl.Line.File, rl.Line.Num, 0
	if directive == "set-var-fmt" {
		f, err := logfmt.Compile(words[2], &own, logfmt.Options{Place: sample.Parser})
		if err != nil {
			return 2, err
		}
		v.Set(s, &sample.Value{Type: sample.Str, Bytes: f.AppendTo(nil, s)})
		return 0, nil
	}
	e, _, err := sample.ParseWords(words[2:], &own)
	if err != nil {
		return 2, err
	}
	if e.Where()&sample.Parser == 0 {
		return 2, errors.New("fetch method '" + e.Fetch().Name + "' extracts information from '" + e.Use().String() + "', none of which is available here")
	}
	var val sample.Value
	if e.Eval(s, &val) {
		v.Set(s, &val)
	}
	return 0, nil
}

// report prints the error of a line at its word.
func report(rl *conf.RuleLine, at int, err error, d *diag.List) {
	e := diag.Entry{Sev: diag.Alert, Pos: rl.Line.Pos(rl.From + at), Msg: err.Error()}
	var se *sample.Error
	if errors.As(err, &se) {
		e.Hint = se.Hint
	}
	d.Add(e)
}
