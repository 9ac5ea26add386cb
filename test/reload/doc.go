// Package reload holds the scenarios that show that a reload is not an event:
// the program as built, under load from ApacheBench, with real HAProxy beside
// it where one is installed; and those of queues under the hands of an operator.
// Each prints its figures.
package reload
