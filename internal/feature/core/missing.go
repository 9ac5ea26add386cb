package core

import "segue/internal/catalog"

// fillMissing completes the rows with the messages below: the texts are
// HAProxy's (observed on 3.4.0), and tools match them.
func fillMissing(f *catalog.Feature) {
	bind, server := bindMissing(), serverMissing()
	for i := range f.BindWords {
		row := &f.BindWords[i]
		row.Missing = bind[row.Name]
	}
	for i := range f.ServerWords {
		row := &f.ServerWords[i]
		row.Missing = server[row.Name]
	}
}

// bindMissing gives the messages about words of bind lines whose argument is missing, where
// they are not the usual one.
func bindMissing() map[string]string {
	return map[string]string{
		"alpn":            "'alpn' : missing the comma-delimited ALPN protocol suite",
		"ca-file":         "'ca-file' : missing CAfile path",
		"ca-ignore-err":   "'ca-ignore-err' : missing error IDs list",
		"ca-sign-file":    "'ca-sign-file' : missing CAfile path",
		"ca-sign-pass":    "'ca-sign-pass' : missing CAkey password",
		"ca-verify-file":  "'ca-verify-file' : missing CAfile path",
		"cc":              "'cc' : missing TCP congestion control algorithm",
		"ciphers":         "'ciphers' : missing cipher suite",
		"ciphersuites":    "'ciphersuites' : missing cipher suite",
		"client-sigalgs":  "'client-sigalgs' : missing signature algorithm list",
		"crl-file":        "'crl-file' : missing CRLfile path",
		"crt":             "'crt' : missing certificate location",
		"crt-ignore-err":  "'crt-ignore-err' : missing error IDs list",
		"crt-list":        "'crt-list' : missing certificate location",
		"curves":          "'curves' : missing curve suite",
		"default-crt":     "'default-crt' : missing certificate location",
		"ecdhe":           "'ecdhe' : missing named curve",
		"expose-fd":       "'expose-fd' : missing fd type",
		"group":           "'group' : missing group name",
		"guid-prefix":     "'guid-prefix' : expects an argument",
		"id":              "'id' : expects an integer argument",
		"idle-ping":       "'idle-ping' expects an argument.",
		"interface":       "'interface' : missing interface name",
		"ktls":            "'ktls' expects \"on\" or \"off\" as an argument.",
		"label":           "'label' : missing label",
		"level":           "'level' : missing level",
		"mode":            "'mode' : missing or invalid mode '' (octal integer expected)",
		"mss":             "'mss' : missing MSS value",
		"name":            "'name' : missing name",
		"namespace":       "'namespace' : missing namespace id",
		"npn":             "'npn' : missing the comma-delimited NPN protocol suite",
		"process":         "'process ' on 'bind' lines is not supported anymore, please use 'thread' instead.",
		"severity-output": "'severity-output' : missing severity format",
		"sigalgs":         "'sigalgs' : missing signature algorithm list",
		"ssl-max-ver":     "'ssl-max-ver' : missing the ssl/tls version",
		"ssl-min-ver":     "'ssl-min-ver' : missing the ssl/tls version",
		"tcp-md5sig":      "'tcp-md5sig' : missing TCP MD5 signature password",
		"tcp-ss":          "'tcp-ss' : TCP Save SYN option expects an integer argument from 0 to 2",
		"tcp-ut":          "'tcp-ut' : missing TCP User Timeout value",
		"tls-ticket-keys": "'tls-ticket-keys' : missing TLS ticket keys file path",
		"user":            "'user' : missing user name",
		"verify":          "'verify' : missing verify method",
	}
}

// serverMissing gives the messages about words of server lines whose argument is missing, where
// they are not the usual one.
func serverMissing() map[string]string {
	return map[string]string{
		"addr":                 "'addr' expects <ipv4|ipv6> as argument.",
		"agent-addr":           "'agent-addr' expects an address as argument.",
		"agent-inter":          "'agent-inter' expects a delay as argument.",
		"agent-port":           "'agent-port' expects a port number as argument.",
		"agent-send":           "'agent-send' expects a string as argument.",
		"alpn":                 "'alpn' : missing the comma-delimited ALPN protocol suite",
		"ca-file":              "'ca-file' : missing CAfile path",
		"cc":                   "'cc' : missing TCP congestion control algorithm",
		"check-alpn":           "'check-alpn' : missing the comma-delimited ALPN protocol suite",
		"check-pool-conn-name": "'check-pool-conn-name' : missing value",
		"check-proto":          "'check-proto' : missing value",
		"check-sni":            "'check-sni' : missing SNI",
		"ciphers":              "'ciphers' : missing cipher suite",
		"ciphersuites":         "'ciphersuites' : missing cipher suite",
		"client-sigalgs":       "'client-sigalgs' : missing signature algorithm list",
		"cookie":               "'cookie' expects <value> as argument.",
		"crl-file":             "'crl-file' : missing CRLfile path",
		"crt":                  "'crt' : missing certificate file path",
		"curves":               "'curves' : missing curves list",
		"downinter":            "'downinter' expects a delay as argument.",
		"error-limit":          "'error-limit' expects an integer argument.",
		"fall":                 "'fall' expects an integer argument.",
		"fastinter":            "'fastinter' expects a delay as argument.",
		"guid":                 "'guid' : expects an argument",
		"hash-key":             "'hash-key' has to be 'id', 'id32', 'guid', 'addr', or 'addr-port'",
		"id":                   "'id' : expects an integer argument",
		"idle-ping":            "'idle-ping' expects an argument.",
		"init-state":           "'init-state' expects one of 'none', 'fully-up', 'up', 'down', or 'fully-down' but got ''",
		"inter":                "'inter' expects a delay as argument.",
		"ktls":                 "'ktls' expects \"on\" or \"off\" as an argument.",
		"log-bufsize":          "'log-bufsize' expects an integer argument.",
		"log-proto":            "'log-proto' expects one of 'legacy' or 'octet-count' but got ''",
		"max-reuse":            "'max-reuse' expects <value> as argument.",
		"namespace":            "'namespace' : expects <name> as argument",
		"npn":                  "'npn' : missing the comma-delimited NPN protocol suite",
		"observe":              "'observe' expects <mode> as argument.",
		"on-error":             "'on-error' expects one of 'fastinter', 'fail-check', 'sudden-death' or 'mark-down' but got ''",
		"on-marked-down":       "'on-marked-down' expects 'shutdown-sessions' but got ''",
		"on-marked-up":         "'on-marked-up' expects 'shutdown-backup-sessions' but got ''",
		"pool-conn-name":       "'pool-conn-name' expects <value> as argument",
		"pool-low-conn":        "'pool-low-conn' expects <value> as argument.",
		"pool-max-conn":        "'pool-max-conn' expects <value> as argument.",
		"pool-purge-delay":     "'pool-purge-delay' expects <value> as argument.",
		"port":                 "'port' expects a port number as argument.",
		"proto":                "'proto' : missing value",
		"proxy-v2-options":     "'' : proxy v2 option not implemented",
		"redir":                "'redir' expects <prefix> as argument.",
		"resolve-net":          "'resolve-net' expects a list of networks.",
		"resolve-prefer":       "'resolve-prefer' expects either ipv4 or ipv6 as argument.",
		"rise":                 "'rise' expects an integer argument.",
		"sigalgs":              "'sigalgs' : missing signature algorithm list",
		"sni":                  "'sni' : missing sni expression",
		"socks4":               "'socks4' expects <addr>:<port> as argument.",
		"ssl-max-ver":          "'ssl-max-ver' : missing the ssl/tls version",
		"ssl-min-ver":          "'ssl-min-ver' : missing the ssl/tls version",
		"tcp-md5sig":           "'tcp-md5sig' : missing TCP MD5 signature password",
		"tcp-ut":               "'tcp-ut' : missing TCP User Timeout value",
		"track":                "'track' expects [<proxy>/]<server> as argument.",
		"verify":               "'verify' : missing verify method",
		"verifyhost":           "'verifyhost' : missing hostname to verify against",
		"ws":                   "'ws' has to be 'auto', 'h1' or 'h2'",
	}
}
