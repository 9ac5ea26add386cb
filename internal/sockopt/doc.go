// Package sockopt sets what a configuration says about the kernel's side of TCP
// connections: keep-alive packets, buffers, how they close. What is set on a
// listening socket is inherited by the connections that it accepts, which spares
// those a call each.
package sockopt
