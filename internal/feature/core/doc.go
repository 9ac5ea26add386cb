// Package core holds the words that make a configuration: the global section,
// the proxies, their bind and server lines, options, timeouts, logs and error
// pages. Manual chapters 3, 4 and 5.
//
// Rows fill package conf's model and nothing else; no row opens a socket or
// looks at the system beyond user and group names. Rules, ACLs and log formats
// are kept as lines, because only package link knows all the names they use.
//
// A word that Segue takes but does not act on says so with a warning. Words
// that tune mechanisms which exist in HAProxy only (memory pools, pollers,
// zero-copy switches) are stored as text and mentioned under -dD.
package core
