package main

import (
	"fmt"
	"runtime"

	"segue/internal/link"
	"segue/internal/process/flags"
)

// Version is Segue's own; the build sets it.
var Version = "0.1.0-dev"

// featureList is what this build can do, in HAProxy's terms, under all names that
// HAProxy 3.4 lists: conditions and scenarios ask for them.
var featureList = []struct {
	name string
	on   bool
}{
	{"51DEGREES", false}, {"ACCEPT4", true}, {"ACME", false}, {"BACKTRACE", false}, {"CLOSEFROM", false}, {"CPU_AFFINITY", false},
	{"CRYPT_H", false}, {"DEVICEATLAS", false}, {"DL", false}, {"ECH", false}, {"ENGINE", false}, {"EPOLL", true},
	{"EVPORTS", false}, {"GETADDRINFO", true}, {"HAVE_TCP_MD5SIG", false}, {"KQUEUE", false}, {"KTLS", false}, {"LIBATOMIC", false},
	{"LIBCRYPT", false}, {"LINUX_CAP", true}, {"LINUX_SPLICE", true}, {"LINUX_TPROXY", true}, {"LUA", false}, {"MATH", false},
	{"MEMORY_PROFILING", false}, {"NETFILTER", false}, {"NS", true}, {"OBSOLETE_LINKER", false}, {"OPENSSL", false}, {"OPENSSL_AWSLC", false},
	{"OPENSSL_WOLFSSL", false}, {"OT", false}, {"PCRE", false}, {"PCRE2", false}, {"PCRE2_JIT", false}, {"PCRE_JIT", false},
	{"POLL", false}, {"PRCTL", true}, {"PROCCTL", false}, {"PROMEX", false}, {"PTHREAD_EMULATION", false}, {"QUIC", false},
	{"QUIC_OPENSSL_COMPAT", false}, {"RT", false}, {"SHM_OPEN", false}, {"SLZ", false}, {"SSL", false}, {"STATIC_PCRE", false},
	{"STATIC_PCRE2", false}, {"TFO", true}, {"THREAD", true}, {"THREAD_DUMP", false}, {"TPROXY", true}, {"TRACE", false},
	{"WURFL", false}, {"ZLIB", false},
}

func hasFeature(name string) bool {
	for _, f := range featureList {
		if f.name == name {
			return f.on
		}
	}
	return false
}

func versionLines(b []byte) []byte {
	b = fmt.Appendf(b, "Segue version %s - a load balancer that speaks HAProxy's language\n", Version)
	b = fmt.Appendf(b, "HAProxy version %s 2026/06/03 - level of the language implemented\n", link.Level)
	return fmt.Appendf(b, "Running on: %s/%s, %s\n", runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// version is what the -v options print.
func version(form flags.VersionForm) []byte {
	switch form {
	case flags.VersionPlain, flags.VersionShort:
		return []byte(link.Level + "\n")
	case flags.VersionBranch:
		return []byte("3.4\n")
	}
	b := versionLines(nil)
	if form != flags.VersionBuild {
		return b
	}
	b = append(b, "Build options :\n  TARGET  = go\n  CC      = "+runtime.Version()+"\n\nFeature list :"...)
	for _, f := range featureList {
		sign := " -"
		if f.on {
			sign = " +"
		}
		b = append(b, sign+f.name...)
	}
	b = append(b, "\n\nDefault settings :\n  bufsize = 16384, maxrewrite = 1024, maxpollevents = 256\n\n"...)
	b = fmt.Appendf(b, "Built with multi-threading support (MAX_THREADS=%d, default=%d).\nBuilt without SSL support.\nEncrypted password support via crypt(3): no\n\n", 64, runtime.NumCPU())
	b = append(b, "Available polling systems :\n      epoll : pref=300,  test result OK\nTotal: 1 (1 usable), will use epoll.\n\n"...)
	b = append(b, "Available multiplexer protocols :\n(protocols marked as <default> cannot be specified using 'proto' keyword)\n  <default> : mode=HTTP  side=FE|BE  mux=H1    flags=HTX\n         h1 : mode=HTTP  side=FE|BE  mux=H1    flags=HTX|NO_UPG\n  <default> : mode=TCP   side=FE|BE  mux=PASS  flags=\n       none : mode=TCP   side=FE|BE  mux=PASS  flags=NO_UPG\n\n"...)
	return append(b, "Available services : none\n\nAvailable filters : none\n\n"...)
}
