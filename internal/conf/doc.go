// Package conf is the immutable typed model of a configuration: what the text
// said, with defaults applied, and nothing of what runs. The directive tables
// of the features fill it from a cfg.Tree; package link reads it. After the
// last directive it is never written again, so every thread may read it.
//
// Rules, ACLs and formats stay lines here (RuleLine): they are compiled by
// link, when the names they mention are known.
package conf
