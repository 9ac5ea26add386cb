package link

import (
	"bytes"
	"strings"
	"testing"

	"segue/internal/feature/vars"
	"segue/internal/lb"
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
	if err := r.w.exportState(&wire); err != nil {
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
