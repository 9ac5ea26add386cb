package lb

// Recycler is a variable store that empties itself for the next stream.
type Recycler interface{ Recycle() }

// ResetVars empties a stream's or session's variable store and returns it.
func ResetVars(v any) any {
	if r, ok := v.(Recycler); ok {
		r.Recycle()
	}
	return v
}
