package vars

import (
	"errors"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/sample"
)

// SetGlobal computes the "set-var" and "set-var-fmt" lines of the global
// section. Manual 3.1. Words[0] of a line is the directive. The variables get
// their values when the returned function is called, at activation: a
// configuration that fails has set nothing. sc.Gen must have a State, the draft
// if there is one.
//
// What the configuration says wins where that changed; otherwise what was set at
// runtime stays. A variable that is not set any more is cleared.
func SetGlobal(lines []conf.RuleLine, sc *sample.Scope, d *diag.List) (adopt func()) {
	// The lines see each other's variables and no others, as in a new process.
	own := *sc
	own.Gen = &lb.Generation{Conf: sc.Gen.Conf, State: lb.NewState(), Fronts: sc.Gen.Fronts, Backs: sc.Gen.Backs}
	// Constants need no connection, only somewhere to compute.
	s := &lb.Stream{Thread: &lb.Thread{Process: &lb.Process{}}, Session: &lb.Session{}, Gen: own.Gen, Final: true}
	set := map[*procVar]*procVar{}
	for i := range lines {
		rl := &lines[i]
		name, at, err := setGlobal(rl, &own, s)
		if err != nil {
			report(rl, at, err, d)
			continue
		}
		set[ProcVar(sc.Gen.State, name)] = ProcVar(own.Gen.State, name)
	}
	state := sc.Gen.State
	return func() {
		for _, v := range state.Objects() {
			if p, ok := v.(*procVar); ok {
				p.configure(set[p])
			}
		}
	}
}

// setGlobal carries out one line and returns the variable that it set. An error
// is about word at.
func setGlobal(rl *conf.RuleLine, sc *sample.Scope, s *lb.Stream) (name string, at int, err error) {
	words := make([]string, 0, 4)
	for _, w := range rl.Words() {
		words = append(words, w.Text)
	}
	directive, what := words[0], "a sample expression"
	if directive == "set-var-fmt" {
		what = "a format string"
	}
	if len(words) < 3 {
		return "", len(words), errors.New("'" + directive + "' requires a process-wide variable name ('proc.<name>') and " + what + ".")
	}
	v, err := Find(words[1], sc)
	if err != nil {
		return "", 1, err
	}
	if v.scope != proc {
		return "", 1, errors.New("'" + directive + "': cannot set variable '" + v.Name + "', only scope 'proc' is permitted in the global section.")
	}
	at, err = compute(v, words, rl, sc, s)
	return v.Name, at, err
}

// compute sets v to what words[2:] say.
func compute(v *Variable, words []string, rl *conf.RuleLine, sc *sample.Scope, s *lb.Stream) (at int, err error) {
	own := *sc
	own.File, own.Line, own.Place = rl.Line.File, rl.Line.Num, 0
	if words[0] == "set-var-fmt" {
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
