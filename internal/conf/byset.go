package conf

// BySet is lists by their rule set. Few proxies have any: those without take no
// room for them. The zero value is empty.
type BySet[T any] struct{ lists *[RuleSets][]T }

// Of returns the list of a set. It costs one comparison and one access.
func (b *BySet[T]) Of(set RuleSet) []T {
	if b.lists == nil {
		return nil
	}
	return b.lists[set]
}

// Set replaces the list of a set.
func (b *BySet[T]) Set(set RuleSet, list []T) {
	if b.lists == nil {
		if len(list) == 0 {
			return
		}
		b.lists = new([RuleSets][]T)
	}
	b.lists[set] = list
}
