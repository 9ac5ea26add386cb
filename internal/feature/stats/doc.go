// Package stats is the statistics of proxies, listeners and servers: "show
// stat", "show info", "clear counters" and the page of "stats enable" with its
// CSV and JSON. Manual: management guide 9.1 and 9.3, configuration 4.2 "stats".
//
// A column is one row of a table: its name, what it means, which objects have
// it, and the function that reads it. All formats are written from that table,
// a line at a time, so that the number of servers costs no memory.
package stats
