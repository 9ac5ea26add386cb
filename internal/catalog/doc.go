// Package catalog is the index of all words: the row types of the language's
// tables, gathered by feature, and the look-ups that the parser, -dK, help and
// the manual use. It holds no rows of its own.
package catalog
