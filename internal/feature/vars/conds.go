package vars

import (
	"errors"
	"strings"

	"segue/internal/lb"
	"segue/internal/sample"
)

// conds are the conditions of set-var: all must hold. Manual 7.3.1 "set-var".
type conds uint16

const (
	ifExists conds = 1 << iota
	ifNotExists
	ifEmpty
	ifNotEmpty
	ifSet
	ifNotSet
	ifGreater
	ifLess
)

var condNames = map[string]conds{
	"ifexists": ifExists, "ifnotexists": ifNotExists, "ifempty": ifEmpty, "ifnotempty": ifNotEmpty,
	"ifset": ifSet, "ifnotset": ifNotSet, "ifgt": ifGreater, "iflt": ifLess,
}

// parseConds reads "cond,cond".
func parseConds(words []string) (c conds, err error) {
	for _, w := range words {
		bit, ok := condNames[strings.TrimSpace(w)]
		if !ok {
			return 0, errors.New("unknown condition \"" + w + "\"")
		}
		c |= bit
	}
	return c, nil
}

// hold reports whether val may be stored in v.
func (c conds) hold(s *lb.Stream, v *Variable, val *sample.Value) bool {
	if c == 0 {
		return true
	}
	if c&(ifExists|ifNotExists) != 0 {
		exists := v.exists(s)
		if exists && c&ifNotExists != 0 || !exists && c&ifExists != 0 {
			return false
		}
	}
	if c&(ifEmpty|ifNotEmpty) != 0 {
		empty := (val.Type == sample.Str || val.Type == sample.Bin) && len(val.Bytes) == 0
		if empty && c&ifNotEmpty != 0 || !empty && c&ifEmpty != 0 {
			return false
		}
	}
	if c&(ifSet|ifNotSet|ifGreater|ifLess) == 0 {
		return true
	}
	var old sample.Value
	set := v.Get(s, &old)
	switch {
	case set && c&ifNotSet != 0, !set && c&ifSet != 0:
		return false
	case !set || old.Type != sample.Int || val.Type != sample.Int:
		return true
	case c&ifGreater != 0 && old.Int <= val.Int, c&ifLess != 0 && old.Int >= val.Int:
		return false
	}
	return true
}
