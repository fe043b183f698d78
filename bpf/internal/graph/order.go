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
		left int // of next, from the end: Else first, so that Then comes first in the end
	}
	var post []*Node
	seen := map[*Node]bool{root: true}
	for stack := []visit{{root, 2}}; len(stack) > 0; {
		top := &stack[len(stack)-1]
		if top.left == 0 {
			post = append(post, top.node)
			stack = stack[:len(stack)-1]
			continue
		}
		top.left--
		if n := top.node.next()[top.left]; n != nil && !seen[n] {
			seen[n] = true
			stack = append(stack, visit{n, 2})
		}
	}
	for i, j := 0, len(post)-1; i < j; i, j = i+1, j-1 {
		post[i], post[j] = post[j], post[i]
	}
	return post
}
