package catalog

import (
	"segue/internal/cfg"
	"segue/internal/command"
	"segue/internal/conf"
	"segue/internal/keyword"
	"segue/internal/rule"
	"segue/internal/sample"
)

// In is a set of sections.
type In uint16

const (
	Global In = 1 << iota
	Defaults
	Frontend
	Listen
	Backend
	Proxies   = Defaults | Frontend | Listen | Backend
	FrontSide = Defaults | Frontend | Listen
	BackSide  = Defaults | Listen | Backend
)

// Directive is a word that begins a line. Doc.Name may be two words ("option
// httplog", "timeout client", "stats uri").
type Directive struct {
	keyword.Doc
	In   In
	NoOK bool // "no" and "default" may stand in front
	// Listed is how -dKcfg names the word, "" if the reference does not list it.
	Listed string
	Parse  func(c *conf.Context)
	// Elsewhere reports the word in a proxy outside of In, where the words of
	// the message differ from the usual ones. side is the capability that the
	// proxy lacks, "" in a defaults section. May be nil.
	Elsewhere func(c *conf.Context, side string)
	// ErrorsFirst: in a proxy that lacks the side, an error in the line is said
	// instead of its being ignored, not after that.
	ErrorsFirst bool
	// Unread: in a proxy that lacks the side, nobody looks at the arguments.
	Unread bool
}

// BindWord is a word of a bind line.
type BindWord struct {
	keyword.Doc
	NArgs int
	// Missing is the message when the arguments are not there; "" is a plain
	// one. Lax: Parse sees to that itself.
	Missing string
	Lax     bool
	// Parse reads the word at c.Line.Words[i] with its arguments into b.
	Parse func(c *conf.Context, b *conf.Bind, i int)
}

// ServerWord is a word of a server or default-server line.
type ServerWord struct {
	keyword.Doc
	NArgs     int  // -1: Parse sets c.Took
	NoDefault bool // not allowed on default-server
	// Missing is the message when the arguments are not there; "" is a plain
	// one. Lax: that only draws a warning, because HAProxy reads on.
	Missing string
	Lax     bool
	Parse   func(c *conf.Context, s *conf.ServerWords, i int)
}

// Section is a kind of section other than the proxies and global.
type Section struct {
	keyword.Doc
	// Words lists the section's own directives, for -dK and hints.
	Words []keyword.Doc
	Parse func(c *conf.Context, s *cfg.Section)
}

// Feature is a feature's words. A feature's package exports one.
type Feature struct {
	Name        string
	Directives  []Directive
	BindWords   []BindWord
	ServerWords []ServerWord
	Sections    []Section
	Fetches     []sample.Fetch
	Aliases     []sample.Alias
	Converters  []sample.Converter
	Actions     []rule.Action
	Commands    []command.Command
	LogAliases  []keyword.Doc
	Filters     []keyword.Doc
	Services    []keyword.Doc
	// Check looks at the whole model after the last line has been read: what
	// HAProxy reports without a line number or for want of another line.
	// May be nil.
	Check func(c *conf.Context)
}
