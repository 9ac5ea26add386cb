// Package convert holds the converters that need nothing but their input and
// their arguments. Manual 7.3.1.
//
// A converter gets a value of its input type and changes it in place. New bytes
// go to the thread's arena (package sample); bytes of the input are never
// edited, because they may belong to a message.
package convert
