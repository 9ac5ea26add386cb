package link

import (
	"strconv"

	"segue/internal/cfg"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/sample"
)

// handshakes is the format of lines about connections that fail before their
// first stream: error-log-format, else a fixed one. Manual 8.2.5.
func (l *linker) handshakes(px *lb.Proxy, onError *logfmt.Format, sc *sample.Scope, opt logfmt.Options) lb.Formatter {
	if onError != nil {
		return onError
	}
	c := px.Conf
	line := &cfg.Line{File: c.Line.File, Num: c.Line.Num, Words: []cfg.Word{{Text: "%ci:%cp [%t] %f/"}}}
	begin := l.format(line, "log-format", sc, opt)
	if begin == nil {
		return nil
	}
	return failedLog{begin}
}

// failedLog is "client [date] frontend/bind: message".
type failedLog struct{ begin lb.Formatter }

// AppendTo implements lb.Formatter.
func (f failedLog) AppendTo(dst []byte, s *lb.Stream) []byte {
	dst = f.begin.AppendTo(dst, s)
	if name := s.Bind.Conf.Name; name != "" {
		dst = append(dst, name...)
	} else {
		dst = strconv.AppendInt(dst, int64(s.Bind.ID), 10)
	}
	dst = append(dst, ": "...)
	return append(dst, s.Session.Err.String()...)
}
