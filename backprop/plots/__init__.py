"""Plots: pictures of a job's course and of what it made of its rows, drawn by matplotlib.

`subjects` says what a picture shows and is all that other processes import; `python -m backprop.plots` draws.
"""
