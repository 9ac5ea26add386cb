package h1

import (
	"errors"
	"fmt"
	"net/http"

	"segue/internal/htx"
)

// ParsePage reads data, which holds a whole response and nothing else: the file
// of "errorfile" and its kin (manual 4.2). It returns where the body begins. A
// body that is not as the head announces it is an error, in HAProxy's words:
// what would be sent is then not what was written.
func ParsePage(h *htx.Head, data []byte) (int, error) {
	n, e := ParseResponse(h, data, 0, Get, &Limits{AnyStatus: true})
	if e != OK || n == 0 {
		return 0, fmt.Errorf("unable to parse headers (error offset: %d)", max(0, n))
	}
	status, size := int(h.Status), int64(len(data)-n)
	if status < http.StatusOK && status != http.StatusSwitchingProtocols {
		return 0, fmt.Errorf("invalid http status code for an error message (%d)", status)
	}
	for i := range h.Fields {
		if h.Fields[i].ID == htx.TransferEncoding {
			return 0, errors.New("chunk-encoded payload not supported")
		}
	}
	bodiless := status < http.StatusOK || status == http.StatusNoContent || status == http.StatusNotModified
	switch {
	case size > 0 && (bodiless || h.ContentLength == 0):
		return 0, errors.New("message payload not expected")
	case !bodiless && h.ContentLength >= 0 && h.ContentLength != size:
		return 0, fmt.Errorf("payload size does not match the announced content-length (%d != %d)", size, h.ContentLength)
	}
	return n, nil
}
