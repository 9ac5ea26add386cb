// Package resolvers has the words about name resolution at run time: the
// resolvers section, the action do-resolve and "show resolvers". The work is done
// in package resolve; the words of server lines are the core's.
package resolvers
