package link

import (
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/logfmt"
	"segue/internal/process"
)

// Level is the HAProxy version whose language is spoken.
const Level = "3.4.0"

// Text is a configuration as it is read: the files and the environment.
type Text struct {
	Files    []string
	Stdin    io.Reader
	Env      []string                          // as of os.Environ
	Open     func(name string) ([]byte, error) // nil = os.ReadFile
	Lookup   conf.Lookup                       // nil = conf.SystemLookup
	Features func(name string) bool
	MaxConn  int // of frontends that do not say it: -N; 0 = the process's
}

// Load reads the text into a model. Errors are in d.
func Load(t Text, ix *catalog.Index, d *diag.List) *conf.Model {
	return Parse(cfg.ReadSources(t.Files, t.Stdin, t.Open, d), t, ix, d)
}

// Parse is Load for sources in memory.
func Parse(srcs []cfg.Source, t Text, ix *catalog.Index, d *diag.List) *conf.Model {
	opt := ReadOptions(t, ix)
	p := catalog.NewParser(ix, d, catalog.Options{ReadFile: t.Open, Lookup: t.Lookup, Env: opt.Env})
	cfg.Each(srcs, opt, d, p.Section)
	m := p.Model()
	// Manual 3.2 "tune.maxrewrite": a value that leaves too little for heads is
	// made smaller.
	tune := &m.Global.Tune
	tune.MaxRewrite = min(tune.MaxRewrite, tune.BufSize/2)
	for _, px := range m.Proxies {
		if px.MaxConn == 0 && px.Caps&conf.FrontCap != 0 {
			px.MaxConn = t.MaxConn
		}
	}
	settle(m)
	return m
}

// settle makes of the environment of reading a configuration that of its
// service. Manual 2.3.
func settle(m *conf.Model) {
	for _, name := range []string{"HAPROXY_TCP_LOG_FMT", "HAPROXY_HTTP_LOG_FMT", "HAPROXY_HTTPS_LOG_FMT"} {
		delete(m.Env, name)
	}
	var clis []string
	for _, b := range m.Global.StatsSockets {
		clis = append(clis, cliName(&b.Addr))
	}
	if len(clis) > 0 {
		m.Env["HAPROXY_CLI"] = strings.Join(clis, ";")
	}
	if m.Global.LocalPeer != "" {
		m.Env["HAPROXY_LOCALPEER"] = m.Global.LocalPeer
	}
}

// cliName is an address with its family.
func cliName(a *conf.Addr) string {
	switch {
	case a.Kind == conf.AddrUnix:
		return "unix@" + a.Host
	case a.Kind == conf.AddrAbns:
		return "abns@" + a.Host
	case a.Kind == conf.AddrIP && a.IP.Is6():
		return "ipv6@[" + a.IP.String() + "]:" + strconv.Itoa(a.Port)
	case a.Kind == conf.AddrIP && a.IP.IsValid():
		return "ipv4@" + a.IP.String() + ":" + strconv.Itoa(a.Port)
	}
	return a.Text
}

// ReadOptions are the answers that conditions in the text get.
func ReadOptions(t Text, ix *catalog.Index) *cfg.Options {
	env := map[string]string{}
	for _, kv := range t.Env {
		if k, v, ok := strings.Cut(kv, "="); ok {
			env[k] = v
		}
	}
	names := append([]string{"global"}, ix.SectionNames()...)
	return &cfg.Options{
		Sections: names, Env: env, Version: Level, Feature: t.Features,
		Enabled: enabled,
	}
}

// enabled answers enabled(name) as manual 2.4 lists the names. Those of other
// systems are not.
func enabled(name string) bool {
	switch name {
	case "POLL", "EPOLL", "SPLICE", "GETADDRINFO", "REUSEPORT", "FAST-FORWARD":
		return true
	}
	return false
}

// Environ is the environment of this process for Text.Env, with the variables
// that HAProxy sets for its own configuration. Manual 2.3.
func Environ(files []string, localPeer string) []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return process.Private(name)
	})
	host, _ := os.Hostname()
	if localPeer == "" {
		localPeer = host
	}
	return append(env, "HAPROXY_LOCALPEER="+localPeer, "HAPROXY_CFGFILES="+strings.Join(files, ";"),
		"HAPROXY_STARTUP_VERSION="+Level, "HAPROXY_BRANCH=3.4", "HAPROXY_TCP_LOG_FMT="+TCPLogFormat,
		"HAPROXY_TCP_CLF_LOG_FMT="+logfmt.TCPCLF, "HAPROXY_HTTP_LOG_FMT="+HTTPLogFormat, "HAPROXY_HTTP_CLF_LOG_FMT="+logfmt.HTTPCLF,
		"HAPROXY_HTTPS_LOG_FMT="+HTTPSLogFormat)
}

// The formats behind option tcplog, httplog and httpslog, as manual 8.2 gives
// them.
const (
	TCPLogFormat   = "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq"
	HTTPLogFormat  = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r"
	HTTPSLogFormat = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r %[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc"
)
