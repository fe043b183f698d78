package graph

// Order is the nodes that root leads to such that every way goes forward: a
// node comes before those it leads to. Returns come last. The kernel's check of
// scratch words lets an instruction behind a ret inherit what was stored
// before it, as if ret fell through, so nothing may come behind one.
func Order(root *Node) []*Node {
	nodes := forward(root)
	ordered := make([]*Node, 0, len(nodes))
	for _, n := range nodes {
		if n.Kind != Return {
			ordered = append(ordered, n)
		}
	}
	for _, n := range nodes {
		if n.Kind == Return {
			ordered = append(ordered, n)
		}
	}
	return ordered
}

// forward is the nodes in reverse post-order, Then before Else.
func forward(root *Node) []*Node {
	type visit struct {
		node *Node
		next int
	}
	var post []*Node
	seen := map[*Node]bool{root: true}
	for stack := []visit{{node: root}}; len(stack) > 0; {
		top := &stack[len(stack)-1]
		next := top.node.Next()
		if top.next == len(next) {
			post = append(post, top.node)
			stack = stack[:len(stack)-1]
			continue
		}
		n := next[len(next)-1-top.next] // Else first, so that Then comes first in the end
		top.next++
		if !seen[n] {
			seen[n] = true
			stack = append(stack, visit{node: n})
		}
	}
	for i, j := 0, len(post)-1; i < j; i, j = i+1, j-1 {
		post[i], post[j] = post[j], post[i]
	}
	return post
}
