package htx

// versions are the names of the versions that one digit each can make.
var versions = nameVersions()

func nameVersions() (v [10][10][]byte) {
	for major := range v {
		for minor := range v[major] {
			v[major][minor] = []byte{'H', 'T', 'T', 'P', '/', byte('0' + major), '.', byte('0' + minor)}
		}
	}
	return v
}

// Version is the version that the sender wrote, as "HTTP/1.1". It is not to be
// changed.
func (h *Head) Version() []byte {
	if h.Claimed != 0 {
		return versions[h.Claimed>>4%10][h.Claimed&15%10]
	}
	return versions[1][h.Minor&1]
}
