package cfg

// Options are what reading depends on besides the text.
type Options struct {
	// Sections are the known section keywords.
	Sections []string
	// Env is the environment at start. The environment directives change it
	// while lines are read, so after Read it is the one that directives with
	// lazy expansion, children and "show env" see. A nil map is replaced.
	Env map[string]string
	// Version answers version_atleast and version_before: "3.4.0".
	Version string
	// Feature answers feature(name); nil means no feature.
	Feature func(name string) bool
	// Enabled answers enabled(name); nil means nothing is enabled.
	Enabled func(name string) bool
	// OpenSSLVersion is the library version that openssl_version_atleast
	// compares with: "3.0.0", "1.1.1w"; "" without the library: no comparison
	// holds.
	OpenSSLVersion string
	// SSLLibName is the name that ssllib_name_startswith looks at, with or
	// without a version behind it: "OpenSSL 3.0.11".
	SSLLibName string
	// AWSLCAPI is the AWS-LC API number; 0 when the library is another one.
	AWSLCAPI int
}

// Source is one configuration file in memory.
type Source struct {
	Name string
	Data []byte
}
