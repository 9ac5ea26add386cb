// Command bench measures what a request costs in CPU time, beside another proxy
// that reads the same configuration file, in one run.
//
//	go run ./test/bench -segue bin/segue -rival haproxy -out doc/benchmarks.md
//
// Each proxy runs one thread pinned to CPU 0; the load generator (wrk) and the
// origin (a `mode haterm` of Segue's) share CPU 1. A figure is the proxy's own
// user and system time, with its children's, divided by the requests that
// completed. It stays comparable on a noisy machine, where requests per second
// do not. Rounds alternate between the two; medians and their ratio are printed:
// below 1.00, Segue is cheaper.
//
// It needs wrk, taskset and two CPUs.
package main
