package stats

import "strings"

// noCheck is the state of a server that nothing watches.
const noCheck = "no check"

// stateOf sorts a server's status by what an operator does about it.
func stateOf(text string) string {
	partial := strings.Contains(text, "/")
	switch {
	case strings.HasPrefix(text, "MAINT"):
		return "maintain"
	case text == noCheck:
		return "no_check"
	case strings.HasPrefix(text, "DOWN"):
		if partial && !strings.HasPrefix(text, "DOWN 0/") {
			return "going_up"
		}
		return "down"
	case strings.HasPrefix(text, "DRAIN"):
		return "draining"
	case strings.HasPrefix(text, "NOLB"):
		return "nolb"
	case partial:
		return "going_down"
	}
	return "up"
}

// rowClass is the class that colours a row; legend explains those of servers.
func rowClass(l *line) string {
	switch l.kind {
	case Frontend:
		return "frontend"
	case Listener:
		return "socket"
	case Backend:
		return "backend"
	}
	state := stateOf(serverStatus(l))
	switch {
	case state == "maintain":
		return state
	case state == "up" && l.srv.State.Weight.Load() == 0:
		state = "draining"
	}
	if l.srv.Conf.Backup {
		return "backup_" + state
	}
	return "active_" + state
}

// legend tells what the colours of servers mean.
var legend = [...]struct{ class, text string }{
	{"active_up", "active, UP"},
	{"backup_up", "backup, UP"},
	{"active_going_down", "active, UP, going down"},
	{"backup_going_down", "backup, UP, going down"},
	{"active_going_up", "active, DOWN, going up"},
	{"backup_going_up", "backup, DOWN, going up"},
	{"active_down", "DOWN"},
	{"active_no_check", "no check: its health is not known"},
	{"active_draining", "DRAIN, or weight 0: sessions it has may end"},
	{"active_nolb", "NOLB: gets persistent sessions only"},
	{"maintain", "MAINT: taken out by an operator, the configuration or DNS"},
}

// style makes the page readable on a phone (tables scroll by themselves, names
// stay), and dark where the reader prefers it.
const style = `<style>
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--mut:#59616e;--line:#d5d9e0;--head:#f2f4f7;--front:#eef0f4;--sock:#f7f8fa;--back:#e4e8ef;
--up:#d4f2da;--upb:#d9e4fb;--gdn:#fdf3b8;--gdnb:#e9dcf7;--gup:#ffdcae;--gupb:#f3cdea;--down:#fbc9c4;--none:#e6e6e6;--maint:#dcc7a6;--drain:#a9d3f7;--nolb:#b5ece9}
@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#dfe3e8;--mut:#98a2af;--line:#333a44;--head:#1d2127;--front:#1b1f26;--sock:#171b20;--back:#222832;
--up:#173a22;--upb:#1d2b52;--gdn:#47410f;--gdnb:#372452;--gup:#5a3a10;--gupb:#511f48;--down:#5b1f1c;--none:#2d2f33;--maint:#4c3a1c;--drain:#12466e;--nolb:#0f4a47}}
body{font:14px/1.4 system-ui,sans-serif;margin:0;padding:1rem;background:var(--bg);color:var(--fg)}
h1{font-size:1.3rem;margin:0}h1 small{font-weight:400;color:var(--mut)}h2{font-size:1.05rem;margin:.2rem 0 .6rem}h3{font-size:1rem;margin:1.5rem 0 .3rem}h3 small{font-weight:400;margin-left:.8rem}a{color:inherit}
.top{display:flex;flex-wrap:wrap;gap:1rem 2.5rem;align-items:flex-start;font-size:12px}
dl{display:grid;grid-template-columns:auto 1fr;gap:.1rem .5rem;margin:0}dt{color:var(--mut)}dd{margin:0}
ul{list-style:none;margin:0;padding:0}.key{columns:2;column-gap:1.5rem}.key li{break-inside:avoid}.key b{display:inline-block;width:1.6rem;height:.8rem;border:1px solid var(--line);vertical-align:-1px;margin-right:.4rem}
.box{overflow-x:auto;border:1px solid var(--line);border-radius:6px}
table{border-collapse:collapse;width:100%;font-size:12px;white-space:nowrap;font-variant-numeric:tabular-nums}
th,td{padding:.15rem .4rem;text-align:right;border-bottom:1px solid var(--line);border-right:1px solid var(--line)}
th{background:var(--head);font-weight:600;text-align:center}td.t{text-align:center}td.n{position:sticky;left:0;text-align:left;background:inherit}td.n a{text-decoration:none}
i{font-style:normal;margin-left:.2em}[title]{text-decoration:underline dotted;text-underline-offset:3px;cursor:help;outline:0}
[title]:focus::after{content:attr(title);position:fixed;z-index:9;white-space:pre;text-align:left;padding:.5rem;border:1px solid var(--line);border-radius:6px;background:var(--bg);color:var(--fg);box-shadow:0 2px 8px #0005;transform:translate(-50%,1.2em)}td.n [title]:focus::after{transform:translate(0,1.2em)}
.frontend{background:var(--front)}.socket{background:var(--sock)}.backend{background:var(--back);font-weight:600}
.active_up{background:var(--up)}.backup_up{background:var(--upb)}.active_going_down{background:var(--gdn)}.backup_going_down{background:var(--gdnb)}
.active_going_up{background:var(--gup)}.backup_going_up{background:var(--gupb)}.active_down,.backup_down{background:var(--down)}.active_no_check,.backup_no_check{background:var(--none)}
.active_draining,.backup_draining{background:var(--drain)}.active_nolb,.backup_nolb{background:var(--nolb)}.maintain{background:var(--maint)}.bad{color:#d11}
.note{padding:.5rem;border:1px solid var(--line);border-radius:6px;margin:.8rem 0}form{margin:0}select,button,input{font:inherit}.do{margin:.3rem 0}
</style>`
