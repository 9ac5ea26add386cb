package cfg

import "strings"

// variable handles "$NAME", "${NAME}", "${NAME-default}", "${NAME[*]}" and
// "${NAME[*]-default}" inside weak quotes. Manual 2.3.
//
// The value is taken as it is: quotes, backslashes and dollars in it mean
// nothing any more.
func (s *splitter) variable() *splitError {
	at := s.i // of the dollar
	j := at + 1
	brace := j < len(s.raw) && s.raw[j] == '{'
	if brace {
		j++
	}
	end := nameEnd(s.raw, j)
	name := s.raw[j:end]
	if end == j || name[0] >= '0' && name[0] <= '9' || name[0] == '.' && !isPseudo(name) {
		return &splitError{msg: msgFirst, col: j + 1}
	}
	j = end
	star, def := false, ""
	if brace {
		var err *splitError
		if star, def, j, err = s.modifiers(at+1, j); err != nil {
			return err
		}
	}
	value, ok := s.env(name)
	if !ok {
		value = def
		if def == "" {
			s.unset, s.unsetAt = name, end-len(name)
		}
	}
	if s.grown += len(value); s.grown > maxExpanded {
		return &splitError{msg: msgLong, col: at + 1, len: j - at}
	}
	s.i = j
	if star {
		s.star = true
		s.scatter(value, at)
	} else {
		s.buf = append(s.buf, value...)
	}
	return nil
}

// modifiers reads what may follow a name in braces, up to and including the
// closing one: "[*]", then "-default". The brace opened at byte open, and next
// is returned behind the closing one.
func (s *splitter) modifiers(open, j int) (star bool, def string, next int, err *splitError) {
	if strings.HasPrefix(s.raw[j:], "[") {
		if !strings.HasPrefix(s.raw[j:], "[*]") {
			return false, "", 0, &splitError{msg: msgExpand, col: j + 1}
		}
		star, j = true, j+3
	}
	if strings.HasPrefix(s.raw[j:], "-") {
		n := strings.IndexByte(s.raw[j:], '}')
		if n > 0 {
			def, j = s.raw[j+1:j+n], j+n
		}
	}
	if !strings.HasPrefix(s.raw[j:], "}") {
		return false, "", 0, &splitError{msg: msgBrace, col: open + 1}
	}
	return star, def, j + 1, nil
}

// scatter appends value to the current word, and starts a new word at every
// run of blanks in it. The words all point at the variable at byte at.
func (s *splitter) scatter(value string, at int) {
	unset := s.unset
	for k := 0; k < len(value); k++ {
		if !isSpace(value[k]) {
			s.buf = append(s.buf, value[k])
			continue
		}
		if len(s.buf) == 0 {
			continue
		}
		s.finish()
		s.open, s.start, s.star, s.unset = true, at, true, unset
		s.buf = s.buf[:0]
	}
}

// nameEnd returns where the variable name that starts at byte j ends. A
// leading dot makes it a pseudo-variable.
func nameEnd(raw string, j int) int {
	k := j
	if k < len(raw) && raw[k] == '.' {
		k++
	}
	for k < len(raw) && isNameByte(raw[k]) {
		k++
	}
	return k
}

func isNameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// The pseudo-variables, manual 2.3.
const (
	pseudoFile    = ".FILE"
	pseudoLine    = ".LINE"
	pseudoSection = ".SECTION"
)

func isPseudo(name string) bool {
	return name == pseudoFile || name == pseudoLine || name == pseudoSection
}
