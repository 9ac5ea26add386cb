package logfmt

import (
	"strconv"
	"time"

	"segue/internal/lb"
	"segue/internal/sample"
)

// AppendSessionError appends the line of a connection that failed before its
// first request: 10.0.0.1:1234 [date] frontend/bind: message. Manual 8.2.5.
func AppendSessionError(dst []byte, ss *lb.Session, message string) []byte {
	if ss.Flags&lb.UnixSocket != 0 && ss.Flags&lb.SrcSet == 0 {
		dst = append(dst, "unix:"...)
		dst = strconv.AppendInt(dst, int64(ss.Bind.ID), 10)
	} else {
		dst = sample.AppendAddr(dst, ss.Src.Addr())
		dst = append(dst, ':')
		dst = strconv.AppendUint(dst, uint64(ss.Src.Port()), 10)
	}
	dst = append(dst, " ["...)
	dst = append(dst, second(&ss.Thread.Date.Local, ss.AcceptWall, time.Local)[:20]...)
	m := ss.AcceptWall / ms % 1000
	dst = append(dst, '.', byte('0'+m/100), byte('0'+m/10%10), byte('0'+m%10))
	dst = append(dst, "] "...)
	dst = append(dst, ss.Front.Name...)
	dst = append(dst, '/')
	if ss.Bind.Name != "" {
		dst = append(dst, ss.Bind.Name...)
	} else {
		dst = strconv.AppendInt(dst, int64(ss.Bind.ID), 10)
	}
	dst = append(dst, ": "...)
	return append(dst, message...)
}
