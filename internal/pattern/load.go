package pattern

import "strings"

// Lines calls yield with each pattern of a file's text and the number of its
// line, until yield returns an error. Manual 7.1 ("-f") and 7.3.1 ("map").
//
// A line that begins with '#' is a comment; with a blank before it the sharp
// belongs to the pattern. Leading blanks go. Without columns the pattern is the
// rest of the line, trailing blanks included; with two columns it is the first
// word, and the value is what follows without the blanks around it. A CR ends
// the text of its line: what stands between it and the LF is ignored.
func Lines(text string, twoColumns bool, yield func(line int, pattern, value string) error) error {
	for line := 1; text != ""; line++ {
		var row string
		row, text, _ = strings.Cut(text, "\n")
		row, _, _ = strings.Cut(row, "\r")
		if strings.HasPrefix(row, "#") {
			continue
		}
		row = strings.TrimLeft(row, " \t")
		if row == "" {
			continue
		}
		pattern, value := row, ""
		if twoColumns {
			if i := strings.IndexAny(row, " \t"); i >= 0 {
				pattern, value = row[:i], strings.Trim(row[i:], " \t")
			}
		}
		if err := yield(line, pattern, value); err != nil {
			return err
		}
	}
	return nil
}
