package stats

import (
	"net/url"

	"segue/internal/health"
	"segue/internal/lb"
	"segue/internal/stream"
)

// results are the codes of ";st=", how they look and what they tell. The codes
// are HAProxy's.
var results = map[string]struct{ class, text string }{
	"DONE": {"active_up", "Done: the chosen servers are as you asked for."},
	"NONE": {"active_no_check", "Nothing was done: no server or no action was chosen, or it could not make a difference."},
	"PART": {"active_going_down", "Done in part: some of the chosen servers are not in this backend."},
	"ERRP": {"active_down", "Not done: the form names an action, a backend or servers that do not exist."},
	"EXCD": {"active_down", "Not done: the form is too long. Choose fewer servers at a time."},
	"DENY": {"active_down", "Refused: \"stats admin\" or \"stats scope\" does not allow this here."},
	"UNKN": {"active_no_check", "What came of the action is not known."},
}

// post does what the page's form asks for and sends the browser back to it.
func (p *Page) post(s *lb.Stream) bool {
	code := "DENY"
	if p.admin(s) {
		if !stream.WaitBody(s, 0, s.Timeouts.HTTPRequest) {
			if s.Reply == nil {
				return false
			}
			return p.send(s, s.Reply)
		}
		if code = "EXCD"; s.ReqBody.Done() {
			code = p.act(s)
		}
	}
	if !s.ReqBody.Done() {
		s.Flags |= lb.CloseClient
	}
	w := p.words(s.Req.PathQuery())
	to := p.link(&w, w.up, w.noRefresh, "st="+code)
	return p.send(s, &lb.Reply{Status: 303, Keep: true, NoCache: true, ContentType: "text/plain", Body: []byte{},
		Headers: []lb.ReplyHeader{{Name: "Location", Text: to}}})
}

// act runs the form: b is the backend, s the servers, action what to do.
func (p *Page) act(s *lb.Stream) string {
	form, err := url.ParseQuery(string(s.Pending))
	if err != nil {
		return "ERRP"
	}
	if !form.Has("action") || !form.Has("b") || !form.Has("s") {
		return "NONE"
	}
	do := actions[form.Get("action")]
	px := p.target(s, form.Get("b"))
	if do == nil || px == nil {
		return "ERRP"
	}
	if in := p.scope(""); in != nil && !in(px) {
		return "DENY"
	}
	done, unknown := 0, 0
	for _, name := range form["s"] {
		srv := px.ByName[name]
		if srv == nil {
			unknown++
			continue
		}
		if do(s.Thread, srv) {
			done++
		}
	}
	switch {
	case unknown == len(form["s"]):
		return "ERRP"
	case done > 0 && unknown > 0:
		return "PART"
	case done > 0:
		return "DONE"
	}
	return "NONE"
}

func (p *Page) target(s *lb.Stream, name string) *lb.Proxy {
	g := s.Thread.Process.Gen.Load()
	if px := g.Backs[name]; px != nil {
		return px
	}
	for _, px := range g.Proxies {
		if px.Back != nil && name == "#"+itoa(px.ID) {
			return px
		}
	}
	return nil
}

// byPage is the cause of what the page changes, for the log.
const byPage = "changed from Web interface"

// actions are what the form can do; they report whether something was done.
var actions = map[string]func(th *lb.Thread, srv *lb.Server) bool{
	"ready": func(_ *lb.Thread, srv *lb.Server) bool { health.SetAdmin(srv, health.Ready); return true },
	"drain": func(_ *lb.Thread, srv *lb.Server) bool { health.SetAdmin(srv, health.Drain); return true },
	"maint": func(_ *lb.Thread, srv *lb.Server) bool { health.SetAdmin(srv, health.Maint); return true },
	"enable": func(_ *lb.Thread, srv *lb.Server) bool {
		health.Enable(srv)
		return true
	},
	"disable": func(_ *lb.Thread, srv *lb.Server) bool {
		health.Disable(srv, "")
		return true
	},
	"dhlth":    func(_ *lb.Thread, srv *lb.Server) bool { return health.EnableCheck(srv, false, false) },
	"ehlth":    func(_ *lb.Thread, srv *lb.Server) bool { return health.EnableCheck(srv, false, true) },
	"hrunn":    func(_ *lb.Thread, srv *lb.Server) bool { return health.SetHealth(srv, health.Up, byPage) },
	"hnolb":    func(_ *lb.Thread, srv *lb.Server) bool { return health.SetHealth(srv, health.Stopping, byPage) },
	"hdown":    func(_ *lb.Thread, srv *lb.Server) bool { return health.SetHealth(srv, health.Down, byPage) },
	"dagent":   func(_ *lb.Thread, srv *lb.Server) bool { return health.EnableCheck(srv, true, false) },
	"eagent":   func(_ *lb.Thread, srv *lb.Server) bool { return health.EnableCheck(srv, true, true) },
	"arunn":    func(_ *lb.Thread, srv *lb.Server) bool { return health.SetAgent(srv, health.Up, byPage) },
	"adown":    func(_ *lb.Thread, srv *lb.Server) bool { return health.SetAgent(srv, health.Down, byPage) },
	"shutdown": shutdown,
}

// shutdown ends the server's streams on every thread, without waiting for it.
func shutdown(th *lb.Thread, srv *lb.Server) bool {
	st := srv.State
	for _, th := range th.Process.Threads {
		th.Post(func() {
			for ss := th.List.Next; ss != nil && ss != &th.List; ss = ss.Next {
				if x := ss.Stream; x != nil && x.Server != nil && x.Server.State == st && x.Task != nil {
					ss.KillReason = 'K'
					x.Task.Cancel()
				}
			}
		})
	}
	return true
}
