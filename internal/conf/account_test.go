package conf

import (
	"os"
	"testing"
)

func TestAccountsAreReadLikeTheConfigurationsFiles(t *testing.T) {
	files := map[string]string{
		"/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n# no account\nbad:x:-1:0::/:\nwww:x:33:34:www:/var/www:/bin/false",
		"/etc/group":  "root:x:0:\nwww:x:34:a,b\n",
	}
	c := &Context{ReadFile: func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return []byte(text), nil
		}
		return nil, os.ErrNotExist
	}}
	for _, x := range []struct {
		name       string
		user, grp  int
		uOK, grpOK bool
	}{
		{"root", 0, 0, true, true},
		{"www", 33, 34, true, true},
		{"bad", 0, 0, false, false},
		{"nobody", 0, 0, false, false},
		{"", 0, 0, false, false},
	} {
		u, uOK := c.UserID(x.name)
		g, gOK := c.GroupID(x.name)
		if u != x.user || uOK != x.uOK || g != x.grp || gOK != x.grpOK {
			t.Errorf("%q: user %d %t, group %d %t; want %d %t, %d %t", x.name, u, uOK, g, gOK, x.user, x.uOK, x.grp, x.grpOK)
		}
	}
	delete(files, "/etc/passwd")
	if _, ok := c.UserID("root"); ok {
		t.Error("a user was found without a list of users")
	}
}
