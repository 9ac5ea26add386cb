package main

import "strings"

// testCase is one way of using a proxy.
type testCase struct {
	name     string
	front    string // lines of the frontend
	back     string // lines of the backend, before its server
	sections string // further sections
	path     string // what is requested
	conns    int
	close    bool // a connection per request
	mode     string
}

// rules is what a site with a few applications behind one address has.
const rules = `	acl api path_beg /api /v1 /graphql
	acl assets path_end .css .js .png .woff2
	acl scanner hdr_sub(user-agent) -i sqlmap nikto masscan
	acl inside src 10.0.0.0/8 192.168.0.0/16
	http-request deny if scanner
	http-request set-var(txn.host) req.hdr(host),lower
	http-request set-header X-Real-IP %[src]
	http-request set-header X-Host %[var(txn.host)]
	http-request del-header X-Debug
	http-request set-path /moved if { path /old } !inside
	http-response set-header Strict-Transport-Security max-age=31536000
	http-response del-header Server
	use_backend api if api
	use_backend assets if assets
`

const small, large = "/?s=1k", "/?s=1m"

// cases are in the order of the table.
var cases = []testCase{
	{name: "http64", front: "\toption forwardfor\n", path: small, conns: 64},
	{name: "http64-log", front: "\toption forwardfor\n\toption httplog\n\tlog 127.0.0.1:LOG local0\n", path: small, conns: 64},
	{name: "rules64", front: rules, path: small, conns: 64,
		sections: "backend api\n\tserver s 127.0.0.1:ORIGIN\nbackend assets\n\tserver s 127.0.0.1:ORIGIN\n"},
	{name: "http1000", front: "\toption forwardfor\n", path: small, conns: 1000},
	{name: "close64", front: "\toption forwardfor\n", path: small, conns: 64, close: true},
	{name: "bulk", path: large, conns: 16},
	{name: "tcp64", path: small, conns: 64, mode: "tcp"},
	{name: "tcp-bulk", path: large, conns: 16, mode: "tcp"},
	{name: "tcp-splice", front: "\toption splice-auto\n", back: "\toption splice-auto\n", path: large, conns: 16, mode: "tcp"},
}

// ports of one run.
type ports struct{ proxy, origin, log string }

// config is the file that both proxies get.
func (c *testCase) config(p ports) string {
	mode, reuse := "http", "\thttp-reuse always\n"
	if c.mode != "" {
		mode, reuse = c.mode, ""
	}
	text := "global\n\tnbthread 1\n\tmaxconn 4000\n" +
		"defaults\n\tmode " + mode + "\n\ttimeout connect 5s\n\ttimeout client 60s\n\ttimeout server 60s\n" +
		"frontend front\n\tbind 127.0.0.1:PROXY\n" + c.front + "\tdefault_backend back\n" +
		"backend back\n" + reuse + c.back + "\tserver s 127.0.0.1:ORIGIN pool-max-conn -1\n" + c.sections
	return strings.NewReplacer("PROXY", p.proxy, "ORIGIN", p.origin, "LOG", p.log).Replace(text)
}

// origin is the configuration of what stands behind the proxies.
func origin(p ports) string {
	return "global\n\tnbthread 1\n\tmaxconn 8000\ndefaults\n\ttimeout client 60s\n" +
		"frontend origin\n\tmode haterm\n\tbind 127.0.0.1:" + p.origin + "\n"
}
