package sample

import (
	"net/netip"

	"segue/internal/lb"
	"segue/internal/pattern"
)

// Words is where compilation looks names up; catalog.Index implements it. Each
// method returns nil for a name that it does not know. A hint method lists the
// known names.
type Words interface {
	Fetch(name string) *Fetch
	Converter(name string) *Converter
	Alias(name string) *Alias
	AliasNames() []string
	FetchNames() []string
	ConverterNames() []string
}

// ACLs is a proxy's named ACLs; acl.Table implements it.
type ACLs interface {
	// Cond returns the condition that all the named ACLs hold; "!" before a name
	// negates it. Built-in names are known, too.
	Cond(names []string, sc *Scope) (lb.Cond, error)
}

// Vars resolves names of variables; feature vars implements it.
type Vars interface {
	// Var finds a variable by a name with its scope ("txn.x"). It fails when
	// the name is not that of a variable.
	Var(name string, sc *Scope) (Var, error)
}

// Var is a variable of some scope.
type Var interface {
	// Get fills v and reports whether the variable is set.
	Get(s *lb.Stream, v *Value) bool
	// Set stores a copy of v, or clears the variable if v is nil.
	Set(s *lb.Stream, v *Value)
}

// Scope is what names mean where an expression stands. It is only used while
// compiling; a caller may copy it and change fields for the next expression.
type Scope struct {
	Words Words
	Gen   *lb.Generation // under construction: proxies and servers by name
	Proxy *lb.Proxy      // that holds the line; the default of many arguments
	ACLs  ACLs           // named ACLs of Proxy; may be nil
	Vars  Vars           // variables; nil where there are none
	// Place is where the expression is evaluated; an expression that cannot
	// work there is refused. 0: the caller checks Expr.Where itself.
	Place Place
	// Defaults is the defaults section that the line came from, "" if none.
	Defaults string
	// Context says in messages about unknown proxies and servers what holds
	// the expression: "http-request expression", "log-format string" ...
	Context string
	File    string
	Line    int
	Files   *pattern.Refs // pattern files of maps and ACLs
	// Open reads other files that a line names; nil = os.ReadFile. A worker
	// finds them in its bundle: behind a chroot the system has them no more.
	Open func(name string) ([]byte, error)
	// Lookup resolves host names in patterns and arguments; nil refuses them.
	Lookup func(host string) (netip.Addr, error)
	// Warn takes warnings that do not keep the expression from working: word
	// is the index of the word they are about. May be nil.
	Warn func(word int, msg string)

	acl bool // within an ACL, for messages
}

// Error says what is wrong with an expression, and where.
type Error struct {
	Msg  string
	Hint string // "did you mean ..." or ""
	Word int    // index of the word, where several were given
	At   int    // byte offset in the word
	Len  int    // 0: up to the end of the word
	// Late marks messages about references (unknown backend ...), which
	// HAProxy prints alone, as "parsing [file:line]: Msg", and not inside the
	// message of the rule that holds the expression.
	Late bool

	arg int // index of the argument that it is about
}

func (e *Error) Error() string { return e.Msg }
