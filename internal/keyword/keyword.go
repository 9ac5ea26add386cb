// Package keyword holds what every row of every word table embeds.
//
// A word of the language (directive, option, fetch, converter, action, CLI
// command) is one row in a table beside the function that does its work. The
// parser, -dK, help and the generated manual all read these rows, so a word
// without a Doc does not exist.
package keyword

import "strings"

// Doc is what a word says about itself.
type Doc struct {
	Name    string // as written in a configuration: "timeout client", "lower"
	Args    string // argument syntax as the manual writes it, "" when there is none
	Section string // the manual's section, e.g. "4.2" or "7.3.1"
	Text    string // one sentence or more, for the manual and help
	Effect  Effect // what using the word does in this version
	Why     string // why it has not its usual effect; "" with Works
}

// Effect is what a word that was read without an error does. A word that does
// nothing says so to whoever uses it: no file may mean more than it does.
type Effect uint8

const (
	// Works is a word that does what the manual says.
	Works Effect = iota
	// Moot is a word that tunes what only HAProxy's construction has; nobody
	// can see from outside that it does nothing. A note under -dD says so.
	Moot
	// Inert is a word that has no effect yet. A warning says so.
	Inert
	// Unbuilt is a word without which traffic would take another way, or a
	// less safe one, than the file says. It is an error.
	Unbuilt
)

// Say is what is told to whoever uses the word; what is the word
// as written, in quotes.
func (d *Doc) Say(what string) string {
	switch d.Effect {
	case Moot:
		return what + " has no effect: " + d.Why + "."
	case Inert:
		return what + " is accepted and has no effect in this version: " + d.Why + "."
	case Unbuilt:
		if d.Why == "" {
			return what + " is not built yet in this version."
		}
		return what + " is not built yet in this version: " + d.Why + "."
	}
	return ""
}

// Literals are the words of Args that are written as they stand: what of
// "[ { status | deny_status } <code> ]" is no bracket and no placeholder.
func (d *Doc) Literals() (words []string) {
	for _, w := range strings.FieldsFunc(d.Args, func(r rune) bool { return strings.ContainsRune(" []{}|,*.", r) }) {
		if w[0] != '<' && w[len(w)-1] != '>' {
			words = append(words, w)
		}
	}
	return words
}
