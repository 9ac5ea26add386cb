package stream

import (
	"segue/internal/lb"
	"segue/internal/wire/h1"
)

// explain is the sentence of the built-in page of a status: what operators and
// their users have learned to recognise, as a HAProxy answers.
var explain = map[int]string{
	200: "Service ready.",
	400: "Your browser sent an invalid request.",
	401: "You need a valid user and password to access this content.",
	403: "Request forbidden by administrative rules.",
	404: "The resource could not be found.",
	405: "A request was made of a resource using a request method not supported by that resource.",
	407: "You need a valid user and password to access this content.",
	408: "Your browser didn't send a complete request in time.",
	410: "The resource is no longer available and will not be available again.",
	411: "This request requires a length.",
	413: "The request entity exceeds the maximum allowed.",
	414: "The URI provided was too long for the server to process.",
	421: "Request sent to a non-authoritative server.",
	422: "The server cannot process the contained instructions.",
	425: "Your browser sent early data.",
	429: "You have sent too many requests in a given amount of time.",
	431: "Request Header Fields Too Large.",
	500: "An internal server error occurred.",
	501: "The server does not support the functionality required to fulfill the request.",
	502: "The server returned an invalid or incomplete response.",
	503: "No server is available to handle this request.",
	504: "The server didn't respond in time.",
}

// title is what a page calls a status where that is not its reason phrase.
var title = map[int]string{
	400: "Bad request", 407: "Unauthorized", 413: "Payload Too Large", 414: "URI Too Long", 502: "Bad Gateway",
}

// pages are the built-in answers by status, made once.
var pages = makePages()

func makePages() (p [600]*lb.Reply) {
	for status, text := range explain {
		name := title[status]
		if name == "" {
			name = h1.Reason(status)
		}
		body := "<html><body><h1>" + itoa(status) + " " + name + "</h1>\n" + text + "\n</body></html>\n"
		if status == 200 {
			body = "<html><body><h1>200 OK</h1>\nService ready.\n</body></html>\n"
		}
		p[status] = &lb.Reply{
			Status: status, Reason: name, ContentType: "text/html", Body: []byte(body), NoCache: true, Keep: keeps(status),
		}
	}
	return p
}

// keeps says whether the connection may outlive a built-in answer: not when it
// says that the request's end is unknown.
func keeps(status int) bool {
	switch status {
	case 400, 408:
		return false
	}
	return true
}

func itoa(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

// builtinError returns the page of status, or the 500's for one without.
func builtinError(status int) *lb.Reply {
	if status < len(pages) && pages[status] != nil {
		return pages[status]
	}
	return &lb.Reply{Status: status, Reason: h1.Reason(status), NoCache: true}
}

// Page is the built-in answer for status.
func Page(status int) *lb.Reply { return builtinError(status) }
