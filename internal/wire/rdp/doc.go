// Package rdp finds the cookie in a client's first message of the Remote Desktop
// Protocol, [MS-RDPBCGR] 2.2.1.1: four bytes of TPKT, seven of X.224, then
// "Cookie: name=value" and CR LF.
//
// It reads no socket and owns no memory. The binary heads are skipped, not
// checked: what follows them tells enough.
package rdp
