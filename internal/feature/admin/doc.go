// Package admin is the runtime API's commands on the process, its proxies,
// servers, sessions, maps and variables. Manual: management guide 9.3.
//
// What changes the state of a server goes through package health, which tells
// the queue, the balancer and the log. What changes the configuration itself (a
// server or backend that comes or goes) happens while all loops stand still:
// see stopped. What only the owner of the data plane can do is in Engine.
//
// Answers are HAProxy's, since tools read them.
package admin
