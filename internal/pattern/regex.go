package pattern

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"
)

// RegexTimeout bounds one match of the backtracking engine.
const RegexTimeout = 100 * time.Millisecond

// SlowRegex is the warning about an expression that is Backtracking.
const SlowRegex = "regex '%s' needs a backtracking engine: matching is slower and limited in time."

// Regex is a PCRE expression as configurations write it. Expressions that
// RE2 can express run in linear time on Go's engine; the rest (look-around,
// back references, repeats above 1000, bytes above 127) run on a backtracking engine with a time
// limit, where a match that exceeds it fails.
type Regex struct {
	fast *regexp.Regexp
	slow *regexp2.Regexp
}

// CompileRegex compiles an expression; fold is "-i".
func CompileRegex(text string, fold bool) (*Regex, error) {
	expr := text
	if fold {
		expr = "(?i)" + text
	}
	fast, err := regexp.Compile(expr)
	if err == nil && !needsBytes(text) {
		return &Regex{fast: fast}, nil
	}
	opt := regexp2.None
	if fold {
		opt = regexp2.IgnoreCase
	}
	if expr, ok := translate(text); ok {
		if slow, err := regexp2.Compile(expr, opt); err == nil {
			slow.MatchTimeout = RegexTimeout
			return &Regex{slow: slow}, nil
		}
	}
	if err == nil {
		return &Regex{fast: fast}, nil
	}
	return nil, regexError(text, err)
}

// Backtracking reports whether the expression runs on the engine without a
// bound on time other than RegexTimeout. The caller warns.
func (r *Regex) Backtracking() bool { return r.slow != nil }

// Match reports whether the expression occurs in b. It does not allocate
// unless Backtracking.
func (r *Regex) Match(b []byte) bool {
	if r.fast != nil {
		return r.fast.Match(b)
	}
	ok, err := r.slow.MatchRunes(byteRunes(b))
	return ok && err == nil
}

// AppendGroups appends the byte offsets of the first match and its groups in
// pairs, -1 for a group that took no part; nothing if there is no match.
func (r *Regex) AppendGroups(dst []int, b []byte) []int {
	if r.fast != nil {
		return append(dst, r.fast.FindSubmatchIndex(b)...)
	}
	m, err := r.slow.FindRunesMatch(byteRunes(b))
	if err != nil || m == nil {
		return dst
	}
	for _, g := range m.Groups() {
		if len(g.Captures) == 0 {
			dst = append(dst, -1, -1)
			continue
		}
		dst = append(dst, g.RuneIndex, g.RuneIndex+g.RuneLength)
	}
	return dst
}

// needsBytes reports whether an expression speaks of bytes above 127, which
// Go's engine would take for code points.
func needsBytes(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= utf8.RuneSelf {
			return true
		}
		if text[i] != '\\' || i+1 == len(text) {
			continue
		}
		i++
		if text[i] == 'x' && i+1 < len(text) && strings.IndexByte("89abcdefABCDEF{", text[i+1]) >= 0 {
			return true
		}
	}
	return false
}

// byteRunes gives each byte the code point of its value.
func byteRunes(b []byte) []rune {
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
	}
	return r
}

// regexMessages gives Go's error codes the words of PCRE2, which users know.
var regexMessages = map[syntax.ErrorCode]string{
	syntax.ErrMissingParen:          "missing closing parenthesis",
	syntax.ErrUnexpectedParen:       "unmatched closing parenthesis",
	syntax.ErrMissingBracket:        "missing terminating ] for character class",
	syntax.ErrMissingRepeatArgument: "quantifier does not follow a repeatable item",
	syntax.ErrInvalidRepeatOp:       "quantifier does not follow a repeatable item",
	syntax.ErrInvalidRepeatSize:     "numbers out of order in {} quantifier",
	syntax.ErrTrailingBackslash:     "\\ at end of pattern",
	syntax.ErrInvalidCharRange:      "range out of order in character class",
	syntax.ErrInvalidNamedCapture:   "syntax error in subpattern name (missing terminator?)",
}

// regexError words an error like HAProxy; the offset is where the offending
// piece is, which PCRE2 often puts at its end instead.
func regexError(text string, err error) error {
	var e *syntax.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("regex '%s' is invalid (error=%w)", text, err)
	}
	msg, ok := regexMessages[e.Code]
	if !ok {
		msg = e.Code.String()
	}
	at := len(text)
	switch e.Code {
	case syntax.ErrMissingRepeatArgument, syntax.ErrInvalidRepeatOp, syntax.ErrInvalidCharRange,
		syntax.ErrInvalidRepeatSize:
		if i := strings.Index(text, e.Expr); i >= 0 {
			at = i + len(e.Expr) - 1
		}
	case syntax.ErrUnexpectedParen:
		at = strings.IndexByte(text, ')')
	}
	return fmt.Errorf("regex '%s' is invalid (error=%s, erroffset=%d)", text, msg, at)
}

// regexIndex tries expressions one after the other (Reg, RegM).
type regexIndex struct {
	entries []*Entry
	regs    []*Regex
}

func newRegexIndex(entries []*Entry, compiled map[string]*Regex) *regexIndex {
	x := &regexIndex{entries: entries, regs: make([]*Regex, len(entries))}
	for i, e := range entries {
		x.regs[i] = compiled[e.Pattern]
	}
	return x
}

func (x *regexIndex) find(b []byte) *Entry {
	e, _ := x.findRegex(b)
	return e
}

func (x *regexIndex) findRegex(b []byte) (*Entry, *Regex) {
	for i, r := range x.regs {
		if !x.entries[i].gone.Load() && r.Match(b) {
			return x.entries[i], r
		}
	}
	return nil, nil
}

// AppendBackrefs appends a template with the groups of a match in place of
// "\0" to "\9". "\xHH" is a byte, any other escaped byte stands for itself.
// groups are the offsets from AppendGroups into subject. ok is false where the
// template ends in the middle of an escape.
func AppendBackrefs(dst []byte, template string, subject []byte, groups []int) (_ []byte, ok bool) {
	for i := 0; i < len(template); i++ {
		c := template[i]
		if c != '\\' {
			dst = append(dst, c)
			continue
		}
		if i++; i == len(template) {
			return dst, false
		}
		c = template[i]
		switch {
		case '0' <= c && c <= '9':
			if g := 2 * int(c-'0'); g+1 < len(groups) && groups[g] >= 0 {
				dst = append(dst, subject[groups[g]:groups[g+1]]...)
			}
		case c == 'x':
			if i+2 >= len(template) {
				return dst, false
			}
			b, err := parseHex(template[i+1 : i+3])
			if err != nil {
				return dst, false
			}
			dst, i = append(dst, b...), i+2
		default:
			dst = append(dst, c)
		}
	}
	return dst, true
}
