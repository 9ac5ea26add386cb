package link

import (
	"strings"
	"testing"

	"segue/internal/cfg"
	"segue/internal/diag"
)

func TestPrinterWritesTheConfigurationAsRead(t *testing.T) {
	const text = "global\n  log 127.0.0.1:514 local0 # where\n setenv PASS secret\nfrontend fe from d\n bind 10.0.0.1:80 ssl\n\n acl x path_beg \"/a b\"\n use_backend be if x\n timeout client 5s\n monitor-uri /secret\n" +
		"backend be\n http-request set-header X-Secret v\n server s1 127.0.0.1:81 check\n server s2 [2001:db8::1]:81\n server s3 www.example.com:81\n stats socket /run/x level admin\n"
	for _, c := range []struct{ name, arg, want string }{
		{"plain", "", "global\n\tlog 127.0.0.1:514 local0\n\tsetenv PASS secret\nfrontend fe from d\n\tbind 10.0.0.1:80 ssl\n\tacl x path_beg /a b\n\tuse_backend be if x\n\ttimeout client 5s\n\tmonitor-uri /secret\n" +
			"backend be\n\thttp-request set-header X-Secret v\n\tserver s1 127.0.0.1:81 check\n\tserver s2 [2001:db8::1]:81\n\tserver s3 www.example.com:81\n\tstats socket /run/x level admin\n"},
		{"what is no number is no key", "foo", "global\n\tlog 127.0.0.1:514 local0\n"},
		{"with numbers", "line", "1\tglobal\n2\t\tlog 127.0.0.1:514 local0\n3\t\tsetenv PASS secret\n4\tfrontend fe from d\n5\t\tbind 10.0.0.1:80 ssl\n7\t\tacl x"},
		{"with a key and numbers", "12,line", "1\tglobal\n2\t\tlog 127.0.0.1:514 [...]\n3\t\tsetenv [...]\n4\tfrontend ID(e96383) [...]\n"},
	} {
		if got := printed(t, text, c.arg); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: -dC%s prints\n%s, want\n%s", c.name, c.arg, got, c.want)
		}
	}
	// The numbers in ID() are those that HAProxy 3.4 prints for the key 12.
	got := printed(t, text, "12")
	for _, want := range []string{"frontend ID(e96383)", "\tacl ID(1b9c6f) path_beg [...]\n", "\tuse_backend ID(a42138) [...]\n", "backend ID(a42138)\n",
		"\tserver ID(0741c1) 127.0.0.1:81 [...]\n", "\tserver ID(b017df) IPV6(", "\ttimeout client 5s\n", "\thttp-request set-header [...]\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("-dC12 prints\n%s, want %q in it", got, want)
		}
	}
	for _, secret := range []string{"secret", "Secret", "2001:db8", "10.0.0.1", "example", "/a b", "/run"} {
		if strings.Contains(got, secret) {
			t.Errorf("-dC12 prints\n%s, which has %q in it", got, secret)
		}
	}
}

func printed(t *testing.T, text, arg string) string {
	t.Helper()
	var b strings.Builder
	d := &diag.List{}
	opt := &cfg.Options{Sections: []string{"global", "frontend", "backend"}}
	cfg.Each([]cfg.Source{{Name: "f", Data: []byte(text)}}, opt, d, newPrinter(&b, arg).section)
	if d.Errors() > 0 {
		t.Fatalf("%d errors", d.Errors())
	}
	return b.String()
}
