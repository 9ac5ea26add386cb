// Package reload is what an operator sees of reloads: the configurations that
// are in memory ("show generations") and how a new one is taken ("reload-mode").
// Neither exists in HAProxy.
package reload
