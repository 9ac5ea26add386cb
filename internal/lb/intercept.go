package lb

// Interceptor answers some requests of a proxy itself: the statistics page. It
// is asked after the proxy's http-request rules, before a backend or a server
// is chosen, where Proxy.ReqWant has WantStats.
type Interceptor interface {
	// Intercept reports whether the request is answered here: then s.Service
	// or s.Reply says how.
	Intercept(s *Stream) bool
}

// StatsPage is the key of a proxy's Interceptor in Proxy.Extra.
const StatsPage = "stats"
