"""The whole of backprop on one machine: the supervisor behind `make run`, and the broker it brings along."""
