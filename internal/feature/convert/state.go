package convert

import (
	"bytes"

	"segue/internal/lb"
	"segue/internal/sample"
)

// stateRows are the converters of names of proxies and servers into their
// state, and of captures.
func stateRows() []sample.Converter {
	index := []sample.ArgSpec{need("index", sample.ArgInt)}
	return []sample.Converter{
		{Doc: docArgs("capture-req", "index", "Stores the string in the request capture slot of that number and passes it on."),
			Args: index, In: sample.Str, Out: sample.Str, Eval: capture(lb.Request)},
		{Doc: docArgs("capture-res", "index", "Stores the string in the response capture slot of that number and passes it on."),
			Args: index, In: sample.Str, Out: sample.Str, Eval: capture(lb.Response)},
		{Doc: doc("fe_exists", "True if there is a frontend of that name."), In: sample.Str, Out: sample.Bool, Eval: feExists},
		{Doc: doc("nbsrv", "The number of usable servers of the backend of that name."), In: sample.Str, Out: sample.Int, Eval: nbsrv},
		{Doc: doc("srv_is_up", "True if the server \"backend/name\", or of the current backend, is up."), In: sample.Str, Out: sample.Bool, Eval: srvIsUp},
		{Doc: doc("srv_queue", "The number of requests that wait for the server \"backend/name\", or of the current backend."), In: sample.Str, Out: sample.Int, Eval: srvQueue},
	}
}

// capture keeps a copy of at most the slot's length.
func capture(dir lb.Direction) evalFunc {
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		i := args[0].Int
		if s.Front == nil || i < 0 || i >= int64(len(s.Front.Captures[dir])) {
			return false
		}
		slots := s.Front.Captures[dir]
		for len(s.Captured[dir]) < len(slots) {
			s.Captured[dir] = append(s.Captured[dir], nil)
		}
		n := min(len(v.Bytes), slots[i].Len)
		s.Captured[dir][i] = append(s.Captured[dir][i][:0], v.Bytes[:n]...)
		return true
	}
}

func feExists(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	v.SetBool(s.Gen != nil && s.Gen.Fronts[string(v.Bytes)] != nil)
	return true
}

func nbsrv(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	if s.Gen == nil {
		return false
	}
	px := s.Gen.Backs[string(v.Bytes)]
	if px == nil {
		return false
	}
	v.SetInt(px.UsableServers())
	return true
}

// server finds "backend/name", or a name in the current backend.
func server(s *lb.Stream, name []byte) *lb.Server {
	px := s.Back
	if back, rest, ok := bytes.Cut(name, []byte("/")); ok && s.Gen != nil {
		px, name = s.Gen.Backs[string(back)], rest
	}
	if px == nil {
		return nil
	}
	return px.ByName[string(name)]
}

func srvIsUp(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	srv := server(s, v.Bytes)
	if srv == nil {
		return false
	}
	v.SetBool(srv.Up())
	return true
}

func srvQueue(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	srv := server(s, v.Bytes)
	if srv == nil {
		return false
	}
	v.SetInt(srv.State.Waiting.Load())
	return true
}
