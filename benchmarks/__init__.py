"""Benchmarks: each prints a table of what it measured; `make bench` runs them all."""
