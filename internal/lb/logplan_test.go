package lb

import (
	"slices"
	"testing"

	"segue/internal/conf"
)

type fixedText string

func (f fixedText) AppendTo(dst []byte, s *Stream) []byte {
	return append(append(append(dst, f...), ' '), s.LogOrigin.String()...)
}

// sentLines keeps what targets are sent as "tag level sd msg".
type sentLines struct{ lines []string }

func (t *sentLines) Send(th *Thread, level int, sd, msg []byte) { t.SendAs(th, level, "-", sd, msg) }
func (t *sentLines) SendAs(_ *Thread, level int, tag string, sd, msg []byte) {
	t.lines = append(t.lines, tag+"|"+string(rune('0'+level))+"|"+string(sd)+"|"+string(msg))
}

func TestLogPlanProfiles(t *testing.T) {
	steps := func(m map[conf.LogOrigin]*LogStep) (p LogProfile) {
		for o, s := range m {
			p.Steps[o] = s
		}
		return p
	}
	close1 := steps(map[conf.LogOrigin]*LogStep{conf.LogClose: {Format: fixedText("close"), SD: fixedText("sd")}})
	dropped := steps(map[conf.LogOrigin]*LogStep{conf.LogAny: {Drop: true}, conf.LogError: {Format: fixedText("error")}})
	tagged := steps(map[conf.LogOrigin]*LogStep{conf.LogAny: {SD: fixedText("any")}})
	tagged.Tag = "own"
	for _, c := range []struct {
		name     string
		origin   conf.LogOrigin
		profiles []*LogProfile
		own      *LogProfile
		early    bool
		want     []string
	}{
		{name: "no profiles", origin: conf.LogClose, want: []string{"-|6|psd txn_close|proxy txn_close", "-|6|psd txn_close|proxy txn_close"}},
		{name: "of one target", origin: conf.LogClose, profiles: []*LogProfile{nil, &close1},
			want: []string{"-|6|psd txn_close|proxy txn_close", "-|6|sd txn_close|close txn_close"}},
		{name: "that says nothing of the step", origin: conf.LogAccept, profiles: []*LogProfile{&close1, &dropped},
			want: []string{"-|6|psd txn_accept|proxy txn_accept"}},
		{name: "of errors", origin: conf.LogError, profiles: []*LogProfile{&close1, &dropped},
			want: []string{"-|6|psd sess_error|wrong sess_error", "-|6|psd sess_error|error sess_error"}},
		{name: "of the action", origin: conf.LogHTTPReq, profiles: []*LogProfile{&close1, &dropped}, own: &tagged,
			want: []string{"own|6|any http-req|proxy http-req", "own|6|any http-req|proxy http-req"}},
		{name: "a line at the accept without a format", origin: conf.LogAccept, profiles: []*LogProfile{&dropped, &dropped}, early: true,
			want: []string{"-|6|psd txn_accept|proxy txn_accept", "-|6|psd txn_accept|proxy txn_accept"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := &sentLines{}
			p := LogPlan{Format: fixedText("proxy"), Error: fixedText("wrong"), SD: fixedText("psd"), Targets: []LogTarget{to, to}, Profiles: c.profiles, Early: c.early}
			s := &Stream{Thread: &Thread{}}
			p.Write(s, c.origin, 6, c.own)
			if !slices.Equal(to.lines, c.want) {
				t.Errorf("sent %q, want %q", to.lines, c.want)
			}
			if s.LogOrigin != conf.LogUnspec {
				t.Errorf("the stream is left at %v", s.LogOrigin)
			}
		})
	}
}

func BenchmarkLogPlanWrite(b *testing.B) {
	to := &countLines{}
	p := LogPlan{Format: fixedText("proxy"), Targets: []LogTarget{to}}
	s := &Stream{Thread: &Thread{}}
	p.Write(s, conf.LogClose, 6, nil)
	if n := testing.AllocsPerRun(100, func() { p.Write(s, conf.LogClose, 6, nil) }); n != 0 {
		b.Errorf("%v allocations for a line", n)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Write(s, conf.LogClose, 6, nil)
	}
}

type countLines struct{ n int }

func (t *countLines) Send(*Thread, int, []byte, []byte)           { t.n++ }
func (t *countLines) SendAs(*Thread, int, string, []byte, []byte) { t.n++ }
