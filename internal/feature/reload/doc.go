// Package reload is what an operator sees of reloads: the configurations that
// are in memory ("show generations"), how a new one is taken ("reload-mode") and
// what a worker may open afterwards ("landlock"). None of them exists in HAProxy.
package reload
