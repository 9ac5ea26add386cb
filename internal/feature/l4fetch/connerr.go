package l4fetch

import (
	"segue/internal/lb"
	"segue/internal/sample"
)

// connErrRows are the fetches of why a connection failed.
func connErrRows() []sample.Fetch {
	client := func(s *lb.Stream) (lb.ConnErr, bool) {
		if s.Session == nil {
			return 0, false
		}
		return s.Session.Err, true
	}
	return []sample.Fetch{
		{Doc: doc("fc_err", layer4, "The number of the error of the client's connection; 0 = none."), Out: sample.Int, Use: sample.UseClient4, Eval: errNumber(client)},
		{Doc: doc("fc_err_name", layer4, "The name of the error of the client's connection."), Out: sample.Str, Use: sample.UseClient4, Eval: errText(client, lb.ConnErr.Name)},
		{Doc: doc("fc_err_str", layer4, "The message of the error of the client's connection."), Out: sample.Str, Use: sample.UseClient4, Eval: errText(client, lb.ConnErr.String)},
	}
}

func errNumber(of func(*lb.Stream) (lb.ConnErr, bool)) evalFunc {
	return func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
		e, ok := of(s)
		v.SetInt(int64(e))
		return ok
	}
}

func errText(of func(*lb.Stream) (lb.ConnErr, bool), words func(lb.ConnErr) string) evalFunc {
	return func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
		e, ok := of(s)
		text := words(e)
		v.SetString(s.Thread, text)
		return ok && text != ""
	}
}
