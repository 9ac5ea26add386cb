package mcli

import (
	"errors"
	"fmt"
	"net/netip"
	"os/user"
	"strconv"
	"strings"

	"segue/internal/command"
	"segue/internal/process/listen"
)

// Bind is an argument of "-S".
type Bind struct {
	Spec  listen.Spec
	Level command.Level
}

// ParseBind reads "address[,option...]": the address as in a bind line, the
// options those of one that make sense here, with commas for blanks.
func ParseBind(arg string) (Bind, error) {
	words := strings.Split(arg, ",")
	b := Bind{Level: Admin}
	spec, err := parseAddress(words[0])
	if err != nil {
		return b, fmt.Errorf("cannot listen for the master CLI on '%s': %w", words[0], err)
	}
	spec.File, spec.Line, spec.Owner = "MASTER", 0, "master CLI"
	b.Spec = spec
	for i := 1; i < len(words); i++ {
		word, value := words[i], ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		used, err := b.option(word, value)
		if err != nil {
			return b, fmt.Errorf("cannot listen for the master CLI on '%s': %w", words[0], err)
		}
		if used {
			i++
		}
	}
	return b, nil
}

// option applies one option and reports whether it used its value.
func (b *Bind) option(word, value string) (used bool, err error) {
	switch word {
	case "level":
		level, ok := command.ParseLevel(value)
		if !ok || value == "" {
			return true, errors.New("unknown level '" + value + "', expects 'user', 'operator' or 'admin'")
		}
		b.Level = level
	case "mode":
		var mode uint64
		mode, err = strconv.ParseUint(value, 8, 12)
		b.Spec.Mode = uint32(mode)
	case "uid", "user":
		b.Spec.UID, err = lookup(word == "user", value, func(name string) (string, error) {
			u, err := user.Lookup(name)
			if err != nil {
				return "", err
			}
			return u.Uid, nil
		})
		b.Spec.HasUID = true
	case "gid", "group":
		b.Spec.GID, err = lookup(word == "group", value, func(name string) (string, error) {
			g, err := user.LookupGroup(name)
			if err != nil {
				return "", err
			}
			return g.Gid, nil
		})
		b.Spec.HasGID = true
	case "backlog":
		b.Spec.Backlog, err = strconv.Atoi(value)
	case "interface":
		b.Spec.Interface = value
	case "namespace":
		b.Spec.Namespace = value
	case "name", "maxconn", "severity-output", "expose-fd":
		// Accepted; the master has no use for them.
	case "v6only":
		b.Spec.V6Only = true
		return false, nil
	case "v4v6":
		b.Spec.V4V6 = true
		return false, nil
	case "":
		return false, nil
	default:
		return false, errors.New("unknown option '" + word + "'")
	}
	if err != nil {
		err = fmt.Errorf("'%s': %w", word, err)
	}
	return true, err
}

// lookup turns a number, or a name where named, into a number.
func lookup(named bool, value string, find func(string) (string, error)) (int, error) {
	if named {
		number, err := find(value)
		if err != nil {
			return 0, err
		}
		value = number
	}
	return strconv.Atoi(value)
}

// parseAddress reads the part of an address's syntax that a CLI socket needs.
func parseAddress(s string) (listen.Spec, error) {
	family, rest, ok := strings.Cut(s, "@")
	if !ok {
		if strings.HasPrefix(s, "/") {
			return listen.Spec{Family: listen.Unix, Path: s}, nil
		}
		family, rest = "", s
	}
	switch listen.Family(family) {
	case listen.Unix:
		return listen.Spec{Family: listen.Unix, Path: rest}, nil
	case listen.Abns, listen.AbnsZ:
		return listen.Spec{Family: listen.Family(family), Path: rest}, nil
	case listen.FD, listen.SockPair:
		fd, err := strconv.Atoi(rest)
		return listen.Spec{Family: listen.Family(family), FD: fd}, err
	case "", listen.IPv4, listen.IPv6:
		return parseInet(listen.Family(family), rest)
	}
	return listen.Spec{}, errors.New("unknown address family '" + family + "'")
}

// parseInet reads "host:port", where an empty host or "*" is any IPv4 address
// and the last colon ends an IPv6 address.
func parseInet(family listen.Family, s string) (listen.Spec, error) {
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 {
		return listen.Spec{}, errors.New("missing port")
	}
	port, err := strconv.ParseUint(s[colon+1:], 10, 16)
	if err != nil {
		return listen.Spec{}, errors.New("invalid port '" + s[colon+1:] + "'")
	}
	host := strings.Trim(s[:colon], "[]")
	if host == "" || host == "*" {
		host = "0.0.0.0"
		if family == listen.IPv6 {
			host = "::"
		}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return listen.Spec{}, err
	}
	spec := listen.Spec{Family: listen.IPv4, Addr: addr, Port: uint16(port)}
	if addr.Is6() {
		spec.Family = listen.IPv6
	}
	if family != "" && family != spec.Family {
		return listen.Spec{}, errors.New("'" + host + "' is no " + string(family) + " address")
	}
	return spec, nil
}
