"""The command line `backprop`: what the client can do, for people in a terminal and, with --json, for programs."""
