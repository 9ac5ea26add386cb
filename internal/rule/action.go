package rule

import (
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/keyword"
	"segue/internal/lb"
)

// Sets is a set of rule sets.
type Sets uint32

// In returns the set of the given rule sets.
func In(sets ...conf.RuleSet) (m Sets) {
	for _, s := range sets {
		m |= 1 << s
	}
	return m
}

// Action is a row of an action table.
type Action struct {
	keyword.Doc
	Sets Sets
	// Prefix: the row also takes names that begin with Name, such as
	// "set-var(txn.x)".
	Prefix bool
	// Final: nothing after an unconditional one can be reached.
	Final bool
	// Anywhere: the action's expressions are not held to the place of its rules,
	// and its name alone stands in messages. Only "http-error" is so.
	Anywhere bool
	// Parse compiles the words of a rule up to its condition: p.Words[0] is the
	// action's name. Errors are reported through p and yield nil.
	Parse func(p *Parser) lb.Action
}

// Words is the part of a rule line that an action may read.
type Words []cfg.Word
