// Package unit reads and writes durations and sizes as the configuration
// language spells them: "30s", "500ms", "1h", "64k", "2g" (manual, sections
// 2.5 and 2.6).
//
// Both kinds are whole numbers with at most one unit; there are no fractions
// and no signs. A number without a unit takes the unit of the directive it is
// an argument of, which is why ParseTime wants a default unit.
//
// The package knows nothing about directives. A parse error says which byte
// was unexpected or which limit was passed; the directive's parser adds its
// own name (see TimeError.Message).
package unit
