package acl

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"segue/internal/cfg"
	"segue/internal/pattern"
	"segue/internal/sample"
)

// compiler reads one ACL expression: keyword, flags, patterns.
type compiler struct {
	table *Table
	name  string // of the ACL, "" for { }
	words []cfg.Word
	i     int // the word being read
	sc    *sample.Scope
	alias *sample.Alias
	e     *expr

	set    bool // the method is known
	forced bool // by -m
	flags  pattern.Flags
	user   pattern.User // of files: -M
	id     int          // -u
}

// compile reads the expression that begins at words[i].
func compile(t *Table, name string, words []cfg.Word, i int, sc *sample.Scope) (*expr, error) {
	c := compiler{table: t, name: name, words: words, i: i, sc: sc, id: -1}
	if sc.Files == nil { // no generation: patterns that nothing lists
		sc.Files = pattern.NewRefs(os.ReadFile, nil)
	}
	if c.text(i) == "" {
		return nil, c.failf(i, "missing fetch method in ACL expression ''")
	}
	s, alias, err := sample.ParseACL(c.text(i), sc)
	if err != nil {
		return nil, at(err, i)
	}
	c.alias = alias
	c.e = &expr{word: s.Fetch().Name, sample: s}
	if alias != nil && !s.Converted() {
		c.e.word = alias.Name
	}
	c.implied()
	c.warnEmpty()
	c.i++
	if err := c.readFlags(); err != nil {
		return nil, err
	}
	if !c.set {
		return nil, c.failf(i, "matching method must be specified first (using '-m') when using a sample fetch of this type ('%s')", c.e.word)
	}
	if err := c.patterns(i); err != nil {
		return nil, err
	}
	return c.e, nil
}

// at makes an error point at word i.
func at(err error, i int) error {
	if e, ok := err.(*sample.Error); ok { //nolint:errorlint // never wrapped
		e.Word += i
	}
	return err
}

func (c *compiler) text(i int) string {
	if i < len(c.words) {
		return c.words[i].Text
	}
	return ""
}

func (c *compiler) failf(word int, format string, args ...any) error {
	return &sample.Error{Msg: fmt.Sprintf(format, args...), Word: word}
}

func (c *compiler) warnf(word int, format string, args ...any) {
	if c.sc.Warn != nil {
		c.sc.Warn(word, fmt.Sprintf(format, args...))
	}
}

// implied sets the match method that the keyword or the type of the sample
// implies. A converter behind an alias makes the alias a plain fetch.
func (c *compiler) implied() {
	if c.alias != nil && !c.e.sample.Converted() {
		m, _ := pattern.ParseMethod(c.alias.Method)
		c.setMethod(m)
		if c.alias.Dotted {
			c.flags |= pattern.DottedInt
		}
		return
	}
	switch c.e.sample.Out() {
	case sample.Bool:
		c.setMethod(pattern.Bool)
	case sample.Int:
		c.setMethod(pattern.Int)
	case sample.Addr, sample.IPv4, sample.IPv6:
		c.setMethod(pattern.IP)
	case sample.Str:
		c.setMethod(pattern.Str)
	}
}

func (c *compiler) setMethod(m pattern.Method) {
	c.e.method, c.e.want, c.set = m, Wants(m), true
}

// warnEmpty warns of an ACL that has nothing to compare with.
func (c *compiler) warnEmpty() {
	if c.set && c.e.sample.Out() != sample.Bool && c.text(c.i+1) == "" {
		c.warnf(c.i, "parsing acl keyword '%s' :\n"+
			"  no pattern to match against were provided, so this ACL will never match.\n"+
			"  If this is what you intended, please add '--' to get rid of this warning.\n"+
			"  If you intended to match only for existence, please use '-m found'.\n"+
			"  If you wanted to force an int to match as a bool, please use '-m bool'.\n\n", c.text(c.i))
	}
	if next := c.text(c.i + 1); strings.HasPrefix(next, "(") && !strings.Contains(c.text(c.i), "(") {
		c.warnf(c.i+1, "parsing acl '%s' :\n"+
			"  matching '%s' for pattern '%s' is likely a mistake and probably\n"+
			"  not what you want. Maybe you need to remove the extraneous space before '('.\n"+
			"  If you are really sure this is not an error, please insert '--' between the\n"+
			"  match and the pattern to make this warning message disappear.\n", c.name, c.text(c.i), next)
	}
}

// readFlags reads the words that begin with a dash. Manual 7.1.
func (c *compiler) readFlags() error {
	for ; strings.HasPrefix(c.text(c.i), "-"); c.i++ {
		var err error
		switch c.text(c.i) {
		case "-i":
			c.flags |= pattern.FoldCase
		case "-n":
			c.flags |= pattern.NoDNS
		case "-M":
			c.user = pattern.UserACLMap
		case "-u":
			c.i++
			if c.id, err = strconv.Atoi(c.text(c.i)); err != nil {
				return c.failf(c.i, "the argument of -u must be an integer")
			}
		case "-f":
			c.i++
			err = c.file()
		case "-m":
			c.i++
			err = c.forceMethod()
		case "--":
			c.i++
			return nil
		default:
			return c.failf(c.i, "'%s' is not a valid ACL option. Please use '--' before any pattern beginning with a '-'", c.text(c.i))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// forceMethod reads the argument of -m.
func (c *compiler) forceMethod() error {
	name := c.text(c.i)
	if len(c.e.sets) > 0 {
		return c.failf(c.i-1, "'-m' must only be specified before patterns and files in parsing ACL expression")
	}
	if c.forced {
		return c.failf(c.i-1, "only one explicit matching method can be defined with '-m' parameter. if migrating from an old version, just keep the last one")
	}
	m, ok := pattern.ParseMethod(name)
	if !ok {
		return c.failf(c.i, "unknown matching method '%s' when parsing ACL expression", name)
	}
	if m != pattern.Found && !sample.Castable(c.e.sample.Out(), Wants(m)) {
		return c.failf(c.i, "matching method '%s' cannot be used with fetch keyword '%s'", name, c.e.word)
	}
	if c.alias != nil && c.overrides(m) {
		c.warnf(c.i, "original matching method '%s' was overwritten and will not be applied as expected.", c.alias.Name)
	}
	c.setMethod(m)
	c.flags &^= pattern.DottedInt
	c.forced = true
	return nil
}

// overrides reports whether m replaces a method that the keyword's name
// promises.
func (c *compiler) overrides(m pattern.Method) bool {
	own, _ := pattern.ParseMethod(c.alias.Method)
	switch own {
	case pattern.Beg, pattern.Dir, pattern.Dom, pattern.End, pattern.Len, pattern.Reg, pattern.Sub:
		return m != own
	}
	return false
}

func (c *compiler) spec() pattern.Spec {
	return pattern.Spec{Method: c.e.method, Flags: c.flags, Lookup: c.sc.Lookup}
}

// file reads the argument of -f.
func (c *compiler) file() error {
	if !c.set {
		return c.failf(c.i-1, "matching method must be specified first (using '-m') when using a sample fetch of this type ('%s')", c.e.word)
	}
	where := fmt.Sprintf("file '%s' line %d", c.sc.File, c.sc.Line)
	ref, err := c.sc.Files.File(c.text(c.i), c.user, where)
	if err == nil {
		err = c.use(ref)
	}
	if err != nil {
		return c.failf(c.i, "%s", err)
	}
	return nil
}

// use adds a list to those that the sample is compared with.
func (c *compiler) use(ref *pattern.Ref) error {
	set, err := ref.Use(c.spec())
	if err == nil {
		c.e.sets = append(c.e.sets, set)
		for _, expr := range set.Backtracking() {
			c.warnf(c.blame(0, "'"+expr+"'"), pattern.SlowRegex, expr)
		}
	}
	return err
}

// patterns reads what is left. keyword is the index of the ACL's keyword. The
// list is made even if it is empty: it has a number, and the CLI may add to it.
func (c *compiler) patterns(keyword int) error {
	first := c.i
	var list []string
	op := pattern.Eq
	for ; c.text(c.i) != ""; c.i++ {
		text := c.text(c.i)
		if c.e.method == pattern.Int || c.e.method == pattern.Len {
			if o, ok := pattern.ParseOperator(text); ok {
				op = o
				continue
			}
			if op != pattern.Eq && !strings.ContainsAny(text, ":-") {
				var err error
				if text, err = op.Compare(text, c.flags); err != nil {
					return c.failf(c.i, "'%s' is neither a number nor a supported operator", text)
				}
			}
		}
		list = append(list, text)
	}
	desc := fmt.Sprintf("acl '%s' file '%s' line %d", c.e.word, c.sc.File, c.sc.Line)
	key := ""
	if c.table != nil {
		key = c.table.key(c.sc, c.name, c.text(keyword))
	}
	ref, err := c.sc.Files.Inline(desc, c.id, key, list)
	if err == nil {
		err = c.use(ref)
	}
	if err != nil {
		return c.failf(c.blame(first, err.Error()), "%s", err)
	}
	return nil
}

// blame returns the first word from i on that a message quotes.
func (c *compiler) blame(i int, msg string) int {
	for k := i; k < len(c.words); k++ {
		if t := c.text(k); t != "" && strings.Contains(msg, "'"+t+"'") {
			return k
		}
	}
	return i
}
