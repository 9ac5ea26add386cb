package link

import (
	"errors"
	"net/netip"

	"segue/internal/conf"
	"segue/internal/process"
)

// names remembers what the system's resolver said, so that all lines that have a
// name mean the same address, and a worker that cannot ask (its chroot has
// neither /etc/hosts nor /etc/resolv.conf) means what the validator meant.
type names struct {
	list  []process.Name
	index map[[2]string]int // of list, by network and host
}

// known makes names from what a validator has found out.
func known(list []process.Name) *names {
	n := &names{list: list, index: make(map[[2]string]int, len(list))}
	for i := range list {
		n.index[[2]string{list[i].Network, list[i].Host}] = i
	}
	return n
}

// lookup is conf.SystemLookup with a memory.
func (n *names) lookup(network, host string) ([]netip.Addr, error) {
	key := [2]string{network, host}
	i, ok := n.index[key]
	if !ok {
		addrs, err := conf.SystemLookup(network, host)
		name := process.Name{Network: network, Host: host, Addrs: addrs}
		if err != nil {
			name.Err = err.Error()
		}
		i = len(n.list)
		n.index[key] = i
		n.list = append(n.list, name)
	}
	name := &n.list[i]
	if name.Err != "" {
		return nil, errors.New(name.Err)
	}
	return name.Addrs, nil
}
