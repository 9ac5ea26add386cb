package convert

import (
	"errors"
	"net/http"
	"time"

	"segue/internal/lb"
	"segue/internal/sample"
)

// dateRows are the converters of dates, integers since 1970, into text and back.
func dateRows() []sample.Converter {
	args := []sample.ArgSpec{need("format", sample.ArgStr), may("offset", sample.ArgInt)}
	row := func(name, text string, unit time.Duration, utc bool) sample.Converter {
		return sample.Converter{Doc: docArgs(name, "format[,offset]", text+" by a strftime(3) format."),
			Args: args, In: sample.Int, Out: sample.Str, Eval: formatDate(unit, utc)}
	}
	return []sample.Converter{
		{Doc: doc("date", "The time of an HTTP date in seconds since 1970 (RFC 9110 5.6.7)."), In: sample.Str, Out: sample.Int, Eval: parseDate},
		{Doc: docArgs("http_date", "[offset[,unit]]", "The HTTP date of a time in s, ms or us since 1970."),
			Args: []sample.ArgSpec{may("offset", sample.ArgInt), may("unit", sample.ArgStr)}, In: sample.Int, Out: sample.Str, Check: checkUnit, Eval: httpDate},
		row("ltime", "Local time of seconds since 1970", time.Second, false),
		row("ms_ltime", "Local time of milliseconds since 1970", time.Millisecond, false),
		row("ms_utime", "UTC of milliseconds since 1970", time.Millisecond, true),
		row("us_ltime", "Local time of microseconds since 1970", time.Microsecond, false),
		row("us_utime", "UTC of microseconds since 1970", time.Microsecond, true),
		row("utime", "UTC of seconds since 1970", time.Second, true),
	}
}

func parseDate(_ *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	t, err := http.ParseTime(string(v.Bytes))
	if err == nil {
		v.SetInt(t.Unix())
	}
	return err == nil
}

func checkUnit(args []sample.Arg, _ *sample.Scope) error {
	switch args[1].Str {
	case "", "s":
		args[1].Int = 1
	case "ms":
		args[1].Int = 1e3
	case "us":
		args[1].Int = 1e6
	default:
		return errors.New("unit can be 's', 'ms' or 'us', got '" + args[1].Str + "'")
	}
	return nil
}

// httpLayouts are the layouts of dates whose input counts so many a second; a
// fraction is shown with all its digits.
var httpLayouts = map[int64]string{
	1:   http.TimeFormat,
	1e3: "Mon, 02 Jan 2006 15:04:05.000 GMT",
	1e6: "Mon, 02 Jan 2006 15:04:05.000000 GMT",
}

func httpDate(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	n, per := v.Int+args[0].Int, args[1].Int
	t := time.Unix(n/per, n%per*(1e9/per)).UTC()
	return keep(s, v, sample.Str, t.AppendFormat(sample.Begin(s.Thread), httpLayouts[per]))
}

// formatDate returns a converter for times counted in unit. The offset counts
// seconds, whatever the unit.
func formatDate(unit time.Duration, utc bool) evalFunc {
	per := int64(time.Second / unit)
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		n := v.Int + args[1].Int*per
		sec, frac := n/per, n%per
		if frac < 0 {
			sec, frac = sec-1, frac+per
		}
		t := time.Unix(sec, frac*int64(unit))
		if utc {
			t = t.UTC()
		}
		return keep(s, v, sample.Str, strftime(sample.Begin(s.Thread), args[0].Str, t))
	}
}
