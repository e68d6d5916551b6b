"""One batch's way through the network, forward and backward: a layer's equations, and the plan that strings them."""
