package h1

import "segue/internal/htx"

// StripHop deletes the fields that are about one connection and not about the
// message (RFC 9110 7.6.1). With ConnUpgrade, Upgrade stays and Connection
// becomes "upgrade".
func StripHop(h *htx.Head) {
	upgrade := h.Flags&htx.ConnUpgrade != 0
	for i := range h.Fields {
		switch f := &h.Fields[i]; f.ID {
		case htx.Connection, htx.KeepAlive, htx.ProxyConnection:
			f.Flags |= htx.Deleted
		case htx.Upgrade:
			if !upgrade {
				f.Flags |= htx.Deleted
			}
		}
	}
	if upgrade {
		h.AddString(htx.Connection, "Connection", []byte("Upgrade"))
	}
}
