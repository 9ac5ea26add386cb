// Package privs gives up privileges, sets limits and writes pid files.
//
// Everything can be checked before anything is changed: Check tells whether
// Drop will work, Limit whether the descriptors suffice, OpenPidFile whether
// the pid file can be written. Only then does a start go on to touch what
// others see.
//
// Drop changes all threads of the process. The Go runtime does that for the
// user and group numbers; for capabilities and no_new_privs it needs a binary
// without cgo (CGO_ENABLED=0), and Check says so otherwise.
package privs
