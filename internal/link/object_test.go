package link

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"segue/internal/feature/vars"
	"segue/internal/lb"
	"segue/internal/process"
	"segue/internal/sample"
)

// notes is an object that a feature could have.
type notes struct{ text []byte }

func (n *notes) Export() []byte     { return n.text }
func (n *notes) Import(data []byte) { n.text = data }

func notesOf(w *Worker) *notes {
	return w.state.Object("test/notes", func() any { return new(notes) }).(*notes)
}

// TestNewWorkerHasObjects: what features keep by identity is there in place and
// in a worker that gets the state of another one, whole or not at all.
func TestNewWorkerHasObjects(t *testing.T) {
	const text = tested + " mode http\nfrontend f\n bind %[1]s\n http-request return status 200 hdr x %%[var(proc.seen)]\n"
	r := newRig(t)
	r.load(text)
	old := notesOf(r.w)
	old.text = []byte("kept")
	vars.ProcVar(r.w.state, "proc.seen").Set(&sample.Value{Type: sample.Str, Bytes: []byte("yes")})
	r.load(text + "# changed\n")
	if notesOf(r.w) != old {
		t.Error("a reload in place has made another object")
	}
	var wire bytes.Buffer
	if err := r.w.Export(&wire); err != nil {
		t.Fatal(err)
	}

	next := newRig(t)
	for cut := range 64 {
		part := wire.Bytes()[:wire.Len()*cut/64]
		if err := next.w.importState(bytes.NewReader(part)); err == nil || !strings.HasPrefix(err.Error(), "cannot read the state") {
			t.Fatalf("%d of %d bytes: %v", len(part), wire.Len(), err)
		}
	}
	if got := notesOf(next.w).text; got != nil {
		t.Fatalf("a state that did not arrive whole has left %q", got)
	}
	next.w.state = lb.NewState()
	if err := next.w.importState(&wire); err != nil {
		t.Fatal(err)
	}
	next.load(text)
	if got := string(notesOf(next.w).text); got != "kept" {
		t.Errorf("the object in the new worker has %q, want kept", got)
	}
	res, err := next.dial().get("/")
	if err != nil || res.Header.Get("x") != "yes" {
		t.Errorf("the process's variable: %v (%v)", res, err)
	}
}

// TestFailedLinkSetsNoVariable: what a worker cannot link has changed nothing of
// the process, neither the values of variables nor which there are.
func TestFailedLinkSetsNoVariable(t *testing.T) {
	const text = "global\n set-var proc.x str(%s)\ndefaults\n timeout client 5s\nfrontend f\n mode http\n bind %%[1]s\n" +
		" http-request return status 200 hdr x %%%%[var(proc.x)]\n"
	r := newRig(t)
	r.load(fmt.Sprintf(text, "one"))
	x := vars.ProcVar(r.w.state, "proc.x")
	value := func() string {
		var v sample.Value
		x.Get(&v)
		return string(v.Bytes)
	}
	if value() != "one" {
		t.Fatalf("proc.x is %q, want one", value())
	}
	objects := len(r.w.state.Objects())
	b := r.plan(fmt.Sprintf(text, "two") + " http-request set-var(proc.fresh) int(1)\n")
	b.Listeners = nil
	if _, err := r.w.Link(b, nil); err == nil { // after everything was compiled
		t.Fatal("a bundle without sockets can be linked")
	}
	if value() != "one" || len(r.w.state.Objects()) != objects {
		t.Errorf("after a failure proc.x is %q and there are %d objects, want one and %d", value(), len(r.w.state.Objects()), objects)
	}
	g, err := r.w.Link(r.plan(fmt.Sprintf(text, "two")), make([]process.Socket, 1))
	if err != nil {
		t.Fatal(err)
	}
	if g.Discard(); value() != "one" {
		t.Errorf("after a discarded generation proc.x is %q, want one", value())
	}
	r.load(fmt.Sprintf(text, "two"))
	if res, err := r.dial().get("/"); err != nil || res.Header.Get("x") != "two" {
		t.Errorf("after a reload: %v (%v), want two", res, err)
	}
}
