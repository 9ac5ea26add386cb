// Package checks holds the words about health checks that stand in sections of
// their own: "healthcheck <name>" (manual 12.9). Those of proxies and server
// lines are kept as text by feature core and compiled by package health.
package checks
