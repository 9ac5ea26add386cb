package convert

import (
	"strconv"
	"time"
)

// layouts are the conversions of strftime(3) in the C locale that Go's layouts
// express.
var layouts = map[byte]string{
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'c': "Mon Jan _2 15:04:05 2006",
	'd': "02", 'D': "01/02/06", 'e': "_2", 'F': "2006-01-02", 'h': "Jan", 'H': "15", 'I': "03", 'j': "002",
	'm': "01", 'M': "04", 'p': "PM", 'P': "pm", 'r': "03:04:05 PM", 'R': "15:04", 'S': "05", 'T': "15:04:05",
	'x': "01/02/06", 'X': "15:04:05", 'y': "06", 'Y': "2006", 'z': "-0700",
}

// strftime appends t by a format of strftime(3). %N is the fraction of the
// second in 9 digits, %3N in 3; manual 7.3.1 "ms_ltime".
func strftime(dst []byte, format string, t time.Time) []byte {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			dst = append(dst, format[i])
			continue
		}
		i++
		if d := format[i] - '0'; d >= 1 && d <= 9 && i+1 < len(format) && format[i+1] == 'N' {
			dst = append(dst, strconv.Itoa(t.Nanosecond() + 1e9)[1:1+d]...)
			i++
			continue
		}
		if layout, ok := layouts[format[i]]; ok {
			dst = t.AppendFormat(dst, layout)
			continue
		}
		dst = strftimeRest(dst, format[i], t)
	}
	return dst
}

// strftimeRest appends the conversions that layouts cannot express.
func strftimeRest(dst []byte, c byte, t time.Time) []byte {
	year, week := t.ISOWeek()
	switch c {
	case '%':
		return append(dst, '%')
	case 'n':
		return append(dst, '\n')
	case 't':
		return append(dst, '\t')
	case 's':
		return strconv.AppendInt(dst, t.Unix(), 10)
	case 'N':
		return append(dst, strconv.Itoa(t.Nanosecond() + 1e9)[1:]...)
	case 'Z':
		if t.Location() == time.UTC {
			return append(dst, "GMT"...)
		}
		return t.AppendFormat(dst, "MST")
	case 'u':
		return strconv.AppendInt(dst, int64((t.Weekday()+6)%7)+1, 10)
	case 'w':
		return strconv.AppendInt(dst, int64(t.Weekday()), 10)
	case 'C':
		return pad(dst, t.Year()/100, 2, '0')
	case 'G':
		return strconv.AppendInt(dst, int64(year), 10)
	case 'g':
		return pad(dst, year%100, 2, '0')
	case 'V':
		return pad(dst, week, 2, '0')
	case 'U':
		return pad(dst, (t.YearDay()+6-int(t.Weekday()))/7, 2, '0')
	case 'W':
		return pad(dst, (t.YearDay()+6-int(t.Weekday()+6)%7)/7, 2, '0')
	case 'k':
		return pad(dst, t.Hour(), 2, ' ')
	case 'l':
		return pad(dst, (t.Hour()+11)%12+1, 2, ' ')
	}
	return append(dst, '%', c)
}

func pad(dst []byte, n, width int, fill byte) []byte {
	s := strconv.Itoa(n)
	for i := len(s); i < width; i++ {
		dst = append(dst, fill)
	}
	return append(dst, s...)
}
