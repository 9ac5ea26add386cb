package core

import (
	"strings"
	"testing"

	"segue/internal/conf"
)

func TestSource(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       conf.Source
		ports      [2]int
	}{
		{name: "an address", line: "source 10.0.0.1", ports: [2]int{-1, -1}},
		{name: "a range of ports", line: "source 10.0.0.1:1000-1999 weight 1", ports: [2]int{1000, 1999}},
		{name: "the client", line: "source 0.0.0.0 usesrc client", want: conf.Source{UseSrc: conf.UseSrcClient}, ports: [2]int{-1, -1}},
		{name: "its address, by an interface", line: "source * usesrc clientip interface lo", want: conf.Source{UseSrc: conf.UseSrcClientIP, Interface: "lo"}, ports: [2]int{-1, -1}},
		{name: "a field", line: "source * usesrc hdr_ip(x-f)", want: conf.Source{UseSrc: conf.UseSrcHdr, Header: "x-f", Occur: -1}, ports: [2]int{-1, -1}},
		{name: "its second value", line: "source * usesrc hdr_ip(x-f,2)", want: conf.Source{UseSrc: conf.UseSrcHdr, Header: "x-f", Occur: 2}, ports: [2]int{-1, -1}},
		{name: "value 0 turns it off", line: "source * usesrc hdr_ip(x-f,0)", want: conf.Source{Header: "x-f"}, ports: [2]int{-1, -1}},
	} {
		m, errs := parse(timed+"backend b\n mode http\n server s 10.9.9.9:1 "+c.line+"\n", nil)
		if len(errs) > 0 || len(m.Proxies[0].Servers) != 1 {
			t.Errorf("%s: %q", c.name, errs)
			continue
		}
		got := *m.Proxies[0].Servers[0].Source
		if ports := [2]int{got.Addr.Port, got.Addr.PortHigh}; ports != c.ports {
			t.Errorf("%s: ports %v, want %v", c.name, ports, c.ports)
		}
		got.Addr, got.Foreign = conf.Addr{}, conf.Addr{}
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestSourceErrors(t *testing.T) {
	const server = "[ALERT] : config : [f:2] : 'server b/s' : "
	const proxy = "[ALERT] : config : parsing [f:2] : "
	for line, want := range map[string]string{
		" server s 1.1.1.1:1 source 127.0.0.1:600-500":             server + "'source 127.0.0.1:600-500' : invalid port range '600-500'.",
		" server s 1.1.1.1:1 source foo.bar":                       server + "'source foo.bar' : invalid address: 'foo.bar' in 'foo.bar'.",
		" server s 1.1.1.1:1 source 127.0.0.1:1-70000":             server + "'source 127.0.0.1:1-70000' : invalid port '70000'.",
		" server s 1.1.1.1:1 source 127.0.0.1 interface":           server + "'server' : missing interface name.",
		" server s 1.1.1.1:1 source 127.0.0.1 usesrc foo":          server + "'usesrc foo' : invalid address: 'foo' in 'foo'.",
		" server s 1.1.1.1:1 source 127.0.0.1 usesrc 10.0.0.1:3-4": server + "'usesrc 10.0.0.1:3-4' : port range not permitted here in '10.0.0.1:3-4'.",
		" source 127.0.0.1:1-5 usesrc clientip":                    proxy + "'source 127.0.0.1:1-5' : port range not permitted here in '127.0.0.1:1-5'",
		" source 127.0.0.1 usesrc":                                 proxy + "'usesrc' expects <addr>[:<port>], 'client', or 'clientip' as argument.",
		" server s 1.1.1.1:1 socks4 1.2.3.4":                       server + "'socks4 1.2.3.4' : missing port specification in '1.2.3.4'.",
		" server s 1.1.1.1:1 socks4 foo:1":                         server + "'socks4 foo:1' : invalid address: 'foo' in 'foo:1'.",
		" http-send-name-header":                                   proxy + "'http-send-name-header' requires a header string.",
		" http-send-name-header Host":                              proxy + "'Host' cannot be used as header name for 'http-send-name-header' directive.",
	} {
		_, errs := parse("backend b\n"+line+"\n", nil)
		if got := strings.Join(errs, "\n"); got != want {
			t.Errorf("%s:\n got %s\nwant %s", line, got, want)
		}
	}
}
