package l4fetch

import (
	"segue/internal/lb"
	"segue/internal/sample"
)

// txnRows are the fetches of a stream's numbers and of what rules did.
func txnRows() []sample.Fetch {
	in, reqEnd, resEnd := sample.UseInternal, sample.UseReqEnd, sample.UseResEnd
	row := func(name string, use sample.Use, f func(*lb.Stream) int64, text string) sample.Fetch {
		return sample.Fetch{Doc: doc(name, internal, text), Out: sample.Int, Use: use, Eval: integer(f)}
	}
	received := func(s *lb.Stream) int64 { return s.BytesIn }
	sent := func(s *lb.Stream) int64 { return s.BytesOut }
	return []sample.Fetch{
		row("bytes_in", reqEnd, received, "Bytes received from the client."),
		row("bytes_out", resEnd, sent, "Bytes sent to the client."),
		{Doc: doc("last_rule_file", internal, "The file of the last rule that ended a rule set."), Out: sample.Str, Use: in, Eval: lastRuleFile},
		{Doc: doc("last_rule_line", internal, "The line of the last rule that ended a rule set."), Out: sample.Int, Use: in, Eval: lastRuleLine},
		row("prio_class", in, func(s *lb.Stream) int64 { return s.PriorityClass() }, "The priority class of the request in queues."),
		row("prio_offset", in, func(s *lb.Stream) int64 { return s.PriorityOffset() }, "The priority offset of the request in queues, in ms."),
		row("req.bytes_in", reqEnd, received, "Bytes received from the client."),
		row("req.bytes_out", reqEnd, func(s *lb.Stream) int64 { return s.BytesIn }, "Bytes sent to the server."),
		row("res.bytes_in", resEnd, sent, "Bytes received from the server."),
		row("res.bytes_out", resEnd, sent, "Bytes sent to the client."),
		{Doc: doc("txn.id32", internal, "The number of the stream, of 32 bits."), Out: sample.Int, Use: in, Eval: id32},
		{Doc: doc("txn.sess_term_state", internal, "The two letters of the termination state."), Out: sample.Str, Use: in, Eval: termState},
	}
}

// id32 has no value in the log line of what came in place of a request, though
// "%rt" has.
func id32(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	v.SetInt(int64(uint32(s.ID)))
	return s.Flags&lb.Unparsed == 0
}

func lastRuleFile(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	if s.RuleFile == "" {
		return false
	}
	v.SetString(s.Thread, s.RuleFile)
	return true
}

func lastRuleLine(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	if s.RuleFile == "" {
		return false
	}
	v.SetInt(int64(s.RuleLine))
	return true
}

func termState(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	b := append(sample.Begin(s.Thread), "--"...)
	for i := range b {
		if s.Term[i] != 0 {
			b[i] = s.Term[i]
		}
	}
	v.SetStr(sample.End(s.Thread, b))
	return s.Flags&lb.Unparsed == 0
}
