package core

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"segue/internal/conf"
)

// The values of TLS words. TLS is not built yet, but a value that HAProxy
// refuses is refused, so that a file with a mistake in it is not kept until the
// day when the word begins to count. Manual 5.1, 5.2.

// tlsValue says what is wrong with the value of a TLS word, "" if nothing is or
// if the word's value is looked at only where there is TLS.
func tlsValue(c *conf.Context, word, value string, server bool) string {
	switch word {
	case "alpn", "npn":
		return protocolNames(word, value)
	case "ca-file", "ca-verify-file", "crl-file":
		return authorities(c, word, value)
	case "ca-ignore-err", "crt-ignore-err":
		return errorIDs(word, value)
	case "crt", "default-crt":
		if !server { // on a server the file is opened only with "ssl"
			return certificate(c, value)
		}
	case "crt-list":
		if _, err := c.ReadFile(value); err != nil {
			return "'crt-list' : cannot open file '" + value + "' : " + reason(err)
		}
	case "ktls":
		return kernelTLS(c, value)
	case "ssl-max-ver", "ssl-min-ver":
		if !slices.Contains([]string{"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}, value) {
			return "'" + value + "' : unknown ssl/tls version"
		}
	case "tls-ticket-keys":
		return ticketKeys(c, value)
	case "verify":
		return verifyMethod(value, server)
	}
	return ""
}

// maxProtocol is the length in bytes of the longest name that a TLS handshake
// has room for, RFC 7301 3.1.
const maxProtocol = 255

func protocolNames(word, value string) string {
	for name := range strings.SplitSeq(value, ",") {
		if len(name) > maxProtocol {
			return "'" + word + "' : " + strings.ToUpper(word) + " protocol name too long : '" + name + "'"
		}
	}
	return ""
}

// authorities checks a file of certificates or revocation lists; a directory or
// the system's own are as good.
func authorities(c *conf.Context, word, value string) string {
	name := based(c.Model.Global.CABase, value)
	if name == "@system-ca" {
		return ""
	}
	text, err := c.ReadFile(name)
	switch {
	case errors.Is(err, syscall.EISDIR):
		return ""
	case err != nil:
		return "'" + word + "' : unable to load " + name + " (" + reason(err) + ")"
	case !bytes.Contains(text, []byte("-----BEGIN ")):
		return "'" + word + "' : unable to load " + name + " (no certificate or crl found)"
	}
	return ""
}

// maxErrorID is the last number of a verification error in OpenSSL 3.0.
const maxErrorID = 94

// errorIDs checks "all" or a list of verification errors: numbers, or OpenSSL's
// names of them, of which only the form is looked at.
func errorIDs(word, value string) string {
	if value == "all" {
		return ""
	}
	for id := range strings.SplitSeq(strings.TrimSuffix(value, ","), ",") {
		n, _ := leadingInt(id)
		switch {
		case strings.HasPrefix(id, "X509_V_ERR_"):
		case id == "" || id[0] < '0' || id[0] > '9':
			return "'" + word + "' : error constant '" + id + "' unknown in error IDs list '" + value + "'"
		case n < 1 || n > maxErrorID:
			return "'" + word + "' : ID '" + id + "' out of range (1.." + strconv.Itoa(maxErrorID) + ") in error IDs list '" + value + "'"
		}
	}
	return ""
}

// certificate checks a file with a certificate and its key, which may be in a
// file of its own beside it.
func certificate(c *conf.Context, value string) string {
	name := based(c.Model.Global.CrtBase, value)
	text, err := c.ReadFile(name)
	switch {
	case errors.Is(err, syscall.EISDIR):
		return ""
	case err != nil:
		return "unable to stat SSL certificate from file '" + name + "' : " + reason(err) + "."
	case !bytes.Contains(text, []byte("CERTIFICATE-----")):
		return "unable to load certificate from file '" + name + "': no start line."
	case bytes.Contains(text, []byte("PRIVATE KEY-----")):
		return ""
	}
	if text, err = c.ReadFile(name + ".key"); err != nil || !bytes.Contains(text, []byte("PRIVATE KEY-----")) {
		return "No Private Key found in '" + name + ".key'."
	}
	return ""
}

func kernelTLS(c *conf.Context, value string) string {
	switch {
	case !c.Model.Global.ExposeExperimental:
		return "'ktls' directive is experimental, must be allowed via a global 'expose-experimental-directives'"
	case value != "on" && value != "off":
		return `'ktls' expects "on" or "off" as an argument, got '` + value + "'."
	}
	return ""
}

// ticketKeys checks a file of keys, one a line in base64, of which the last
// three count.
func ticketKeys(c *conf.Context, name string) string {
	text, err := c.ReadFile(name)
	if err != nil {
		return "'" + name + "' : unable to load ssl tickets keys file"
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	if len(text) == 0 {
		lines = nil
	}
	size := 0
	for i, l := range lines {
		key, err := base64.StdEncoding.DecodeString(strings.TrimRight(l, "\r"))
		switch {
		case err != nil || len(key) != 48 && len(key) != 80:
			return "'" + name + "' : unable to decode base64 key on line " + strconv.Itoa(i+1)
		case size != 0 && len(key) != size:
			return "'" + name + "' : all keys must be of the same length; line " + strconv.Itoa(i+1) + " is of another"
		}
		size = len(key)
	}
	if len(lines) < 3 {
		return "'" + name + "' : please supply at least 3 keys in the tls-tickets-file"
	}
	return ""
}

func verifyMethod(value string, server bool) string {
	known, list := []string{"none", "optional", "required"}, "'none', 'optional', and 'required'"
	if server {
		known, list = []string{"none", "required"}, "'none' and 'required'"
	}
	if slices.Contains(known, value) {
		return ""
	}
	return "'verify' : unknown verify method '" + value + "', only " + list + " are supported"
}

// based puts the directory of ca-base or crt-base before a relative name.
func based(base, name string) string {
	if base == "" || filepath.IsAbs(name) || strings.HasPrefix(name, "@") {
		return name
	}
	return base + "/" + name
}

// reason is why a file cannot be opened, as the system says it.
func reason(err error) string {
	var e syscall.Errno
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "No such file or directory"
	case errors.Is(err, fs.ErrPermission):
		return "Permission denied"
	case errors.As(err, &e):
		return e.Error()
	}
	return err.Error()
}
