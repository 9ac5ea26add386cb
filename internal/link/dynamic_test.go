package link

import (
	"slices"
	"testing"

	"segue/internal/conf"
	"segue/internal/lb"
)

func TestDynamicWords(t *testing.T) {
	for _, x := range []struct {
		name        string
		in, rest    []string
		track, want string
	}{
		{name: "words stay", in: []string{"s", "1.1.1.1:80", "weight", "5"}, rest: []string{"s", "1.1.1.1:80", "weight", "5"}},
		{name: "track goes aside", in: []string{"s", "1.1.1.1:80", "track", "be/a", "backup"}, rest: []string{"s", "1.1.1.1:80", "backup"}, track: "be/a"},
		{name: "a server may be called like a word", in: []string{"stick", "track", "check"}, rest: []string{"stick", "track", "check"}},
		{name: "what needs the start is refused", in: []string{"s", "1.1.1.1:80", "resolvers", "r"}, want: "'resolvers' option is not accepted for dynamic server"},
		{name: "track without a name is left to the parser", in: []string{"s", "1.1.1.1:80", "track"}, rest: []string{"s", "1.1.1.1:80", "track"}},
	} {
		rest, track, err := dynamicWords(x.in)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if !slices.Equal(rest, x.rest) || track != x.track || got != x.want {
			t.Errorf("%s: %q, %q, %q", x.name, rest, track, got)
		}
	}
}

func TestProtoFits(t *testing.T) {
	const unusable = "MUX protocol is not usable for server."
	for _, x := range []struct {
		mode  conf.Mode
		proto string
		want  string
	}{
		{conf.TCP, "", ""}, {conf.TCP, "none", ""}, {conf.TCP, "h2", unusable}, {conf.TCP, "h1", unusable},
		{conf.HTTP, "h1", ""}, {conf.HTTP, "h2", ""}, {conf.HTTP, "none", unusable}, {conf.HTTP, "spop", unusable},
		{conf.HTTP, "foo", "'proto' :  unknown MUX protocol 'foo'."},
	} {
		got := ""
		if err := protoFits(&lb.Proxy{Mode: x.mode}, x.proto); err != nil {
			got = err.Error()
		}
		if got != x.want {
			t.Errorf("%s in mode %d: %q, want %q", x.proto, x.mode, got, x.want)
		}
	}
}

func TestGUIDOwner(t *testing.T) {
	srv := &lb.Server{Name: "s", Conf: &conf.Server{ServerWords: &conf.ServerWords{}}}
	srv.Conf.GUID = "two"
	g := &lb.Generation{Proxies: []*lb.Proxy{{Name: "be", Conf: &conf.Proxy{Kind: "backend", GUID: "one"}, Servers: []*lb.Server{srv}}}}
	for guid, want := range map[string]string{"": "", "one": "backend be", "two": "server be/s", "three": ""} {
		if got := guidOwner(g, guid); got != want {
			t.Errorf("%q: %q, want %q", guid, got, want)
		}
	}
}
