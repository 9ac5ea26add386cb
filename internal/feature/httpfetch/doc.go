// Package httpfetch holds the fetches of HTTP messages and the ACL keywords
// made of them. Manual 7.3.6.
//
// Values are slices of the message where they can be. A message that is not
// there yet makes a fetch report missing bytes (Stream.Missing), so that rules
// that wait for more are evaluated again.
package httpfetch
