"""Backpropagation as a service: the core that the HTTP door and the queue door both stand on."""
