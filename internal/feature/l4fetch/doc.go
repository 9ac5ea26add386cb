// Package l4fetch holds the fetches that need no HTTP: constants and the state
// of the process (manual 7.3.2), connections (7.3.3, 7.3.4), and bytes that have
// arrived (7.3.5), with the ACL keywords made of them.
package l4fetch
