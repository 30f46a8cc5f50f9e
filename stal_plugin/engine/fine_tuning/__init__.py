"""Start a training from the weights of a network with other classes."""
