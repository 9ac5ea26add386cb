package stats

import (
	"strconv"
	"strings"
	"sync/atomic"

	"segue/internal/conf"
	"segue/internal/lb"
)

// A preload gives counters the values of a stats-file. Management guide 9.5.
type preload struct {
	objects map[preloadKey]*lb.Counters
	columns []string // of the section that is read, nil = of none
	front   bool     // its side
	lineNum int
	say     func(problem string)
}

// preloadKey names an object of a stats-file: a "listen" section has two of one
// guid.
type preloadKey struct {
	guid  string
	front bool
}

// Load gives the counters of g's objects with a guid what the file says. An
// object that has counted already keeps what it counted. What cannot be used is
// told to say and left out.
func Load(g *lb.Generation, text []byte, say func(problem string)) {
	p := preload{objects: map[preloadKey]*lb.Counters{}, say: say}
	for _, px := range g.Proxies {
		p.collect(px)
	}
	for i, line := range strings.Split(string(text), "\n") {
		p.lineNum = i + 1
		line = strings.TrimSuffix(line, "\r")
		switch {
		case strings.HasPrefix(line, "#"):
			if ok := p.header(line[1:]); !ok && i > 0 {
				say("Ignored stats-file header line '" + strconv.Itoa(p.lineNum) + "' in")
			}
		case line == "" || strings.HasPrefix(line, "//"):
			continue
		case p.columns != nil:
			p.values(line)
		}
		if i == 0 && p.columns == nil {
			say("Invalid stats-file format in")
			return
		}
	}
}

// collect notes the objects of px that have a guid and have not counted.
func (p *preload) collect(px *lb.Proxy) {
	add := func(guid string, c *lb.Counters, front bool) {
		if guid != "" && c.CumSess.Load() == 0 && c.CumConn.Load() == 0 && c.HTTPReq.Load() == 0 {
			p.objects[preloadKey{guid, front}] = c
		}
	}
	if px.Front != nil {
		add(px.Conf.GUID, &px.Front.Counters, true)
		if px.Options&conf.OptSocketStats != 0 {
			for i, b := range px.Conf.Binds {
				add(listenerGUID(px, i), &listenerOf(px, b, i).state.Counters, true)
			}
		}
	}
	if px.Back != nil {
		add(px.Conf.GUID, &px.Back.Counters, false)
	}
	for _, srv := range px.Servers {
		add(srv.Conf.GUID, &srv.State.Counters, false)
	}
}

// header reads "fe guid,<column>,...". The section of another kind of object is
// left out with all its lines.
func (p *preload) header(line string) bool {
	p.columns = nil
	kind, list, ok := strings.Cut(line, " ")
	if !ok {
		return false
	}
	columns := strings.Split(strings.TrimSuffix(list, ","), ",")
	if columns[0] != "guid" || len(columns) < 2 {
		return false
	}
	if kind == "fe" || kind == "be" {
		p.columns, p.front = columns[1:], kind == "fe"
	}
	return true
}

// values reads an object's line: its guid and a number for each column. What is
// no number, a column without a counter here and a guid of nobody are left out.
func (p *preload) values(line string) {
	words := strings.Split(strings.TrimSuffix(line, ","), ",")
	o := p.objects[preloadKey{words[0], p.front}]
	if o == nil {
		if p.objects[preloadKey{words[0], !p.front}] != nil {
			p.say("Ignored stats-file line " + strconv.Itoa(p.lineNum) + " in")
		}
		return
	}
	for i, word := range words[1:] {
		if i >= len(p.columns) {
			return
		}
		if n, err := strconv.ParseInt(word, 10, 64); err == nil && n >= 0 {
			if c := counterOf(o, p.columns[i]); c != nil {
				c.Store(n)
			}
		}
	}
}

// counterOf is what a column adds up, nil where it adds up nothing: rates and
// times begin anew.
func counterOf(c *lb.Counters, column string) *atomic.Int64 {
	if class, ok := strings.CutPrefix(column, "hrsp_"); ok {
		switch class {
		case "other":
			return &c.Responses[0]
		case "1xx", "2xx", "3xx", "4xx", "5xx":
			return &c.Responses[class[0]-'0']
		}
		return nil
	}
	return map[string]*atomic.Int64{
		"stot": &c.CumSess, "bin": &c.BytesIn, "bout": &c.BytesOut, "dreq": &c.DeniedReq, "dresp": &c.DeniedResp, "ereq": &c.FailedReq,
		"req_tot": &c.HTTPReq, "conn_tot": &c.CumConn, "intercepted": &c.Intercepted, "dcon": &c.DeniedConn, "dses": &c.DeniedSess,
		"wrew": &c.FailedRewrites, "eint": &c.InternalErrors, "econ": &c.FailedConn, "eresp": &c.FailedResp, "wretr": &c.Retries,
		"wredis": &c.Redispatches, "lbtot": &c.LBTotal, "cli_abrt": &c.CliAborts, "srv_abrt": &c.SrvAborts, "connect": &c.Connects,
		"reuse": &c.Reused, "reqbin": &c.BytesIn, "reqbout": &c.SentIn, "resbin": &c.BytesOut, "resbout": &c.SentOut,
	}[column]
}
