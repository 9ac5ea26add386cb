package l4fetch

import (
	"strconv"
	"testing"

	"segue/internal/lb"
	"segue/internal/sample"
)

func TestConnErr(t *testing.T) {
	for _, c := range []struct {
		name, fetch string
		err         lb.ConnErr
		want        string
		fails       bool
	}{
		{name: "no error has a number", fetch: "fc_err", want: "0"},
		{name: "no error has no name", fetch: "fc_err_name", fails: true},
		{name: "no error has a message", fetch: "fc_err_str", want: "Success"},
		{name: "number", fetch: "fc_err", err: lb.PrxTruncated, want: "14"},
		{name: "name", fetch: "fc_err_name", err: lb.CIPBadMagic, want: "CIP_BAD_MAGIC"},
		{name: "message", fetch: "fc_err_str", err: lb.PrxEmpty, want: "Connection closed while waiting for PROXY protocol header"},
	} {
		s := &lb.Stream{Thread: new(lb.Thread), Session: &lb.Session{Err: c.err}}
		var v sample.Value
		for _, row := range connErrRows() {
			if row.Name != c.fetch {
				continue
			}
			if ok := row.Eval(s, nil, &v); ok == c.fails {
				t.Errorf("%s: %s = %v, want %v", c.name, c.fetch, ok, !c.fails)
			} else if ok {
				if got := connErrText(&v); got != c.want {
					t.Errorf("%s: %s = %q, want %q", c.name, c.fetch, got, c.want)
				}
			}
		}
	}
}

func connErrText(v *sample.Value) string {
	if v.Type == sample.Int {
		return strconv.FormatInt(v.Int, 10)
	}
	return string(v.Bytes)
}
