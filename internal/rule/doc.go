// Package rule compiles rule lines: an action of a table, its arguments and a
// condition become a lb.Rule; use_backend and use-server lines become a
// lb.Switch.
//
// An action is a row (Action) with one function that reads its words through a
// Parser. Messages have HAProxy's texts, which differ from rule set to rule set;
// the Parser knows which one to use, so that an action only says what is wrong.
//
// Nothing of this runs after a generation is linked: what runs are the lb.Rules.
package rule
