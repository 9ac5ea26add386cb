package resolve

import (
	"errors"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// The types of records that are asked for.
const (
	typeA    = dnsmessage.TypeA
	typeAAAA = dnsmessage.TypeAAAA
	typeSRV  = dnsmessage.TypeSRV
)

// Limits of what is taken from one message.
const (
	maxRecords = 1024
	maxAliases = 16 // CNAMEs in a row
)

// Status is how a query or a resolution ended.
type Status uint8

// The statuses, named as the counters of "show resolvers".
const (
	Pending   Status = iota
	Valid            // at least one record of the type that was asked for
	Empty            // no record of that type: any_err
	NX               // NXDOMAIN
	Refused          //
	Other            // any other code
	Invalid          // not a message, or no answer to the question
	Truncated        // TC
	AliasErr         // CNAMEs that end nowhere, or records beside the name
	TimedOut         //
)

// record is what an answer says: an address, or one SRV record.
type record struct {
	IP                     netip.Addr // of an address; of SRV: from an additional record, or invalid
	Target                 string     // SRV: host name in lower case
	Port, Weight, Priority uint16
	Seen                   int64 // ns, when it was last part of an answer
}

// same reports whether two records stand for the same thing.
func (r *record) same(o *record) bool {
	if r.Target != "" || o.Target != "" {
		return r.Target == o.Target && r.Port == o.Port
	}
	return r.IP == o.IP
}

// question is what was asked.
type question struct {
	name string // lower case, without the last dot
	typ  dnsmessage.Type
}

// appendQuery appends a query with the EDNS0 record that announces payload.
func appendQuery(dst []byte, id uint16, q question, payload int) ([]byte, error) {
	name, err := dnsmessage.NewName(q.name + ".")
	if err != nil {
		return nil, err
	}
	b := dnsmessage.NewBuilder(dst, dnsmessage.Header{ID: id, RecursionDesired: true})
	if err := b.StartQuestions(); err != nil {
		return nil, err
	}
	if err := b.Question(dnsmessage.Question{Name: name, Type: q.typ, Class: dnsmessage.ClassINET}); err != nil {
		return nil, err
	}
	if err := b.StartAdditionals(); err != nil {
		return nil, err
	}
	var h dnsmessage.ResourceHeader
	if err := h.SetEDNS0(payload, dnsmessage.RCodeSuccess, false); err != nil {
		return nil, err
	}
	if err := b.OPTResource(h, dnsmessage.OPTResource{}); err != nil {
		return nil, err
	}
	return b.Finish()
}

// messageID is the id of a message; false if it is no answer at all.
func messageID(msg []byte) (uint16, bool) {
	if len(msg) < 12 || msg[2]&0x80 == 0 {
		return 0, false
	}
	return uint16(msg[0])<<8 | uint16(msg[1]), true
}

// parseAnswer reads an answer to q. aliased says that CNAMEs were followed.
func parseAnswer(msg []byte, q question) (list []record, st Status, aliased bool) {
	var p dnsmessage.Parser
	h, err := p.Start(msg)
	if err != nil || !h.Response || h.OpCode != 0 || !answers(&p, q, h.RCode) {
		return nil, Invalid, false
	}
	switch {
	case h.Truncated:
		return nil, Truncated, false
	case h.RCode == dnsmessage.RCodeNameError:
		return nil, NX, false
	case h.RCode == dnsmessage.RCodeRefused:
		return nil, Refused, false
	case h.RCode != dnsmessage.RCodeSuccess:
		return nil, Other, false
	case !wellFormed(msg, q.typ == typeSRV):
		return nil, Invalid, false
	}
	return readRecords(&p, q)
}

// answers reports whether the message repeats the question, and only it. With an
// error it may be missing: what a name server could not read it cannot repeat.
func answers(p *dnsmessage.Parser, q question, code dnsmessage.RCode) bool {
	got, err := p.Question()
	if err == dnsmessage.ErrSectionDone {
		return code != dnsmessage.RCodeSuccess
	}
	if err != nil || got.Type != q.typ || got.Class != dnsmessage.ClassINET || !strings.EqualFold(got.Name.String(), q.name+".") {
		return false
	}
	_, err = p.Question()
	return err == dnsmessage.ErrSectionDone
}

var errRootAlias = errors.New("an alias of the root")

// owned is a record with the name it belongs to.
type owned struct {
	owner string
	record
}

func readRecords(p *dnsmessage.Parser, q question) (list []record, st Status, aliased bool) {
	var found []owned
	alias := map[string]string{}
	for {
		h, err := p.AnswerHeader()
		if err == dnsmessage.ErrSectionDone {
			break
		}
		if err != nil || len(found)+len(alias) >= maxRecords {
			return nil, Invalid, false
		}
		switch {
		case h.Class != dnsmessage.ClassINET:
			err = p.SkipAnswer()
		case h.Type == dnsmessage.TypeCNAME:
			var c dnsmessage.CNAMEResource
			if c, err = p.CNAMEResource(); err == nil && c.CNAME.Length < 2 {
				err = errRootAlias
			}
			alias[fold(h.Name)] = fold(c.CNAME)
		case h.Type == q.typ:
			var r record
			var ok bool
			if r, ok, err = readRecord(p, q.typ); ok && err == nil {
				found = append(found, owned{fold(h.Name), r})
			}
		default:
			err = p.SkipAnswer()
		}
		if err != nil {
			return nil, Invalid, false
		}
	}
	name := q.name
	for range maxAliases {
		next, ok := alias[name]
		if !ok {
			break
		}
		delete(alias, name)
		name, aliased = next, true
	}
	strange := len(alias) > 0
	for i := range found {
		if found[i].owner == name {
			list = append(list, found[i].record)
		} else {
			strange = true
		}
	}
	switch {
	case strange && !aliased && len(list) == 0:
		return nil, Invalid, false // nothing in it belongs to the name
	case strange, len(list) == 0 && aliased:
		return nil, AliasErr, true
	case len(list) == 0:
		return nil, Empty, false
	case q.typ == typeSRV:
		addAdditional(p, list)
	}
	return list, Valid, aliased
}

// readRecord reads the body of a record of type t; false if nothing can be done
// with it.
func readRecord(p *dnsmessage.Parser, t dnsmessage.Type) (r record, ok bool, err error) {
	switch t {
	case typeA:
		a, err := p.AResource()
		return record{IP: netip.AddrFrom4(a.A)}, err == nil, err
	case typeAAAA:
		a, err := p.AAAAResource()
		return record{IP: netip.AddrFrom16(a.AAAA)}, err == nil, err
	}
	s, err := p.SRVResource()
	if err != nil {
		return r, false, err
	}
	r = record{Target: fold(s.Target), Port: s.Port, Weight: s.Weight, Priority: s.Priority}
	return r, HostName(r.Target) && r.Port != 0, nil
}

// addAdditional gives SRV records the addresses that came with them. What is
// broken there is no loss: the names are looked up then.
func addAdditional(p *dnsmessage.Parser, list []record) {
	if p.SkipAllAuthorities() != nil {
		return
	}
	for range maxRecords {
		h, err := p.AdditionalHeader()
		if err != nil {
			return
		}
		if h.Class != dnsmessage.ClassINET || h.Type != typeA && h.Type != typeAAAA {
			if p.SkipAdditional() != nil {
				return
			}
			continue
		}
		r, _, err := readRecord(p, h.Type)
		if err != nil {
			return
		}
		owner := fold(h.Name)
		for i := range list {
			if list[i].Target == owner && !list[i].IP.IsValid() {
				list[i].IP = r.IP
			}
		}
	}
}

// fold is a name in lower case without its last dot.
func fold(n dnsmessage.Name) string {
	return strings.ToLower(strings.TrimSuffix(n.String(), "."))
}

// HostName reports whether s can be a host name or a label: letters, digits, "-",
// "_" and dots, within the lengths of RFC 1035 2.3.4. Nothing else from a
// message gets into logs, state files or further queries.
func HostName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for i := 0; i < len(label); i++ {
			c := label[i]
			if c-'0' > 9 && c|0x20-'a' > 25 && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}
