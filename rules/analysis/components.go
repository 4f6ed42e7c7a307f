package analysis

import "slices"

// components numbers the strongly connected components of a graph of n nodes (Tarjan's algorithm): two nodes have the
// same number if and only if each can be reached from the other.
func components(n int, next func(int) []int) []int {
	t := tarjan{next: next, order: make([]int, n), low: make([]int, n), group: make([]int, n)}
	for i := range t.group {
		t.group[i] = -1
	}
	for i := range n {
		if t.order[i] == 0 {
			t.visit(i)
		}
	}
	return t.group
}

type tarjan struct {
	next       func(int) []int
	order, low []int
	group      []int
	stack      []int
	count      int
	groups     int
}

func (t *tarjan) visit(i int) {
	t.count++
	t.order[i], t.low[i] = t.count, t.count
	t.stack = append(t.stack, i)
	for _, j := range t.next(i) {
		if t.order[j] == 0 {
			t.visit(j)
			t.low[i] = min(t.low[i], t.low[j])
		} else if t.group[j] < 0 {
			t.low[i] = min(t.low[i], t.order[j])
		}
	}
	if t.low[i] != t.order[i] {
		return
	}
	for {
		top := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		t.group[top] = t.groups
		if top == i {
			break
		}
	}
	t.groups++
}

// cyclic lists the components with a cycle, each with its nodes in order.
func cyclic(n int, next func(int) []int) [][]int {
	group := components(n, next)
	byGroup := map[int][]int{}
	for i, g := range group {
		byGroup[g] = append(byGroup[g], i)
	}
	var out [][]int
	for i, g := range group {
		all := byGroup[g]
		if all[0] == i && (len(all) > 1 || slices.Contains(next(i), i)) {
			out = append(out, all)
		}
	}
	return out
}
