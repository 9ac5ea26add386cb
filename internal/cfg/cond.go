package cfg

import (
	"fmt"
	"strconv"
	"strings"
)

// maxDepth bounds how deep a condition may nest (MAX_CFG_RECURSION in
// HAProxy's include/haproxy/defaults.h).
const maxDepth = 1024

// A condError says what is wrong with a condition, and at which byte of it.
type condError struct {
	msg string
	pos int // byte offset; may be the expression's length
}

// condMessage is an error whose text is printed as it is.
type condMessage string

func (m condMessage) Error() string { return string(m) }

// EvalCondition evaluates a condition given on the command line (-cc). It is
// split into words and joined again, as on a line of a configuration. The
// error's text is the whole message for the operator.
func EvalCondition(expr string, opt *Options) (bool, error) {
	look := func(name string) (string, bool) { v, ok := opt.Env[name]; return v, ok }
	s := splitter{raw: expr, env: look, plainHash: true}
	if err := s.split(); err != nil {
		return false, condMessage("Syntax Error in condition: " + strings.ToUpper(err.msg[:1]) + err.msg[1:] + ".")
	}
	l := Line{Words: s.words}
	ok, err := evalCondition(strings.Join(l.ArgsFrom(0), " "), opt, opt.Env)
	if err != nil {
		return false, condMessage("Failed to evaluate condition: " + err.msg)
	}
	return ok, nil
}

// evalCondition evaluates an expression whose words have been joined. The
// whole expression is parsed before anything is evaluated, so that a fault in
// an operand that does not matter is found as well. An empty one is false.
func evalCondition(expr string, opt *Options, env map[string]string) (bool, *condError) {
	p := condParser{s: expr}
	p.blanks()
	if p.eof() {
		return false, nil
	}
	node, err := p.or(0)
	if err != nil {
		return false, err
	}
	p.blanks()
	if !p.eof() {
		return false, &condError{fmt.Sprintf("unexpected character '%c' at the end of conditional expression '%s'", p.s[p.i], p.s), p.i}
	}
	ok, msg := node.eval(&condContext{opt, env})
	if msg != "" {
		return false, &condError{msg, len(expr)}
	}
	return ok, nil
}

// A condNode is one element of a parsed condition.
type condNode struct {
	op   byte // '|', '&', '!', 'p' predicate, '1' true, '0' false
	l, r *condNode
	pred *predicate
	args []string
}

// condContext is what predicates look at.
type condContext struct {
	opt *Options
	env map[string]string
}

// eval evaluates the node from left to right, no further than needed. A
// non-empty msg is a fault in an argument.
func (n *condNode) eval(c *condContext) (ok bool, msg string) {
	switch n.op {
	case '|', '&':
		ok, msg = n.l.eval(c)
		if msg != "" || ok == (n.op == '|') {
			return ok, msg
		}
		return n.r.eval(c)
	case '!':
		ok, msg = n.l.eval(c)
		return !ok, msg
	case 'p':
		ok, valid := n.pred.eval(c, n.args)
		if !valid {
			return false, "invalid argument to conditional expression predicate '" + n.pred.name + "': '" + n.args[0] + "'"
		}
		return ok, ""
	}
	return n.op == '1', ""
}

// A condParser is a recursive-descent parser over
//
//	or   = and [ "||" or ]
//	and  = term [ "&&" and ]
//	term = { "!" } ( integer | "(" or ")" | predicate [ "(" arg { "," arg } ")" ] )
type condParser struct {
	s string
	i int
}

func (p *condParser) eof() bool { return p.i >= len(p.s) }

func (p *condParser) blanks() {
	for !p.eof() && (p.s[p.i] == ' ' || p.s[p.i] == '\t') {
		p.i++
	}
}

// accept skips blanks and then the operator op, if it is there.
func (p *condParser) accept(op string) bool {
	p.blanks()
	if !strings.HasPrefix(p.s[p.i:], op) {
		return false
	}
	p.i += len(op)
	return true
}

// unparsable is the error for the text from byte at on.
func (p *condParser) unparsable(what string, at int) *condError {
	return &condError{"unparsable conditional " + what + " '" + p.s[at:] + "'", at}
}

// or parses alternatives. They are few, so recursion to the right is fine.
func (p *condParser) or(depth int) (*condNode, *condError) {
	p.blanks()
	start := p.i
	if depth > maxDepth {
		return nil, p.unparsable("sub-expression", start)
	}
	l, err := p.and(depth)
	if err != nil || !p.accept("||") {
		return l, err
	}
	op := p.i - len("||")
	if p.blanks(); p.eof() {
		err := p.unparsable("expression", start)
		err.pos = op
		return nil, err
	}
	r, err := p.or(depth + 1)
	return &condNode{op: '|', l: l, r: r}, err
}

func (p *condParser) and(depth int) (*condNode, *condError) {
	if depth > maxDepth {
		return nil, p.unparsable("sub-expression", p.i)
	}
	l, err := p.term(depth)
	if err != nil || !p.accept("&&") {
		return l, err
	}
	at := p.i - len("&&")
	if p.blanks(); p.eof() {
		return nil, p.unparsable("expression", at)
	}
	r, err := p.and(depth + 1)
	return &condNode{op: '&', l: l, r: r}, err
}

func (p *condParser) term(depth int) (*condNode, *condError) {
	p.blanks()
	start, negate := p.i, false
	for p.accept("!") {
		negate = !negate
	}
	p.blanks()
	node, err := p.operand(start, depth)
	if err != nil || !negate {
		return node, err
	}
	return &condNode{op: '!', l: node}, nil
}

// operand parses what may follow the negations of the term at byte start.
func (p *condParser) operand(start, depth int) (*condNode, *condError) {
	if n := intPrefix(p.s[p.i:]); n > 0 {
		op := byte('1')
		if strings.Trim(p.s[p.i:p.i+n], "+-0xX") == "" {
			op = '0'
		}
		p.i += n
		return &condNode{op: op}, nil
	}
	if p.accept("(") {
		if p.blanks(); p.eof() {
			return nil, p.unparsable("expression", start)
		}
		node, err := p.or(depth + 1)
		if err == nil && !p.accept(")") {
			err = &condError{"expected ')' after conditional expression '" + p.s[start:] + "'", start}
		}
		return node, err
	}
	end := p.i
	for end < len(p.s) && p.s[end] != ' ' && p.s[end] != '(' {
		end++
	}
	pred := findPredicate(p.s[p.i:end])
	if pred == nil {
		return nil, p.unparsable("expression", start)
	}
	p.i = end
	args, err := p.args(pred)
	return &condNode{op: 'p', pred: pred, args: args}, err
}

// args parses the arguments of pred, which may be left out.
func (p *condParser) args(pred *predicate) ([]string, *condError) {
	fail := func(format string, a ...any) *condError {
		return &condError{fmt.Sprintf(format, a...) + " in argument 1 of predicate '" + pred.name + "' used in conditional expression", p.i}
	}
	args := []string{""}
	paren := !p.eof() && p.s[p.i] == '('
	if paren {
		p.i++
		args = args[:0]
		for {
			args = append(args, p.arg())
			if len(args) == pred.arity || p.eof() || p.s[p.i] != ',' {
				break
			}
			p.i++
		}
	}
	if len(args) < pred.arity {
		return nil, fail("missing arguments (got %d/%d), type 'string' expected", len(args), pred.arity)
	}
	if !paren {
		return args, nil
	}
	switch {
	case p.eof():
		return nil, fail("expected ')'")
	case p.s[p.i] != ')':
		return nil, fail("expected ')' before '%s'", p.s[p.i:])
	}
	p.i++
	return args, nil
}

// arg reads one argument with the second level of quoting: as on a line, but
// without \#, \$ and \xNN. Manual 2.2.
func (p *condParser) arg() string {
	var b strings.Builder
	quote := byte(0)
	for ; !p.eof(); p.i++ {
		c := p.s[p.i]
		switch {
		case quote == 0 && (c == ',' || c == ')'):
			return b.String()
		case c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == '\\' && quote != '\'' && p.i+1 < len(p.s):
			if e := argEscape(p.s[p.i+1]); e != 0 {
				b.WriteByte(e)
				p.i++
				continue
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// argEscape returns what "\c" stands for in an argument, 0 for itself.
func argEscape(c byte) byte {
	switch c {
	case ' ', '\\', '"', '\'':
		return c
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return 0
}

// intPrefix returns the length of the integer that s starts with, in C's
// notation: signs, "0x1f" and octal "017" are understood. 0 means none.
func intPrefix(s string) int {
	i := 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	digits, valid := i, func(c byte) bool { return c >= '0' && c <= '9' }
	switch {
	case i+2 < len(s) && s[i] == '0' && s[i+1]|0x20 == 'x' && hexDigit(s[i+2]) >= 0:
		i += 2
		valid = func(c byte) bool { return hexDigit(c) >= 0 }
	case i < len(s) && s[i] == '0':
		valid = func(c byte) bool { return c >= '0' && c <= '7' }
	}
	for i < len(s) && valid(s[i]) {
		i++
	}
	if i == digits {
		return 0
	}
	return i
}

// atoi is the decimal number that s starts with and the rest; no digits are 0.
func atoi(s string) (n int, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, _ = strconv.Atoi(s[:i]) // a number too large compares as the largest
	return n, s[i:]
}
