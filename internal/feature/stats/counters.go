package stats

import (
	"sync/atomic"

	"segue/internal/lb"
)

// maxima are the counters that "clear counters" resets.
func maxima(c *lb.Counters) []*atomic.Int64 {
	return []*atomic.Int64{
		&c.ConnRateMax, &c.SessRateMax, &c.ReqRateMax, &c.QTimeMax, &c.CTimeMax, &c.DTimeMax, &c.TTimeMax,
	}
}

// sums are those that "clear counters all" resets, too. What is current stays:
// sessions, queues, rates and means.
func sums(c *lb.Counters) []*atomic.Int64 {
	return []*atomic.Int64{
		&c.CumConn, &c.CumSess, &c.BytesIn, &c.BytesOut, &c.SentIn, &c.SentOut, &c.DeniedReq, &c.DeniedResp, &c.DeniedConn, &c.DeniedSess,
		&c.FailedReq, &c.FailedConn, &c.FailedResp, &c.CliAborts, &c.SrvAborts, &c.Retries, &c.Redispatches,
		&c.HTTPReq, &c.LBTotal, &c.FailedRewrites, &c.InternalErrors, &c.Connects, &c.Reused, &c.Intercepted, &c.SplicedIn, &c.SplicedOut,
	}
}
