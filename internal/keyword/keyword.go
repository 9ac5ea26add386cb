// Package keyword holds what every row of every word table embeds.
//
// A word of the language (directive, option, fetch, converter, action, CLI
// command) is one row in a table beside the function that does its work. The
// parser, -dK, help and the generated manual all read these rows, so a word
// without a Doc does not exist.
package keyword

// Doc is what a word says about itself.
type Doc struct {
	Name    string // as written in a configuration: "timeout client", "lower"
	Args    string // argument syntax as the manual writes it, "" when there is none
	Section string // the manual's section, e.g. "4.2" or "7.3.1"
	Text    string // one sentence or more, for the manual and help
}
